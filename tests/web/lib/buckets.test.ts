import { SPANS, activityIn, countIn, startOf } from '@web/lib/buckets';
import { conflict, event } from '../support';

const now = Date.parse('2026-03-02T09:30:00Z');

describe('events over time', () => {
  it.each(SPANS.map((span) => [span.id, span] as const))('of %s end with the present', (_id, span) => {
    const start = startOf(span, now);
    expect(start + span.buckets * span.bucketMs).toBeGreaterThan(now);
    expect(start + (span.buckets - 1) * span.bucketMs).toBeLessThanOrEqual(now);
    const counts = countIn(span, start, [start - 1, start, now, start + span.buckets * span.bucketMs]);
    expect(counts[0]).toBe(1);
    expect(counts.at(-1)).toBe(1);
    expect(counts.reduce((sum, each) => sum + each)).toBe(2);
  });

  it('are counted by kind', () => {
    const span = SPANS[0];
    if (!span) throw new Error('no span');
    const at = '2026-03-02T09:10:00Z';
    const events = [
      event('kite', 1, { at }),
      event('wren', 2, { at }),
      event('kite', 3, { at, action: 'move_failed' }),
      event('kite', 4, { at, action: 'assign' }),
    ];
    const activity = activityIn(span, now, events, [conflict(1, 8_000, { detected_at: '2026-03-02T08:10:00Z' })]);
    expect(activity.times).toHaveLength(24);
    expect(activity.times.at(-1)).toBe(Date.parse('2026-03-02T09:00:00Z') / 1_000);
    expect(activity.moves.at(-1)).toBe(2);
    expect(activity.failed.at(-1)).toBe(1);
    expect(activity.conflicts.at(-2)).toBe(1);
  });
});
