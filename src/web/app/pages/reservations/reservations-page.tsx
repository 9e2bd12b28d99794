import { useState } from 'preact/hooks';

import { api } from '../../api/client';
import type { Reservation } from '../../api/types';
import { refresh, state } from '../../live/store';
import { count } from '../../lib/format';
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
  { key: 'port', name: 'Port', numeric: true },
  { key: 'kind', name: 'Kind' },
  { key: 'whom', name: 'For' },
  { key: 'why', name: 'Reason' },
  { key: 'ends', name: 'Ends' },
  { key: 'actions', name: 'Actions', hidden: true },
];

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

function ReservationRow({ reservation, onRemove }: { reservation: Reservation; onRemove: () => void }) {
  return (
    <Row>
      <Data of="Port" kind="numeric">
        <PortLink port={reservation.port} />
        {reservation.protocol === 'udp' && <span class="muted"> udp</span>}
      </Data>
      <Data of="Kind" kind="main">
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
        <Button onClick={onRemove} label={`Remove the reservation of port ${reservation.port}`}>
          Remove…
        </Button>
      </Data>
    </Row>
  );
}

export function ReservationsPage() {
  const { reservations, loaded } = state.value;
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<Reservation | null>(null);
  const sorted = [...reservations].sort((a, b) => a.port - b.port);

  const remove = async (): Promise<void> => {
    if (!removing) return;
    tell((await api.unreserve(removing.port)).message);
    await refresh().catch(() => undefined);
    setRemoving(null);
  };
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
      <Card title={loaded ? count(reservations.length, 'reservation') : 'Reservations'}>
        {!loaded && <Skeleton lines={4} />}
        {loaded && sorted.length === 0 && (
          <Empty icon="lock" title="Nothing is reserved">
            Reserve ports that something outside the suite needs, or hold one for a service that is to come.
          </Empty>
        )}
        {sorted.length > 0 && (
          <Table caption="Reservations" columns={COLUMNS}>
            {sorted.map((reservation) => (
              <ReservationRow
                key={`${reservation.host}:${reservation.protocol}:${reservation.port}`}
                reservation={reservation}
                onRemove={() => setRemoving(reservation)}
              />
            ))}
          </Table>
        )}
      </Card>
      {adding && <ReserveDialog onClose={() => setAdding(false)} />}
      {removing && (
        <ConfirmDialog
          title={`Remove the reservation of port ${removing.port}?`}
          confirm="Remove"
          danger
          onConfirm={remove}
          onClose={() => setRemoving(null)}
        >
          <p>The port can then be given to a service{removing.bound ? ', and any process can take it' : ''}.</p>
        </ConfirmDialog>
      )}
    </Page>
  );
}
