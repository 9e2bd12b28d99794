import type { HealthStatus, Severity } from '../api/types';
import type { CellState } from '../lib/portmap';
import { STATUS_NAMES } from '../lib/words';
import { Icon, type IconName } from './icon';

const STATUS_ICONS: Record<HealthStatus, IconName> = {
  healthy: 'check',
  unhealthy: 'alert',
  unknown: 'question',
};

export function StatusMark({ status }: { status: HealthStatus }) {
  return (
    <span class={`mark ${status}`}>
      <Icon name={STATUS_ICONS[status]} />
      {STATUS_NAMES[status]}
    </span>
  );
}

export function SeverityMark({ severity }: { severity: Severity }) {
  return <span class={`mark severity-${severity}`}>{severity}</span>;
}

/** As a cell of the port map looks. */
export function CellSample({ state }: { state: CellState }) {
  return <span class={`cell ${state}`} aria-hidden="true" />;
}
