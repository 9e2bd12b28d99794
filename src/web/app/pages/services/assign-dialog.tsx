import { useState } from 'preact/hooks';

import { api } from '../../api/client';
import { refreshQuietly, state } from '../../live/store';
import { useAction } from '../../lib/hooks';
import { categoriesOf } from '../../lib/sort';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { ErrorNote } from '../../ui/error-note';
import { SelectField, TextField } from '../../ui/field';
import { tell } from '../../ui/toasts';
import { PortField } from './port-field';
import { portFrom, useAvailability } from './use-availability';

interface Props {
  /** Left out: a new one, or one that is to be named. */
  service?: string;
  port?: number;
  onClose: () => void;
}

const SERVICE_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

function idError(id: string): string | null {
  if (id === '' || SERVICE_ID.test(id)) return null;
  return 'A service id is letters, digits, dots, hyphens and underscores, and begins with a letter or a digit.';
}

/** Gives a service a port; registers the service when it is new. */
export function AssignDialog({ service, port: given, onClose }: Props) {
  const { services } = state.value;
  const [id, setId] = useState(service ?? '');
  const [text, setText] = useState(given === undefined ? '' : String(given));
  const [range, setRange] = useState('');
  const [reason, setReason] = useState('');
  const check = useAvailability(text);
  const port = portFrom(text);
  const categories = categoriesOf(services.values()).filter((name) => name !== 'none');
  const withoutPort = [...services.values()].filter((each) => each.port === null).map((each) => each.service_id);

  const assign = useAction(async () => {
    const answer = await api.assign({
      service_id: id,
      ...(port !== null && { port }),
      ...(port === null && range && { range }),
      ...(reason.trim() && { reason: reason.trim() }),
    });
    tell(answer.message);
    onClose();
    refreshQuietly();
  });
  const isReady = id !== '' && idError(id) === null && check.kind !== 'invalid' && check.kind !== 'taken';
  return (
    <Dialog
      title={service ? `Assign a port to ${service}` : 'Assign a port'}
      onClose={onClose}
      busy={assign.busy}
      onSubmit={() => isReady && assign.run()}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button submit kind="primary" busy={assign.busy} disabled={!isReady}>
            {port === null ? 'Assign the next free port' : `Assign ${port}`}
          </Button>
        </>
      }
    >
      {!service && (
        <TextField
          label="Service id"
          value={id}
          onInput={(value) => setId(value.trim())}
          list={withoutPort}
          placeholder="billing-api"
          autofocus
          error={idError(id)}
          hint={services.has(id) ? 'This service is registered.' : 'A service that is not registered is registered.'}
        />
      )}
      <PortField
        label="Port"
        value={text}
        onInput={setText}
        range={range || undefined}
        hint="Leave it empty for the lowest free port."
        check={check}
      />
      {categories.length > 0 && (
        <SelectField
          label="Choose from"
          value={range}
          onInput={setRange}
          disabled={port !== null}
          options={[['', 'the whole range'], ...categories.map((name) => [name, name] as const)]}
        />
      )}
      <TextField label="Why (for the history)" value={reason} onInput={setReason} maxLength={500} />
      <ErrorNote error={assign.error} />
    </Dialog>
  );
}
