import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';

import { useAction } from '../lib/hooks';
import { Button } from './button';
import { Dialog } from './dialog';
import { ErrorNote } from './error-note';
import { TextField } from './field';

interface Props {
  title: string;
  children: ComponentChildren;
  confirm: string;
  onConfirm: () => Promise<void>;
  onClose: () => void;
  danger?: boolean;
  /** What has to be typed before it can be done. */
  typed?: string;
}

/** Asks before something is done, and shows why it could not be. `onConfirm` closes it when it is done. */
export function ConfirmDialog({ title, children, confirm, onConfirm, onClose, danger, typed }: Props) {
  const [text, setText] = useState('');
  const action = useAction(onConfirm);
  const isReady = typed === undefined || text.trim() === typed;
  return (
    <Dialog
      title={title}
      onClose={onClose}
      busy={action.busy}
      onSubmit={() => isReady && action.run()}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button submit kind={danger ? 'danger' : 'primary'} busy={action.busy} disabled={!isReady}>
            {confirm}
          </Button>
        </>
      }
    >
      {children}
      {typed !== undefined && (
        <TextField label={`Type “${typed}” to confirm`} value={text} onInput={setText} autofocus />
      )}
      <ErrorNote error={action.error} />
    </Dialog>
  );
}
