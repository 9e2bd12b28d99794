import type { Change } from '@web/live/messages';
import { EMPTY, type Reading, type State, withChange, withReading } from '@web/live/state';
import { conflict, service } from '../support';

const NOW = 1_000;

function reading(revision: number, more: Partial<Reading> = {}): Reading {
  return {
    revision,
    services: [service('kite', 8_000), service('wren', 8_001)],
    statuses: [],
    conflicts: [],
    reservations: [],
    statistics: {
      total_services: 2,
      used_ports: 2,
      available_ports: 999,
      reserved_ports: 0,
      port_range: [8_000, 9_000],
      conflicts: 0,
      ports_reassigned: 0,
    },
    feed: [],
    ...more,
  };
}

const loaded = (revision = 5): State => withReading(EMPTY, reading(revision), NOW, false);

function moved(revision: number, more = false): Change {
  const change: Change = {
    type: 'port_change',
    service_id: 'kite',
    old_port: 8_000,
    new_port: 8_050,
    revision,
    timestamp: 2,
  };
  return more ? { ...change, more } : change;
}

describe('the state of the page', () => {
  it('is loaded by the first reading', () => {
    expect(EMPTY.loaded).toBe(false);
    const state = loaded();
    expect(state.loaded).toBe(true);
    expect(state.revision).toBe(5);
    expect(state.services.get('wren')?.port).toBe(8_001);
    expect(state.heardAt).toBe(NOW);
  });

  it('follows a service to its port', () => {
    const state = withChange(loaded(), moved(6), NOW + 1);
    expect(state.services.get('kite')?.port).toBe(8_050);
    expect(state.services.get('wren')?.port).toBe(8_001);
    expect(state.revision).toBe(6);
    expect(state.heardAt).toBe(NOW + 1);
    expect(state.feed[0]).toMatchObject({ kind: 'port', service: 'kite', from: 8_000, to: 8_050 });
  });

  it('leaves the state before as it was', () => {
    const before = loaded();
    withChange(before, moved(6), NOW);
    expect(before.services.get('kite')?.port).toBe(8_000);
  });

  it('has a revision whole only when no more of it follows', () => {
    const state = withChange(loaded(), moved(6, true), NOW);
    expect(state.revision).toBe(5);
    expect(state.services.get('kite')?.port).toBe(8_050);
    expect(withChange(state, moved(6), NOW).revision).toBe(6);
  });

  it('is not set back by a message that is told again', () => {
    const state = withChange(loaded(9), moved(6), NOW);
    expect(state.revision).toBe(9);
  });

  it('knows of a service without a port', () => {
    const change: Change = { ...moved(6), type: 'port_change', service_id: 'kite', old_port: 8_000, new_port: null };
    expect(withChange(loaded(), change, NOW).services.get('kite')?.port).toBeNull();
  });

  it('passes over a service that it has not read yet', () => {
    const change: Change = { ...moved(6), type: 'port_change', service_id: 'owl', old_port: null, new_port: 8_002 };
    const state = withChange(loaded(), change, NOW);
    expect(state.services.size).toBe(2);
    expect(state.feed[0]).toMatchObject({ service: 'owl' });
  });

  it('takes in conflicts and lets them go, each once', () => {
    const opened: Change = {
      type: 'conflicts_detected',
      conflicts: [conflict(1, 8_000), conflict(2, 8_001)],
      revision: 6,
      timestamp: 2,
    };
    let state = withChange(withChange(loaded(), opened, NOW), opened, NOW);
    expect(state.conflicts.map((each) => each.id)).toEqual([1, 2]);
    const closed: Change = {
      type: 'conflict_resolved',
      conflict: conflict(1, 8_000, { resolved_at: '2026-03-01T11:00:00Z' }),
      revision: 7,
      timestamp: 3,
    };
    state = withChange(state, closed, NOW);
    expect(state.conflicts.map((each) => each.id)).toEqual([2]);
    expect(state.feed.map((entry) => entry.kind)).toEqual(['closed', 'opened', 'opened']);
  });

  it('knows how a service is', () => {
    const change: Change = { type: 'service_status', service_id: 'wren', status: 'unhealthy', revision: 6, timestamp: 2 };
    expect(withChange(loaded(), change, NOW).services.get('wren')?.status).toBe('unhealthy');
  });

  it('keeps what it has heard when it is read again, and forgets it when it is read anew', () => {
    const heard = withChange(loaded(), moved(6), NOW);
    const again = withReading(heard, reading(6), NOW, false);
    expect(again.feed).toHaveLength(1);
    expect(again.revision).toBe(6);
    const anew = withReading(heard, reading(2), NOW, true);
    expect(anew.feed).toHaveLength(0);
    expect(anew.revision).toBe(2);
  });
});
