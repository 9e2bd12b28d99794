import type { Listener, PortConnection, PortDetail } from '../../api/types';
import { processOf } from '../../lib/words';
import { Fact, Facts } from '../../ui/facts';
import { ServiceLink } from '../../ui/links';
import { Card } from '../../ui/page';
import { type Column, Data, Row, Table } from '../../ui/table';
import { Time } from '../../ui/time';

function reservedText(detail: PortDetail): string {
  const { reservation } = detail;
  if (!reservation) return 'no';
  const how = detail.held ? 'kept bound' : reservation.hold ? 'to be kept bound, but somebody took it' : 'yes';
  const whom = reservation.service_id ? `, for ${reservation.service_id}` : '';
  return `${how}${whom}${reservation.reason ? `: ${reservation.reason}` : ''}`;
}

export function PortFacts({ detail }: { detail: PortDetail }) {
  return (
    <Facts>
      <Fact name="Assigned to">
        {detail.holders.length === 0
          ? 'nobody'
          : detail.holders.map((id, i) => (
              <span key={id}>
                {i > 0 && ', '}
                <ServiceLink id={id} />
              </span>
            ))}
      </Fact>
      <Fact name="Reserved">
        {reservedText(detail)}
        {detail.reservation?.expires_at && (
          <span class="muted">
            {' '}
            ends <Time at={detail.reservation.expires_at} />
          </span>
        )}
      </Fact>
      <Fact name="Listening">{detail.listeners.length === 0 ? 'nobody' : detail.listeners.map(processOf).join(', ')}</Fact>
      <Fact name="Connections">{detail.connection_count}</Fact>
      <Fact name="Outgoing connections">
        {detail.ephemeral ? 'the kernel may take it for one' : 'the kernel does not take it for any'}
      </Fact>
      <Fact name="Last given up">{detail.released_at ? <Time at={detail.released_at} /> : 'not that is known'}</Fact>
    </Facts>
  );
}

const LISTENER_COLUMNS: readonly Column[] = [
  { key: 'address', name: 'Address' },
  { key: 'process', name: 'Process' },
  { key: 'service', name: 'Service' },
  { key: 'user', name: 'User' },
  { key: 'since', name: 'Seen since' },
];

function ListenerRow({ listener }: { listener: Listener }) {
  return (
    <Row>
      <Data of="Address" kind="main">
        <code>{listener.address}</code>
      </Data>
      <Data of="Process" kind="wrap">
        {processOf(listener)}
        {listener.executable && <div class="muted small">{listener.executable}</div>}
      </Data>
      <Data of="Service">{listener.service ? <ServiceLink id={listener.service} /> : <span class="muted">none known</span>}</Data>
      <Data of="User">{listener.user ?? <span class="muted">not seen</span>}</Data>
      <Data of="Seen since">{listener.since ? <Time at={listener.since} /> : '–'}</Data>
    </Row>
  );
}

const CONNECTION_COLUMNS: readonly Column[] = [
  { key: 'local', name: 'Near end' },
  { key: 'remote', name: 'Far end' },
  { key: 'state', name: 'State' },
  { key: 'process', name: 'Process' },
];
const SHOWN = 20;

function ConnectionRow({ connection }: { connection: PortConnection }) {
  const process = connection.process ?? 'not seen';
  return (
    <Row>
      <Data of="Near end" kind="main">
        <code>{connection.local}</code>
      </Data>
      <Data of="Far end">
        <code>{connection.remote}</code>
      </Data>
      <Data of="State">{connection.state}</Data>
      <Data of="Process">{connection.pid === null ? process : `${process} (pid ${connection.pid})`}</Data>
    </Row>
  );
}

/** Who listens on the port and who is connected to it, when somebody is. */
export function PortListeners({ detail }: { detail: PortDetail }) {
  const { listeners, connections, connection_count: count } = detail;
  return (
    <>
      {listeners.length > 0 && (
        <Card title="Listeners">
          <Table caption="Listeners" columns={LISTENER_COLUMNS}>
            {listeners.map((each) => (
              <ListenerRow key={`${each.address}${each.pid}`} listener={each} />
            ))}
          </Table>
        </Card>
      )}
      {connections.length > 0 && (
        <Card title="Connections">
          <Table caption="Connections" columns={CONNECTION_COLUMNS}>
            {connections.slice(0, SHOWN).map((each) => (
              <ConnectionRow key={`${each.local} ${each.remote} ${each.state}`} connection={each} />
            ))}
          </Table>
          {count > SHOWN && <p class="muted small">and {count - SHOWN} more.</p>}
        </Card>
      )}
    </>
  );
}
