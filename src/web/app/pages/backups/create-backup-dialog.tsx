import { useState } from 'preact/hooks';

import { api } from '../../api/client';
import { ConfirmDialog } from '../../ui/confirm';
import { TextField } from '../../ui/field';
import { tell } from '../../ui/toasts';

export function CreateBackupDialog({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState('');
  const create = async (): Promise<void> => {
    const chosen = name.trim();
    // Only files that end so are listed.
    const answer = await api.backup(chosen && !chosen.endsWith('.json') ? `${chosen}.json` : chosen);
    tell(answer.message);
    onClose();
  };
  return (
    <ConfirmDialog title="Create a backup" confirm="Create" onConfirm={create} onClose={onClose}>
      <TextField
        label="Name"
        value={name}
        onInput={setName}
        placeholder="before-migration"
        hint="Leave it empty to have it named by the time. A backup is never overwritten."
        maxLength={195}
        autofocus
      />
    </ConfirmDialog>
  );
}
