import { entriesOf, entriesOfConflict, entryOfEvent, groupFeed, mergeFeed } from '@web/live/feed';
import { conflict, event } from '../support';

const live = entriesOf({
  type: 'port_change',
  service_id: 'kite',
  old_port: 8_000,
  new_port: 8_001,
  revision: 7,
  timestamp: Date.parse('2026-03-01T10:00:00Z') / 1_000,
});

describe('the feed', () => {
  it('has an event once, as the history tells it, whichever came first', () => {
    const past = [entryOfEvent(event('kite', 7))];
    for (const feed of [mergeFeed(live, past), mergeFeed(past, live)]) {
      expect(feed).toHaveLength(1);
      expect(feed[0]).toMatchObject({ actor: 'ada', reason: 'a test' });
    }
  });

  it('is newest first', () => {
    const feed = mergeFeed(
      [entryOfEvent(event('kite', 1, { at: '2026-03-01T10:00:00Z' }))],
      [
        entryOfEvent(event('wren', 3, { at: '2026-03-01T12:00:00Z' })),
        entryOfEvent(event('rook', 2, { at: '2026-03-01T11:00:00Z' })),
      ],
    );
    expect(feed.map((entry) => entry.revision)).toEqual([3, 2, 1]);
  });

  it('tells a failed move from the change of the same revision', () => {
    const failed = entryOfEvent(event('kite', 7, { action: 'move_failed' }));
    expect(mergeFeed(live, [failed])).toHaveLength(2);
  });

  it('keeps 200', () => {
    const many = Array.from({ length: 300 }, (_, i) => entryOfEvent(event('kite', i)));
    expect(mergeFeed([], many)).toHaveLength(200);
  });

  it('has two entries of a conflict that is closed', () => {
    expect(entriesOfConflict(conflict(1, 8_000))).toHaveLength(1);
    const closed = conflict(1, 8_000, { resolved_at: '2026-03-01T11:00:00Z' });
    expect(entriesOfConflict(closed).map((entry) => entry.kind)).toEqual(['opened', 'closed']);
  });

  it('shows many changes of one revision as one', () => {
    const imported = ['kite', 'wren', 'rook'].map((id) => entryOfEvent(event(id, 1, { action: 'import' })));
    const moved = ['kite', 'wren'].map((id) => entryOfEvent(event(id, 2)));
    const groups = groupFeed(mergeFeed(imported, moved));
    expect(groups.map((group) => group.entries.length)).toEqual([1, 1, 3]);
  });
});
