import { useState } from 'preact/hooks';

import { api } from '../../api/client';
import { refreshQuietly, state } from '../../live/store';
import { useAction } from '../../lib/hooks';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { ErrorNote } from '../../ui/error-note';
import { CheckField, TextField } from '../../ui/field';
import { tell } from '../../ui/toasts';
import { PortField } from './port-field';
import { portFrom, useAvailability } from './use-availability';

interface Props {
  id: string;
  onClose: () => void;
}

/** Moves one service, running or not, to another port. */
export function MoveDialog({ id, onClose }: Props) {
  const service = state.value.services.get(id);
  const [text, setText] = useState('');
  const [reason, setReason] = useState('');
  const [force, setForce] = useState(false);
  const check = useAvailability(text);
  const port = portFrom(text);

  const move = useAction(async () => {
    const result = await api.reassign({
      service_id: id,
      ...(port !== null && { new_port: port }),
      ...(force && { force }),
      ...(reason.trim() && { reason: reason.trim() }),
    });
    tell(result.message);
    onClose();
    refreshQuietly();
  });
  const isWrong = check.kind === 'invalid' || (check.kind === 'taken' && !force);
  return (
    <Dialog
      title={`Move ${id}`}
      onClose={onClose}
      busy={move.busy}
      onSubmit={() => !isWrong && move.run()}
      actions={
        <>
          <Button onClick={onClose}>{move.busy ? 'Close' : 'Cancel'}</Button>
          <Button submit kind={force ? 'danger' : 'primary'} busy={move.busy} disabled={isWrong}>
            {port === null ? 'Move to the next free port' : `Move to ${port}`}
          </Button>
        </>
      }
    >
      <p>
        {id} has port <b class="port">{service?.port ?? 'none'}</b>. If it runs, it is asked to move, and the move counts
        when it answers on the new port; else nothing changes.
      </p>
      <PortField
        label="New port"
        value={text}
        onInput={setText}
        range={service?.category ?? undefined}
        hint="Leave it empty for the lowest free port of its category."
        check={check}
      />
      <TextField label="Why (for the history)" value={reason} onInput={setReason} maxLength={500} />
      <CheckField
        label="Take the port even if it is taken or reserved. This leaves a conflict."
        checked={force}
        onInput={setForce}
      />
      {move.busy && (
        <p class="note" role="status">
          Moving. This takes as long as the service takes, up to a minute. Closing this does not stop it.
        </p>
      )}
      <ErrorNote error={move.error} />
    </Dialog>
  );
}
