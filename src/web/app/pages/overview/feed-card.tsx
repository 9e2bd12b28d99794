import { state } from '../../live/store';
import { type ConflictEntry, type FeedGroup, type PortEntry, groupFeed } from '../../live/feed';
import { href } from '../../lib/router';
import { ACTION_NAMES, STATUS_NAMES, conflictName, servicesOf } from '../../lib/words';
import { Icon, type IconName } from '../../ui/icon';
import { PortLink, ServiceLink } from '../../ui/links';
import { Card } from '../../ui/page';
import { Empty, Skeleton } from '../../ui/states';
import { Time } from '../../ui/time';

const SHOWN = 40;

function PortText({ entry }: { entry: PortEntry }) {
  const failed = entry.action === 'move_failed';
  const same = entry.from === entry.to;
  return (
    <>
      <ServiceLink id={entry.service} />{' '}
      {failed ? 'could not move ' : ''}
      {entry.from !== null && !same && <PortLink port={entry.from} />}
      {entry.from !== null && entry.to !== null && !same && <span class="to"> → </span>}
      {entry.to === null ? <span> given up</span> : <PortLink port={entry.to} />}
    </>
  );
}

function ConflictText({ entry }: { entry: ConflictEntry }) {
  const { conflict } = entry;
  const name = conflictName(conflict);
  return (
    <>
      {entry.kind === 'opened' ? name : `Settled: ${name.toLowerCase()}`}{' '}
      <PortLink port={conflict.port} />
      <span class="muted"> {servicesOf(conflict).join(', ')}</span>
    </>
  );
}

function describe(group: FeedGroup): { icon: IconName; kind: string; text: preact.JSX.Element } {
  const [entry] = group.entries;
  if (entry.kind === 'port' && group.entries.length > 1) {
    const action = ACTION_NAMES[entry.action ?? 'reassign'].toLowerCase();
    const text = (
      <a href={href('history')}>
        {group.entries.length} services {action} at once
      </a>
    );
    return { icon: 'arrow', kind: 'port', text };
  }
  switch (entry.kind) {
    case 'port':
      return {
        icon: entry.action === 'move_failed' ? 'close' : 'arrow',
        kind: entry.action === 'move_failed' ? 'opened' : 'port',
        text: <PortText entry={entry} />,
      };
    case 'opened':
      return { icon: 'alert', kind: 'opened', text: <ConflictText entry={entry} /> };
    case 'closed':
      return { icon: 'check', kind: 'closed', text: <ConflictText entry={entry} /> };
    case 'status': {
      const text = (
        <>
          <ServiceLink id={entry.service} /> is {STATUS_NAMES[entry.status].toLowerCase()}
        </>
      );
      const icon = entry.status === 'unhealthy' ? 'alert' : entry.status === 'healthy' ? 'check' : 'question';
      return { icon, kind: entry.status, text };
    }
  }
}

function byWhom(group: FeedGroup): string {
  const [entry] = group.entries;
  if (entry.kind !== 'port' || !entry.actor) return '';
  return entry.reason ? ` · ${entry.actor}: ${entry.reason}` : ` · ${entry.actor}`;
}

export function FeedCard() {
  const { feed, loaded } = state.value;
  const groups = groupFeed(feed).slice(0, SHOWN);
  return (
    <Card title="Recent events" class="feed-card" aside={<a href={href('history')}>All history</a>}>
      {!loaded && <Skeleton lines={8} />}
      {loaded && groups.length === 0 && <Empty title="Nothing has happened yet" />}
      {groups.length > 0 && (
        <ol class="feed" tabIndex={0} aria-label="Recent events, newest first">
          {groups.map((group) => {
            const { icon, kind, text } = describe(group);
            return (
              <li key={group.key} class={kind}>
                <Icon name={icon} />
                <div>
                  <div>{text}</div>
                  <div class="muted small">
                    <Time at={group.at} />
                    {byWhom(group)}
                  </div>
                </div>
              </li>
            );
          })}
        </ol>
      )}
    </Card>
  );
}
