import { spansOf } from '@web/lib/spans';
import { reservation } from '../support';

describe('reservations', () => {
  it('that are neighbours and alike are one', () => {
    const spans = spansOf([8_102, 8_100, 8_101, 8_110].map((port) => reservation(port, { reason: 'lab' })));
    expect(spans.map(({ first, last, ports }) => [first, last, ports.length])).toEqual([
      [8_100, 8_102, 3],
      [8_110, 8_110, 1],
    ]);
  });

  it('that differ stay apart', () => {
    const differing = [
      reservation(8_100),
      reservation(8_101, { reason: 'lab' }),
      reservation(8_102, { reason: 'lab', hold: true }),
      reservation(8_103, { reason: 'lab', hold: true, service_id: 'kite' }),
      reservation(8_104, { reason: 'lab', hold: true, service_id: 'kite', expires_at: '2026-03-01T10:00:00Z' }),
    ];
    expect(spansOf(differing)).toHaveLength(5);
  });

  it('of one request end together, give or take a moment', () => {
    const until = (port: number, expires_at: string) => reservation(port, { expires_at });
    const spans = spansOf([
      until(8_100, '2026-03-01T10:00:00.100Z'),
      until(8_101, '2026-03-01T10:00:00.103Z'),
      until(8_102, '2026-03-01T11:00:00.100Z'),
    ]);
    expect(spans.map(({ first, last }) => [first, last])).toEqual([
      [8_100, 8_101],
      [8_102, 8_102],
    ]);
  });
});
