import { bytes, count, duration, listed, relative } from '@web/lib/format';

describe('numbers for people', () => {
  it.each([
    [0, '0 s'],
    [59.9, '59 s'],
    [60, '1 min'],
    [3_599, '59 min'],
    [7_200, '2 h'],
    [47 * 3_600, '47 h'],
    [72 * 3_600, '3 d'],
  ])('%d seconds are %s', (seconds, text) => expect(duration(seconds)).toBe(text));

  it('are relative to now', () => {
    expect(relative(1_000, 3_000)).toBe('just now');
    expect(relative(0, 65_000)).toBe('1 min ago');
    expect(relative(7_200_000, 0)).toBe('in 2 h');
  });

  it('have their units', () => {
    expect([bytes(1_023), bytes(1_536), bytes(3 * 1_024 * 1_024)]).toEqual(['1023 B', '1.5 KiB', '3.0 MiB']);
    expect([count(1, 'service'), count(2, 'service'), count(1, 'entry', 'entries')]).toEqual([
      '1 service',
      '2 services',
      '1 entry',
    ]);
    expect([listed([]), listed(['a']), listed(['a', 'b']), listed(['a', 'b', 'c'])]).toEqual(['', 'a', 'a and b', 'a, b and c']);
  });
});
