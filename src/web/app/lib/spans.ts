// Neighbouring reservations that are alike, as one. Pure.

import type { Reservation } from '../api/types';

export interface ReservedSpan {
  first: number;
  last: number;
  /** What holds for each of its ports. */
  of: Reservation;
  ports: number[];
}

// Ports of one request expire a moment after each other at most.
const SAME_MOMENT_MS = 1_000;

function sameEnd(a: string | null, b: string | null): boolean {
  if (a === null || b === null) return a === b;
  return Math.abs(Date.parse(a) - Date.parse(b)) < SAME_MOMENT_MS;
}

function areAlike(a: Reservation, b: Reservation): boolean {
  return (
    a.host === b.host &&
    a.protocol === b.protocol &&
    a.reason === b.reason &&
    a.hold === b.hold &&
    a.bound === b.bound &&
    a.service_id === b.service_id &&
    sameEnd(a.expires_at, b.expires_at)
  );
}

/** By port. A reason or an end of their own is what makes neighbours one reservation. */
export function spansOf(reservations: readonly Reservation[]): ReservedSpan[] {
  const spans: ReservedSpan[] = [];
  for (const each of [...reservations].sort((a, b) => a.port - b.port)) {
    const before = spans.at(-1);
    const joins = before && before.last + 1 === each.port && areAlike(before.of, each);
    if (joins) {
      before.last = each.port;
      before.ports.push(each.port);
    } else {
      spans.push({ first: each.port, last: each.port, of: each, ports: [each.port] });
    }
  }
  return spans;
}
