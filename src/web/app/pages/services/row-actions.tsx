import type { Service } from '../../api/types';
import { selfId } from '../../live/self';
import { Button } from '../../ui/button';
import { Menu } from '../../ui/menu';
import type { ServiceTask } from './service-dialog';

interface Props {
  service: Service;
  onTask: (task: ServiceTask) => void;
}

/** What can be done with a service: moving it at hand, the rest in a menu. */
export function RowActions({ service, onTask }: Props) {
  const id = service.service_id;
  if (id === selfId.value) return <span class="muted small">this program</span>;
  const first =
    service.port === null ? (
      <Button onClick={() => onTask('assign')} label={`Assign a port to ${id}`}>
        Assign…
      </Button>
    ) : (
      <Button onClick={() => onTask('move')} label={`Move ${id}`}>
        Move…
      </Button>
    );
  const withPort = [
    { name: 'Check health now', onPick: () => onTask('check') },
    { name: 'Restart…', onPick: () => onTask('restart') },
    { name: 'Release port…', onPick: () => onTask('release') },
  ];
  return (
    <span class="row-actions">
      {first}
      <Menu
        label={`More for ${id}`}
        items={[
          ...(service.port === null ? [] : withPort),
          { name: 'Forget service…', onPick: () => onTask('forget'), danger: true },
        ]}
      />
    </span>
  );
}
