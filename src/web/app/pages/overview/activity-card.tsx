import { useMemo, useState } from 'preact/hooks';

import { api } from '../../api/client';
import type { Conflict, HistoryEvent, PageOf } from '../../api/types';
import { state } from '../../live/store';
import { type Activity, SPANS, type Span, activityIn, startOf } from '../../lib/buckets';
import { count } from '../../lib/format';
import { useLoaded, useSettled } from '../../lib/hooks';
import { ErrorNote } from '../../ui/error-note';
import { Card } from '../../ui/page';
import { Skeleton } from '../../ui/states';
import { ActivityChart } from './activity-chart';

const PAGE = 1_000;
const MOST_PAGES = 5;
const SETTLE_MS = 1_000;

async function allPages<T>(read: (cursor: number | null) => Promise<PageOf<T>>): Promise<T[]> {
  const rows: T[] = [];
  let cursor: number | null = null;
  for (let i = 0; i < MOST_PAGES && (i === 0 || cursor !== null); ++i) {
    const page: PageOf<T> = await read(cursor);
    rows.push(...page.rows);
    cursor = page.next;
  }
  return rows;
}

interface Past {
  events: HistoryEvent[];
  conflicts: Conflict[];
}

async function readPast(span: Span): Promise<Past> {
  const since = new Date(startOf(span, Date.now())).toISOString();
  const [events, conflicts] = await Promise.all([
    allPages((cursor) => api.history({ since, limit: PAGE, cursor })),
    allPages((cursor) => api.conflictHistory({ since, limit: PAGE, cursor })),
  ]);
  return { events, conflicts };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, each) => all + each, 0);

function summaryOf(activity: Activity, span: Span): string {
  const failed = sum(activity.failed);
  return (
    `${count(sum(activity.moves), 'move')}, ` +
    (failed > 0 ? `${count(failed, 'failed move')}, ` : '') +
    `${count(sum(activity.conflicts), 'conflict')} opened in the last ${span.name}.`
  );
}

export function ActivityCard({ ready }: { ready: boolean }) {
  const [spanId, setSpanId] = useState<Span['id']>('24h');
  const span = SPANS.find((each) => each.id === spanId) ?? (SPANS[0] as Span);
  // Read again when something has happened, not for each message of it.
  const newest = useSettled(state.value.feed[0]?.key ?? '', SETTLE_MS);
  const past = useLoaded(`${spanId} ${newest} ${ready}`, () => readPast(span));
  const activity = useMemo(
    () => past.value && activityIn(span, Date.now(), past.value.events, past.value.conflicts),
    [past.value, span],
  );
  const chooser = (
    <div class="segments" role="group" aria-label="Time shown">
      {SPANS.map((each) => (
        <button
          key={each.id}
          type="button"
          aria-pressed={each.id === spanId ? 'true' : 'false'}
          onClick={() => setSpanId(each.id)}
        >
          {each.name}
        </button>
      ))}
    </div>
  );
  return (
    <Card title="Moves and conflicts" class="activity-card" aside={chooser}>
      {!activity && past.error !== null && <ErrorNote error={past.error} onRetry={past.reload} />}
      {!activity && past.error === null && <Skeleton lines={6} />}
      {activity && (
        <>
          <ActivityChart activity={activity} span={span} summary={summaryOf(activity, span)} />
          <p class="muted small">{summaryOf(activity, span)}</p>
        </>
      )}
    </Card>
  );
}
