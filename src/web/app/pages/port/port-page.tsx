import { useState } from 'preact/hooks';

import { api } from '../../api/client';
import type { PortDetail } from '../../api/types';
import { selfId } from '../../live/self';
import { refresh, state } from '../../live/store';
import { useLoaded } from '../../lib/hooks';
import { href } from '../../lib/router';
import { Button } from '../../ui/button';
import { ConfirmDialog } from '../../ui/confirm';
import { ErrorNote } from '../../ui/error-note';
import { Icon } from '../../ui/icon';
import { Card, Page } from '../../ui/page';
import { Empty, Skeleton } from '../../ui/states';
import { tell } from '../../ui/toasts';
import { ConflictNote } from '../conflicts/conflict-note';
import { Timeline } from '../history/timeline';
import { ReserveDialog } from '../reservations/reserve-dialog';
import { AssignDialog } from '../services/assign-dialog';
import { ServiceDialog } from '../services/service-dialog';
import { PortFacts, PortListeners } from './port-facts';

type Task = 'assign' | 'reserve' | 'unreserve' | { move: string };

function PortActions({ detail, onTask }: { detail: PortDetail; onTask: (task: Task) => void }) {
  const movable = detail.holders.filter((id) => id !== selfId.value);
  return (
    <>
      {movable.map((id) => (
        <Button key={id} onClick={() => onTask({ move: id })}>
          Move {id}…
        </Button>
      ))}
      {detail.reserved ? (
        <Button onClick={() => onTask('unreserve')}>Remove reservation…</Button>
      ) : (
        <Button onClick={() => onTask('reserve')}>Reserve…</Button>
      )}
      {detail.holders.length === 0 && (
        <Button kind="primary" onClick={() => onTask('assign')}>
          Assign…
        </Button>
      )}
    </>
  );
}

/** What is shared of the port: when it changes, the rest is read again. */
function signatureOf(port: number): string {
  const { services, conflicts, reservations } = state.value;
  const holders = [...services.values()].filter((each) => each.port === port).map((each) => each.service_id + each.status);
  const open = conflicts.filter((each) => each.port === port).map((each) => each.id);
  const reserved = reservations.filter((each) => each.port === port).map((each) => `${each.bound}`);
  return [...holders, ...open, ...reserved].join();
}

function PortBody({ port }: { port: number }) {
  const read = useLoaded(signatureOf(port), (signal) => api.port(port, signal));
  const [task, setTask] = useState<Task | null>(null);
  const detail = read.value;
  const close = (): void => {
    setTask(null);
    read.reload();
  };
  const unreserve = async (): Promise<void> => {
    tell((await api.unreserve(port)).message);
    await refresh().catch(() => undefined);
    close();
  };
  return (
    <Page
      title={`Port ${port}`}
      intro={<a href={href('')}>Port map</a>}
      actions={detail && <PortActions detail={detail} onTask={setTask} />}
    >
      {detail?.conflicts.map((conflict) => <ConflictNote key={conflict.id} conflict={conflict} />)}
      <Card title="Now">
        {read.error !== null && <ErrorNote error={read.error} onRetry={read.reload} />}
        {!detail && read.error === null && <Skeleton lines={5} />}
        {detail && <PortFacts detail={detail} />}
        {detail?.visibility && (
          <div class="note">
            <Icon name="question" />
            <p>{detail.visibility}</p>
          </div>
        )}
      </Card>
      {detail && <PortListeners detail={detail} />}
      <Card title="History">
        <Timeline port={port} />
      </Card>
      {task === 'assign' && <AssignDialog port={port} onClose={close} />}
      {task === 'reserve' && <ReserveDialog port={port} onClose={close} />}
      {task === 'unreserve' && (
        <ConfirmDialog
          title={`Remove the reservation of port ${port}?`}
          confirm="Remove"
          danger
          onConfirm={unreserve}
          onClose={close}
        >
          <p>The port can then be given to a service.</p>
        </ConfirmDialog>
      )}
      {typeof task === 'object' && task && <ServiceDialog id={task.move} task="move" onClose={close} />}
    </Page>
  );
}

export function PortPage({ text }: { text: string }) {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1_024 || port > 65_535) {
    return (
      <Page title="No such port">
        <Card>
          <Empty icon="question" title={`“${text}” is no port`}>
            A port is a whole number from 1024 to 65535. <a href={href('')}>To the port map</a>
          </Empty>
        </Card>
      </Page>
    );
  }
  return <PortBody key={port} port={port} />;
}
