import { backoff } from '@web/live/backoff';

describe('the wait before the next attempt', () => {
  it('doubles up to half a minute', () => {
    expect([0, 1, 2, 3, 6, 7, 100].map((attempt) => backoff(attempt, 1))).toEqual([
      500, 1_000, 2_000, 4_000, 30_000, 30_000, 30_000,
    ]);
  });

  it('is spread over its upper half', () => {
    expect(backoff(2, 0)).toBe(1_000);
    expect(backoff(2, 0.5)).toBe(1_500);
  });
});
