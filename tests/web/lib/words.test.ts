import type { Conflict, Listener, PortDetail } from '@web/api/types';
import { conflictName, conflictText, takenText } from '@web/lib/words';
import { conflict, reservation } from '../support';

const REQUEST = /\b(GET|POST|DELETE|PUT) |\/api\/|"force"/;

const nginx: Listener = {
  pid: 4711,
  process: 'nginx',
  executable: '/usr/sbin/nginx',
  user: 'www-data',
  unit: null,
  address: '0.0.0.0',
  protocol: 'tcp',
  port: 8_000,
  v6_only: false,
  process_started_at: null,
  since: null,
};

function shared(...services: string[]): Conflict {
  const { service: _, ...rest } = conflict(1, 8_000, { type: 'duplicate_assignment', services });
  return rest;
}

describe('a conflict', () => {
  it('has a name that counts its services', () => {
    expect(conflictName(shared('kite', 'wren'))).toBe('Two services, one port');
    expect(conflictName(shared('kite', 'wren', 'rook'))).toBe('3 services, one port');
    expect(conflictName(conflict(1, 8_000))).toBe('Stranger on the port');
  });

  // As the server words them.
  const details: Partial<Conflict>[] = [
    {
      type: 'system_conflict',
      listener: nginx,
      detail: 'Port 8000 of kite is taken by nginx (pid 4711). Stop that process, or POST /api/ports/resolve-conflicts moves kite.',
    },
    {
      type: 'drift',
      listener: { ...nginx, port: 8_005 },
      actual_port: 8_005,
      detail: 'kite has port 8000 and listens on port 8005. Restart it on port 8000, or POST /api/ports/resolve-conflicts.',
    },
    {
      type: 'ephemeral_overlap',
      resolvable: false,
      detail: 'Port 8000 of kite may be taken. Reserve it: GET /api/ports/export?format=sysctl writes the line.',
    },
  ];

  it.each(details)('of $type is told with what to do here, not with a request to send', (given) => {
    const text = conflictText(conflict(1, 8_000, given));
    expect(text).toMatch(/kite/);
    expect(text).toMatch(/port 8000/i);
    expect(text).not.toMatch(REQUEST);
  });

  it('names who is there, as far as the kernel tells', () => {
    expect(conflictText(conflict(1, 8_000, { listener: nginx }))).toBe(
      'Port 8000 of kite is taken by nginx (pid 4711). Stop that process, or resolve the conflict: kite is moved.',
    );
    expect(conflictText(conflict(1, 8_000, { listener: null }))).toMatch(/is taken by an unknown process\./);
    expect(conflictText(conflict(1, 8_000, { type: 'drift', actual_port: null }))).toMatch(/listens elsewhere\./);
  });

  it('of the Port Manager itself is not one that a move ends', () => {
    const own = { service: 'itechsmart-port-manager', resolvable: false };
    expect(conflictText(conflict(1, 8_100, { ...own, listener: nginx }))).toMatch(/never moved\.$/);
    expect(conflictText(conflict(1, 8_100, { ...own, type: 'drift', actual_port: 8_101 }))).toMatch(/stop the process that has it\.$/);
  });

  it('is told in the server’s words where those have the reason or the range', () => {
    for (const type of ['duplicate_assignment', 'reserved_port', 'out_of_range'] as const) {
      expect(conflictText(conflict(1, 8_000, { type, detail: 'as the server says.' }))).toBe('As the server says.');
    }
  });
});

describe('a port that is not free', () => {
  const port = (more: Partial<PortDetail>): PortDetail => ({
    port: 8_000,
    protocol: 'tcp',
    assigned_to: null,
    holders: [],
    reserved: false,
    held: false,
    released_at: null,
    conflicts: [],
    listener: null,
    listeners: [],
    connections: [],
    connection_count: 0,
    ephemeral: false,
    ...more,
  });

  it.each([
    [{ holders: ['kite'] }, 'Port 8000 is assigned to kite.'],
    [{ holders: ['kite', 'wren'], listener: nginx }, 'Port 8000 is assigned to kite and wren.'],
    [{ reservation: reservation(8_000) }, 'Port 8000 is reserved.'],
    [{ reservation: reservation(8_000, { reason: 'lab', service_id: 'owl' }) }, 'Port 8000 is reserved for owl (lab).'],
    [{ listener: nginx }, 'Port 8000 is taken by nginx (pid 4711).'],
    [{ port: 9_500 }, 'Port 9500 is outside the suite’s range, 8000 to 9000.'],
    [{}, null],
  ] as [Partial<PortDetail>, string | null][])('%#: is taken because %s', (given, text) => {
    expect(takenText(port(given), [8_000, 9_000])).toBe(text);
  });
});
