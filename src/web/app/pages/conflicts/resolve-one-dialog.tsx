import { api } from '../../api/client';
import { refresh } from '../../live/store';
import { ConfirmDialog } from '../../ui/confirm';
import { PortLink, ServiceLink } from '../../ui/links';
import { tell } from '../../ui/toasts';
import type { PlannedFor } from './conflicts-page';

interface Props {
  planned: PlannedFor;
  onClose: () => void;
}

export function ResolveOneDialog({ planned, onClose }: Props) {
  const { conflict, step } = planned;
  const resolve = async (): Promise<void> => {
    const result = await api.resolveOne(step.service_id, conflict.port);
    tell(result.message);
    await refresh().catch(() => undefined);
    onClose();
  };
  return (
    <ConfirmDialog title="Resolve this conflict?" confirm="Resolve" onConfirm={resolve} onClose={onClose}>
      <p>
        <ServiceLink id={step.service_id} /> goes from <PortLink port={step.old_port} /> to{' '}
        <PortLink port={step.new_port} />: {step.why}.
      </p>
      <p class="muted">
        A running service is asked to move, and the move counts when it answers on its new port. This can take up to a
        minute.
      </p>
    </ConfirmDialog>
  );
}
