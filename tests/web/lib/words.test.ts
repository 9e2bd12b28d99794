import type { Conflict } from '@web/api/types';
import { conflictName } from '@web/lib/words';
import { conflict } from '../support';

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
});
