import { useState } from 'preact/hooks';

import { api } from '../../api/client';
import type { Reserve, Reserved } from '../../api/types';
import { refresh } from '../../live/store';
import { useAction } from '../../lib/hooks';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { ErrorNote } from '../../ui/error-note';
import { Choice, SelectField, TextField } from '../../ui/field';
import { tell } from '../../ui/toasts';
import { PortField } from '../services/port-field';
import { portFrom, useAvailability } from '../services/use-availability';

export type ReserveMode = 'one' | 'range' | 'hold';

export interface Draft {
  mode: ReserveMode;
  port: string;
  end: string;
  service: string;
  reason: string;
  /** Seconds, or "" for no end. */
  expiry: string;
}

const EXPIRIES = [
  ['', 'when it is removed'],
  ['900', 'in 15 minutes'],
  ['3600', 'in an hour'],
  ['86400', 'in a day'],
  ['604800', 'in a week'],
  ['2592000', 'in 30 days'],
] as const;

/** What is sent, or null while something is missing. */
export function requestOf(draft: Draft): Reserve | null {
  const port = portFrom(draft.port);
  const more: Reserve = {};
  if (draft.reason.trim()) more.reason = draft.reason.trim();
  if (draft.expiry) more.expires_in = Number(draft.expiry);
  switch (draft.mode) {
    case 'one':
      return port === null ? null : { port, ...more };
    case 'range': {
      const end = portFrom(draft.end);
      if (port === null || end === null || end < port) return null;
      return { start_port: port, end_port: end, ...more };
    }
    case 'hold': {
      if (draft.port.trim() && port === null) return null;
      if (draft.service.trim()) more.service_id = draft.service.trim();
      return { hold: true, ...(port !== null && { port }), ...more };
    }
  }
}

/** What has been done. The answer's `message` names the request that comes next. */
export function reservedText({ port, end_port: end, held, service_id: service }: Reserved): string {
  const isOne = end === undefined || end === port;
  const ports = isOne ? `Port ${port} is` : `Ports ${port} to ${end} are`;
  if (!held) return `${ports} reserved.`;
  return `${ports} kept bound until ${service ?? 'a service'} is given ${isOne ? 'it' : 'them'}.`;
}

function endError(draft: Draft): string | null {
  const start = portFrom(draft.port);
  const end = portFrom(draft.end);
  if (draft.end === '') return null;
  if (end === null) return 'A port from 1024 to 65535.';
  return start !== null && end < start ? 'The last port is not below the first.' : null;
}

interface Props {
  port?: number;
  onClose: () => void;
}

export function ReserveDialog({ port, onClose }: Props) {
  const [draft, setDraft] = useState<Draft>({
    mode: 'one',
    port: port === undefined ? '' : String(port),
    end: '',
    service: '',
    reason: '',
    expiry: '',
  });
  const set = (part: Partial<Draft>): void => setDraft((known) => ({ ...known, ...part }));
  const check = useAvailability(draft.port);
  const wanted = requestOf(draft);
  const reserve = useAction(async () => {
    if (!wanted) return;
    tell(reservedText(await api.reserve(wanted)));
    await refresh().catch(() => undefined);
    onClose();
  });
  return (
    <Dialog
      title="Reserve ports"
      onClose={onClose}
      busy={reserve.busy}
      onSubmit={() => wanted && reserve.run()}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button submit kind="primary" busy={reserve.busy} disabled={wanted === null}>
            {draft.mode === 'hold' ? 'Hold' : 'Reserve'}
          </Button>
        </>
      }
    >
      <Choice
        legend="What"
        value={draft.mode}
        onInput={(mode) => set({ mode: mode as ReserveMode })}
        options={[
          ['one', 'One port'],
          ['range', 'A range'],
          ['hold', 'Hold one for a service'],
        ]}
      />
      <PortField
        label={draft.mode === 'range' ? 'First port' : 'Port'}
        value={draft.port}
        onInput={(text) => set({ port: text })}
        hint={draft.mode === 'hold' ? 'Leave it empty for the lowest free port.' : 'From 1024 to 65535.'}
        check={check}
      />
      {draft.mode === 'range' && (
        <TextField
          label="Last port"
          value={draft.end}
          onInput={(end) => set({ end })}
          numeric
          maxLength={5}
          error={endError(draft)}
        />
      )}
      {draft.mode === 'hold' && (
        <TextField
          label="For which service"
          value={draft.service}
          onInput={(service) => set({ service })}
          hint="Left empty, the first service that names the port gets it."
        />
      )}
      <SelectField label="It ends" value={draft.expiry} onInput={(expiry) => set({ expiry })} options={EXPIRIES} />
      <TextField label="Reason" value={draft.reason} onInput={(reason) => set({ reason })} maxLength={500} />
      <ErrorNote error={reserve.error} />
    </Dialog>
  );
}
