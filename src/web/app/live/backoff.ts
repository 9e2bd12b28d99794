const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/**
 * How long to wait before the nth attempt to connect again, counted from 0: twice as long each
 * time, and a random half of it more or less, so that pages do not all come back together.
 * `random` is from 0 to 1.
 */
export function backoff(attempt: number, random: number): number {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 16));
  return Math.round(ceiling * (0.5 + random / 2));
}
