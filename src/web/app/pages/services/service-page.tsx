import { useState } from 'preact/hooks';

import { api } from '../../api/client';
import { ApiError } from '../../api/errors';
import type { Listener, ServiceDetail } from '../../api/types';
import { selfId } from '../../live/self';
import { state } from '../../live/store';
import { useLoaded } from '../../lib/hooks';
import { href } from '../../lib/router';
import { processOf, servicesOf } from '../../lib/words';
import { Button } from '../../ui/button';
import { ErrorNote } from '../../ui/error-note';
import { Fact, Facts } from '../../ui/facts';
import { PortLink } from '../../ui/links';
import { StatusMark } from '../../ui/marks';
import { Card, Page } from '../../ui/page';
import { Empty, Skeleton } from '../../ui/states';
import { Time } from '../../ui/time';
import { Timeline } from '../history/timeline';
import { ConflictNote } from '../conflicts/conflict-note';
import { RowActions } from './row-actions';
import { ServiceDialog, type ServiceTask } from './service-dialog';

function Listening({ listening }: { listening: readonly Listener[] }) {
  if (listening.length === 0) return <>nowhere, as far as this machine sees</>;
  return (
    <>
      {listening.map((each) => (
        <div key={`${each.address}:${each.port}`}>
          {each.address} <PortLink port={each.port} /> <span class="muted">{processOf(each)}</span>
        </div>
      ))}
    </>
  );
}

function ServiceFacts({ service }: { service: ServiceDetail }) {
  const status = state.value.statuses.get(service.service_id);
  return (
    <Facts>
      <Fact name="Port">
        <PortLink port={service.port} /> <span class="muted">{service.protocol}</span>
      </Fact>
      <Fact name="Status">
        <StatusMark status={state.value.services.get(service.service_id)?.status ?? service.status} />{' '}
        <span class="muted">
          checked <Time at={status?.last_checked ?? null} />
        </span>
        {status?.detail && <div class="muted small">{status.detail}</div>}
      </Fact>
      <Fact name="Listens">
        <Listening listening={service.listening} />
      </Fact>
      <Fact name="Category">{service.category ?? 'none'}</Fact>
      <Fact name="Host">{service.host ?? 'this machine'}</Fact>
      <Fact name="Health endpoint">
        <code>{service.health_endpoint}</code>
      </Fact>
      <Fact name="Process">
        {service.identity
          ? `${service.identity.executable ?? 'unknown'} (pid ${service.identity.pid ?? 'unknown'})`
          : (service.process ?? 'not known yet')}
      </Fact>
      <Fact name="Registered">
        <Time at={service.registered_at} />
      </Fact>
    </Facts>
  );
}

export function ServicePage({ id }: { id: string }) {
  const known = state.value.services.get(id);
  // Read again when what is shared of it has changed.
  const detail = useLoaded(`${id} ${known?.port ?? ''} ${known?.status ?? ''}`, (signal) => api.service(id, signal));
  const isUnknown = detail.error instanceof ApiError && detail.error.isUnknownService;
  const [task, setTask] = useState<ServiceTask | null>(null);
  const conflicts = state.value.conflicts.filter((conflict) => servicesOf(conflict).includes(id));
  const actions = detail.value && id !== selfId.value && (
    <>
      {known?.port != null && <Button onClick={() => setTask('restart')}>Restart…</Button>}
      <RowActions service={detail.value} onTask={setTask} />
    </>
  );
  return (
    <Page title={id} intro={<a href={href('services')}>All services</a>} actions={actions || undefined}>
      {conflicts.map((conflict) => (
        <ConflictNote key={conflict.id} conflict={conflict} />
      ))}
      <Card title="Now">
        {isUnknown && (
          <Empty icon="question" title={`No service ${id} is registered`}>
            <a href={href('services')}>See those that are</a>
          </Empty>
        )}
        {detail.error !== null && !isUnknown && <ErrorNote error={detail.error} onRetry={detail.reload} />}
        {!detail.value && detail.error === null && <Skeleton lines={6} />}
        {detail.value && <ServiceFacts service={detail.value} />}
      </Card>
      <Card title="History">
        <Timeline service={id} />
      </Card>
      {task && <ServiceDialog id={id} task={task} onClose={() => setTask(null)} />}
    </Page>
  );
}
