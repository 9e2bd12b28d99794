// Events over time, counted in equal spans. Pure.

import type { Conflict, HistoryEvent } from '../api/types';

export interface Span {
  id: '24h' | '7d' | '30d';
  name: string;
  bucketMs: number;
  buckets: number;
}

const HOUR = 3_600_000;

export const SPANS: readonly Span[] = [
  { id: '24h', name: '24 hours', bucketMs: HOUR, buckets: 24 },
  { id: '7d', name: '7 days', bucketMs: 6 * HOUR, buckets: 28 },
  { id: '30d', name: '30 days', bucketMs: 24 * HOUR, buckets: 30 },
];

/** When the first of the span's buckets begins; the last one ends after `now`. */
export function startOf(span: Span, now: number): number {
  const end = (Math.floor(now / span.bucketMs) + 1) * span.bucketMs;
  return end - span.buckets * span.bucketMs;
}

export function countIn(span: Span, start: number, times: readonly number[]): number[] {
  const counts = new Array<number>(span.buckets).fill(0);
  for (const time of times) {
    const index = Math.floor((time - start) / span.bucketMs);
    const counted = counts[index];
    if (counted !== undefined) counts[index] = counted + 1;
  }
  return counts;
}

export interface Activity {
  /** Where each bucket begins, in seconds since 1970. */
  times: number[];
  moves: number[];
  failed: number[];
  conflicts: number[];
}

export function activityIn(
  span: Span,
  now: number,
  events: readonly HistoryEvent[],
  conflicts: readonly Conflict[],
): Activity {
  const start = startOf(span, now);
  const timesOf = (action: HistoryEvent['action']): number[] =>
    events.filter((event) => event.action === action).map((event) => Date.parse(event.at));
  return {
    times: Array.from({ length: span.buckets }, (_, i) => (start + i * span.bucketMs) / 1_000),
    moves: countIn(span, start, timesOf('reassign')),
    failed: countIn(span, start, timesOf('move_failed')),
    conflicts: countIn(span, start, conflicts.map((conflict) => Date.parse(conflict.detected_at))),
  };
}
