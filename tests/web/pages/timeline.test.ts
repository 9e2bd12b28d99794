import { byDay } from '@web/pages/history/timeline';
import { event } from '../support';

describe('the timeline', () => {
  it('is cut into days, in the order given', () => {
    const noon = (day: number) => `2026-03-0${day}T12:00:00Z`;
    const days = byDay([
      event('kite', 3, { at: noon(3) }),
      event('wren', 2, { at: noon(2) }),
      event('kite', 1, { at: noon(2) }),
    ]);
    expect(days.map((day) => day.events.map((each) => each.revision))).toEqual([[3], [2, 1]]);
    expect(byDay([])).toEqual([]);
  });
});
