import { api } from '../../api/client';
import { ApiError } from '../../api/errors';
import type { HistoryEvent, PageOf } from '../../api/types';
import { state } from '../../live/store';
import { clockTime, dayOf, fullTime } from '../../lib/format';
import { useSettled } from '../../lib/hooks';
import { ACTION_NAMES } from '../../lib/words';
import { ErrorNote } from '../../ui/error-note';
import { Icon, type IconName } from '../../ui/icon';
import { PortLink, ServiceLink } from '../../ui/links';
import { LoadMore, usePages } from '../../ui/load-more';
import { Empty, Skeleton } from '../../ui/states';

interface Props {
  /** "": of all services. */
  service?: string;
  port?: number;
}

const PAGE = 50;
const SETTLE_MS = 500;

const ICONS: Record<HistoryEvent['action'], IconName> = {
  assign: 'check',
  release: 'close',
  reassign: 'arrow',
  import: 'upload',
  restore: 'upload',
  reset: 'restart',
  move_failed: 'alert',
};

function reader({ service, port }: Props): (cursor: number | null) => Promise<PageOf<HistoryEvent>> {
  if (service) return (cursor) => api.historyOf(service, { limit: PAGE, cursor });
  return (cursor) => api.history({ limit: PAGE, cursor, ...(port !== undefined && { port }) });
}

function Ports({ event }: { event: HistoryEvent }) {
  const { old_port: from, new_port: to } = event;
  if (from !== null && to !== null && from !== to) {
    return (
      <>
        <PortLink port={from} />
        <span class="to"> → </span>
        <PortLink port={to} />
      </>
    );
  }
  return <PortLink port={to ?? from} />;
}

function EventRow({ event, named }: { event: HistoryEvent; named: boolean }) {
  return (
    <li class={event.action}>
      <time dateTime={event.at} title={fullTime(Date.parse(event.at))}>
        {clockTime(Date.parse(event.at))}
      </time>
      <span class="timeline-mark">
        <Icon name={ICONS[event.action]} />
      </span>
      <div>
        <div>
          <b>{ACTION_NAMES[event.action]}</b> {named && event.service_id && <ServiceLink id={event.service_id} />}{' '}
          <Ports event={event} />
        </div>
        <div class="muted small">
          by {event.actor}
          {event.reason && `: ${event.reason}`}
          <span class="request"> · request {event.request_id} · revision {event.revision}</span>
        </div>
      </div>
    </li>
  );
}

interface Day {
  name: string;
  events: HistoryEvent[];
}

/** The events, newest first, by the day on which they happened here. */
export function byDay(events: readonly HistoryEvent[]): Day[] {
  const days: Day[] = [];
  for (const event of events) {
    const name = dayOf(Date.parse(event.at));
    const last = days.at(-1);
    if (last?.name === name) last.events.push(event);
    else days.push({ name, events: [event] });
  }
  return days;
}

/** What happened to a service, to a port, or to all. */
export function Timeline(props: Props) {
  const { service, port } = props;
  // What is new is read with the first page; older pages that were open are read again on demand.
  const newest = useSettled(
    state.value.feed.find((entry) => entry.kind === 'port' && (!service || entry.service === service))?.key ?? '',
    SETTLE_MS,
  );
  const pages = usePages(`${service} ${port} ${newest}`, reader(props));
  const isEmpty = pages.rows.length === 0;
  const isUnknown = pages.error instanceof ApiError && pages.error.isUnknownService;
  return (
    <>
      {isUnknown && <Empty icon="question" title={`No service ${service} is known`} />}
      {pages.error !== null && !isUnknown && <ErrorNote error={pages.error} onRetry={pages.reload} />}
      {isEmpty && pages.loading && <Skeleton lines={6} />}
      {isEmpty && !pages.loading && pages.error === null && <Empty title="Nothing has happened yet" />}
      {byDay(pages.rows).map((day) => (
        <section key={day.name} class="timeline-day" aria-label={day.name}>
          <h3>{day.name}</h3>
          <ol class="timeline">
            {day.events.map((event) => (
              <EventRow
                key={`${event.revision}:${event.service_id}:${event.action}:${event.old_port}:${event.new_port}`}
                event={event}
                named={!service}
              />
            ))}
          </ol>
        </section>
      ))}
      <LoadMore pages={pages} />
    </>
  );
}
