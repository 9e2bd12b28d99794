import { useEffect } from 'preact/hooks';

import { api } from '../../api/client';
import { messageOf } from '../../api/errors';
import { refreshQuietly, state } from '../../live/store';
import { ConfirmDialog } from '../../ui/confirm';
import { tell } from '../../ui/toasts';
import { AssignDialog } from './assign-dialog';
import { MoveDialog } from './move-dialog';

export type ServiceTask = 'move' | 'assign' | 'check' | 'restart' | 'release' | 'forget';

interface Props {
  id: string;
  task: ServiceTask;
  onClose: () => void;
}

async function done(answer: Promise<{ message: string }>, onClose: () => void): Promise<void> {
  tell((await answer).message);
  onClose();
  refreshQuietly();
}

function Restart({ id, onClose }: Omit<Props, 'task'>) {
  return (
    <ConfirmDialog
      title={`Restart ${id}?`}
      confirm="Restart"
      onConfirm={() => done(api.restart(id), onClose)}
      onClose={onClose}
    >
      <p>The service is asked to restart itself. Its clients lose their connections for a moment.</p>
    </ConfirmDialog>
  );
}

function Release({ id, onClose }: Omit<Props, 'task'>) {
  const port = state.value.services.get(id)?.port ?? null;
  return (
    <ConfirmDialog
      title={`Release port ${port ?? ''} of ${id}?`}
      confirm="Release"
      danger
      onConfirm={() => done(api.release(id), onClose)}
      onClose={onClose}
    >
      <p>
        The port can then be given to another service. {id} stays known and is not stopped: if it runs, it goes on
        listening.
      </p>
    </ConfirmDialog>
  );
}

function Forget({ id, onClose }: Omit<Props, 'task'>) {
  return (
    <ConfirmDialog
      title={`Forget ${id}?`}
      confirm="Forget the service"
      danger
      onConfirm={() => done(api.forget(id), onClose)}
      onClose={onClose}
    >
      <p>It is taken out of the registry and its port is given back. Its history stays. It is not stopped.</p>
    </ConfirmDialog>
  );
}

function Check({ id, onClose }: Omit<Props, 'task'>) {
  useEffect(() => {
    api
      .check(id)
      .then(
        (answer) => tell(`${id} is ${answer.healthy ? 'healthy' : 'not healthy'}. ${answer.detail}`.trim(), answer.healthy ? 'good' : 'bad'),
        (thrown: unknown) => tell(messageOf(thrown), 'bad'),
      )
      .finally(refreshQuietly);
    onClose();
  }, []);
  return null;
}

/** What a service's menu leads to. */
export function ServiceDialog({ id, task, onClose }: Props) {
  switch (task) {
    case 'move':
      return <MoveDialog id={id} onClose={onClose} />;
    case 'assign':
      return <AssignDialog service={id} onClose={onClose} />;
    case 'check':
      return <Check id={id} onClose={onClose} />;
    case 'restart':
      return <Restart id={id} onClose={onClose} />;
    case 'release':
      return <Release id={id} onClose={onClose} />;
    case 'forget':
      return <Forget id={id} onClose={onClose} />;
  }
}
