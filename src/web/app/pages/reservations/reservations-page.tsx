import { useState } from 'preact/hooks';

import { api } from '../../api/client';
import type { Reservation } from '../../api/types';
import { ApiError } from '../../api/errors';
import { refresh, state } from '../../live/store';
import { eachOf } from '../../lib/each';
import { count } from '../../lib/format';
import { type ReservedSpan, spansOf } from '../../lib/spans';
import { Button } from '../../ui/button';
import { ConfirmDialog } from '../../ui/confirm';
import { PortLink, ServiceLink } from '../../ui/links';
import { CellSample } from '../../ui/marks';
import { Card, Page } from '../../ui/page';
import { Empty, Skeleton } from '../../ui/states';
import { type Column, Data, Row, Table } from '../../ui/table';
import { Time } from '../../ui/time';
import { tell } from '../../ui/toasts';
import { ReserveDialog } from './reserve-dialog';

const COLUMNS: readonly Column[] = [
  { key: 'port', name: 'Port' },
  { key: 'kind', name: 'Kind' },
  { key: 'whom', name: 'For' },
  { key: 'why', name: 'Reason' },
  { key: 'ends', name: 'Ends' },
  { key: 'actions', name: 'Actions', hidden: true },
];

// As many as a browser sends to one server by HTTP/1.1.
const REMOVED_AT_ONCE = 6;

function Kind({ reservation }: { reservation: Reservation }) {
  if (!reservation.hold) {
    return (
      <>
        <CellSample state="reserved" /> Reserved
      </>
    );
  }
  if (reservation.bound) {
    return (
      <>
        <CellSample state="held" /> Held: kept bound
      </>
    );
  }
  return (
    <>
      <CellSample state="conflict" /> To be held, but somebody took it
    </>
  );
}

/** "port 8888", "ports 8100 to 8110" */
function nameOf(span: ReservedSpan): string {
  return span.first === span.last ? `port ${span.first}` : `ports ${span.first} to ${span.last}`;
}

function ReservationRow({ span, onRemove }: { span: ReservedSpan; onRemove: () => void }) {
  const reservation = span.of;
  return (
    <Row>
      <Data of="Port" kind="main">
        <PortLink port={span.first} />
        {span.last !== span.first && (
          <>
            {' – '}
            <PortLink port={span.last} />
            <span class="muted">, {count(span.ports.length, 'port')}</span>
          </>
        )}
        {reservation.protocol === 'udp' && <span class="muted"> udp</span>}
      </Data>
      <Data of="Kind">
        <Kind reservation={reservation} />
      </Data>
      <Data of="For">
        {reservation.service_id ? <ServiceLink id={reservation.service_id} /> : <span class="muted">nobody yet</span>}
      </Data>
      <Data of="Reason" kind="wrap">
        {reservation.reason || <span class="muted">none given</span>}
      </Data>
      <Data of="Ends">
        {reservation.expires_at ? <Time at={reservation.expires_at} /> : <span class="muted">when removed</span>}
      </Data>
      <Data of="Actions" kind="actions">
        <Button onClick={onRemove} label={`Remove the reservation of ${nameOf(span)}`}>
          Remove…
        </Button>
      </Data>
    </Row>
  );
}

/** The API takes one port at a time. What fails ends it; done again, it goes on with what is left. */
async function removeAll(span: ReservedSpan): Promise<void> {
  try {
    await eachOf(span.ports, REMOVED_AT_ONCE, async (port) => {
      await api.unreserve(port).catch((thrown: unknown) => {
        const isGone = thrown instanceof ApiError && thrown.code === 'unknown_port';
        if (!isGone) throw thrown;
      });
    });
  } finally {
    await refresh().catch(() => undefined);
  }
  tell(`The reservation of ${nameOf(span)} is removed.`);
}

function Removal({ span, onClose }: { span: ReservedSpan; onClose: () => void }) {
  const isRange = span.ports.length > 1;
  return (
    <ConfirmDialog
      title={`Remove the reservation of ${nameOf(span)}?`}
      confirm={isRange ? `Remove all ${span.ports.length}` : 'Remove'}
      danger
      onConfirm={() => removeAll(span).then(onClose)}
      onClose={onClose}
    >
      <p>
        {isRange ? `All ${span.ports.length} ports` : 'The port'} can then be given to services
        {span.of.bound && ', and any process can take what is let go'}.
        {isRange && ' To free one of them alone, open its page.'}
      </p>
    </ConfirmDialog>
  );
}

export function ReservationsPage() {
  const { reservations, loaded } = state.value;
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<ReservedSpan | null>(null);
  const spans = spansOf(reservations);
  const actions = (
    <Button kind="primary" onClick={() => setAdding(true)}>
      Reserve…
    </Button>
  );
  return (
    <Page
      title="Reservations"
      intro="Ports that nobody is given. A held port is kept bound as well, so that no process can take it."
      actions={actions}
    >
      <Card title={loaded ? count(reservations.length, 'reserved port') : 'Reservations'}>
        {!loaded && <Skeleton lines={4} />}
        {loaded && spans.length === 0 && (
          <Empty icon="lock" title="Nothing is reserved">
            Reserve ports that something outside the suite needs, or hold one for a service that is to come.
          </Empty>
        )}
        {spans.length > 0 && (
          <Table caption="Reservations" columns={COLUMNS}>
            {spans.map((span) => (
              <ReservationRow
                key={`${span.of.host}:${span.of.protocol}:${span.first}`}
                span={span}
                onRemove={() => setRemoving(span)}
              />
            ))}
          </Table>
        )}
      </Card>
      {adding && <ReserveDialog onClose={() => setAdding(false)} />}
      {removing && <Removal span={removing} onClose={() => setRemoving(null)} />}
    </Page>
  );
}
