import { api } from '../../api/client';
import type { Conflict } from '../../api/types';
import { state } from '../../live/store';
import { duration } from '../../lib/format';
import { conflictName, processOf, servicesOf } from '../../lib/words';
import { ErrorNote } from '../../ui/error-note';
import { PortLink, ServiceLink } from '../../ui/links';
import { LoadMore, usePages } from '../../ui/load-more';
import { Card } from '../../ui/page';
import { Empty, Skeleton } from '../../ui/states';
import { type Column, Data, Row, Table } from '../../ui/table';
import { Time } from '../../ui/time';

const COLUMNS: readonly Column[] = [
  { key: 'what', name: 'What' },
  { key: 'port', name: 'Port' },
  { key: 'who', name: 'Who' },
  { key: 'closed', name: 'Settled' },
  { key: 'lasted', name: 'Lasted' },
  { key: 'how', name: 'How' },
];
const PAGE = 20;

function PastRow({ conflict }: { conflict: Conflict }) {
  const closed = Date.parse(conflict.resolved_at ?? conflict.detected_at);
  const lasted = Math.max(0, closed - Date.parse(conflict.detected_at)) / 1_000;
  return (
    <Row>
      <Data of="What" kind="main">
        {conflictName(conflict)}
      </Data>
      <Data of="Port">
        <PortLink port={conflict.port} />
      </Data>
      <Data of="Who" kind="wrap">
        {servicesOf(conflict).map((id) => (
          <div key={id}>
            <ServiceLink id={id} />
          </div>
        ))}
        {conflict.type === 'system_conflict' && conflict.listener && (
          <div class="muted small">{processOf(conflict.listener)}</div>
        )}
      </Data>
      <Data of="Settled">
        <Time at={closed} />
      </Data>
      <Data of="Lasted">{duration(lasted)}</Data>
      <Data of="How" kind="wrap">
        {conflict.resolution}
      </Data>
    </Row>
  );
}

/** Conflicts that are over. */
export function PastConflicts() {
  const open = state.value.conflicts.map((conflict) => conflict.id).join();
  const pages = usePages(`${state.value.loaded} ${open}`, (cursor) => api.conflictHistory({ limit: PAGE, cursor }));
  const past = pages.rows.filter((conflict) => conflict.resolved_at);
  const isEmpty = past.length === 0 && !pages.hasMore;
  return (
    <Card title="Past conflicts">
      {pages.error !== null && <ErrorNote error={pages.error} onRetry={pages.reload} />}
      {isEmpty && pages.loading && pages.rows.length === 0 && <Skeleton lines={3} />}
      {isEmpty && !pages.loading && pages.error === null && <Empty title="No conflict has been settled yet" />}
      {past.length > 0 && (
        <Table caption="Past conflicts" columns={COLUMNS}>
          {past.map((conflict) => (
            <PastRow key={conflict.id} conflict={conflict} />
          ))}
        </Table>
      )}
      <LoadMore pages={pages} />
    </Card>
  );
}
