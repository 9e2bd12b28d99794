import { blocksOf, cellsOf, countStates, labelOf, moveInGrid } from '@web/lib/portmap';
import { conflict, reservation, service } from '../support';

describe('the cells of the port map', () => {
  const cells = cellsOf(8_000, 8_009, {
    services: [
      service('kite', 8_000),
      service('wren', 8_001, { status: 'unhealthy' }),
      service('rook', 8_002, { status: 'unknown' }),
      service('dove', 8_003),
      service('hawk', 8_003),
      service('far', 8_008, { host: '10.0.0.7' }),
      service('udp', 8_008, { protocol: 'udp' }),
      service('none', null),
      service('outside', 9_500),
    ],
    reservations: [
      reservation(8_004),
      reservation(8_005, { hold: true, bound: true }),
      reservation(8_006, { hold: true, bound: false }),
      reservation(8_000),
    ],
    conflicts: [conflict(1, 8_003), conflict(2, 9_500)],
  });

  it('are one for each port, as what it is', () => {
    expect(cells.map((cell) => cell.state)).toEqual([
      'healthy',
      'unhealthy',
      'unknown',
      'conflict',
      'reserved',
      'held',
      'reserved',
      'free',
      'free',
      'free',
    ]);
    expect(cells[3]).toEqual({ port: 8_003, state: 'conflict', services: ['dove', 'hawk'] });
  });

  it('are counted', () => {
    expect(countStates(cells)).toEqual({
      free: 3,
      healthy: 1,
      unhealthy: 1,
      unknown: 1,
      reserved: 2,
      held: 1,
      conflict: 1,
    });
  });

  it('say what they are', () => {
    expect(labelOf({ port: 8_003, state: 'conflict', services: ['dove', 'hawk'] })).toBe('8003, dove and hawk, in conflict');
    expect(labelOf({ port: 8_007, state: 'free', services: [] })).toBe('8007, free');
  });
});

describe('a wide range', () => {
  it('is shown in blocks without a gap', () => {
    expect(blocksOf(8_000, 9_000)).toEqual([{ first: 8_000, last: 9_000 }]);
    expect(blocksOf(1_024, 6_500)).toEqual([
      { first: 1_024, last: 1_999 },
      { first: 2_000, last: 3_999 },
      { first: 4_000, last: 5_999 },
      { first: 6_000, last: 6_500 },
    ]);
  });
});

describe('a key in the grid', () => {
  // Ten columns, 24 cells: the last row has four.
  const to = (index: number, key: string, ctrl = false) => moveInGrid(index, key, 10, 24, ctrl);

  it.each([
    [0, 'ArrowRight', 1],
    [9, 'ArrowRight', 10],
    [23, 'ArrowRight', 23],
    [0, 'ArrowLeft', 0],
    [12, 'ArrowUp', 2],
    [2, 'ArrowUp', 2],
    [12, 'ArrowDown', 22],
    [18, 'ArrowDown', 18],
    [15, 'Home', 10],
    [15, 'End', 19],
    [21, 'End', 23],
    [3, 'PageDown', 23],
    [23, 'PageUp', 3],
  ])('from %i with %s leads to %i', (from, key, expected) => expect(to(from, key)).toBe(expected));

  it('leads to the ends with control', () => {
    expect(to(15, 'Home', true)).toBe(0);
    expect(to(15, 'End', true)).toBe(23);
  });

  it('leads nowhere when it is another', () => expect(to(5, 'a')).toBeNull());
});
