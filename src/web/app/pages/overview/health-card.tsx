import type { HealthStatus, Service } from '../../api/types';
import { state } from '../../live/store';
import { count } from '../../lib/format';
import { href } from '../../lib/router';
import { sortServices } from '../../lib/sort';
import { STATUS_NAMES } from '../../lib/words';
import { PortLink, ServiceLink } from '../../ui/links';
import { StatusMark } from '../../ui/marks';
import { Card } from '../../ui/page';
import { Empty, Skeleton } from '../../ui/states';

const ORDER: readonly HealthStatus[] = ['healthy', 'unhealthy', 'unknown'];
const SHOWN = 8;

function Bar({ counts, total }: { counts: Record<HealthStatus, number>; total: number }) {
  const said = ORDER.map((status) => `${counts[status]} ${STATUS_NAMES[status].toLowerCase()}`).join(', ');
  return (
    <div class="health-bar" role="img" aria-label={said}>
      {ORDER.map((status) => (
        <span key={status} class={status} style={{ flexGrow: String(total ? counts[status] / total : 0) }} />
      ))}
    </div>
  );
}

function Row({ service }: { service: Service }) {
  const detail = state.value.statuses.get(service.service_id)?.detail;
  return (
    <li>
      <StatusMark status={service.status} />
      <div>
        <ServiceLink id={service.service_id} /> <PortLink port={service.port} />
        {detail && <div class="muted small">{detail}</div>}
      </div>
    </li>
  );
}

export function HealthCard() {
  const { services, loaded } = state.value;
  const counts: Record<HealthStatus, number> = { healthy: 0, unhealthy: 0, unknown: 0 };
  for (const service of services.values()) counts[service.status] += 1;
  const notHealthy = sortServices(services.values(), 'status', 'ascending').filter(
    (service) => service.status !== 'healthy',
  );
  return (
    <Card title="Health of services" class="health-card" aside={<a href={href('services')}>All services</a>}>
      {!loaded && <Skeleton lines={4} />}
      {loaded && (
        <>
          <Bar counts={counts} total={services.size} />
          <ul class="counts">
            {ORDER.map((status) => (
              <li key={status}>
                <a href={href('services', undefined, { status })}>
                  <StatusMark status={status} /> <b>{counts[status]}</b>
                </a>
              </li>
            ))}
          </ul>
        </>
      )}
      {loaded && services.size === 0 && (
        <Empty title="No services yet">Assign a port on the Services page, or import a port_config.json.</Empty>
      )}
      {loaded && services.size > 0 && notHealthy.length === 0 && <Empty title="Every service is healthy" />}
      {notHealthy.length > 0 && (
        <ul class="health-list">
          {notHealthy.slice(0, SHOWN).map((service) => (
            <Row key={service.service_id} service={service} />
          ))}
        </ul>
      )}
      {notHealthy.length > SHOWN && (
        <p class="muted small">and {count(notHealthy.length - SHOWN, 'more service', 'more services')}.</p>
      )}
    </Card>
  );
}
