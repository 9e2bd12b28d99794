// How what the API says in codes is said to people.

import type { Conflict, ConflictType, HealthStatus, HistoryAction, HistoryEvent, Listener } from '../api/types';

const CONFLICT_NAMES: Record<ConflictType, string> = {
  system_conflict: 'Stranger on the port',
  duplicate_assignment: 'Two services, one port',
  drift: 'Listens elsewhere',
  reserved_port: 'On a reserved port',
  out_of_range: 'Outside the range',
  ephemeral_overlap: 'The kernel may take it',
};

export const STATUS_NAMES: Record<HealthStatus, string> = {
  healthy: 'Healthy',
  unhealthy: 'Unhealthy',
  unknown: 'Not seen yet',
};

export const ACTION_NAMES: Record<HistoryAction, string> = {
  assign: 'Assigned',
  release: 'Released',
  reassign: 'Moved',
  import: 'Imported',
  restore: 'Restored',
  reset: 'Reset',
  move_failed: 'Move failed',
};

/** The services of a conflict, the one that had the port first in front. */
export function servicesOf(conflict: Conflict): string[] {
  if (conflict.services) return conflict.services;
  return conflict.service ? [conflict.service] : [];
}

/** "nginx (pid 4711)", as far as it is known. */
export function processOf(listener: Listener): string {
  const name = listener.process ?? 'an unknown process';
  return listener.pid === null ? name : `${name} (pid ${listener.pid})`;
}

/** "Stranger on the port", "3 services, one port" */
export function conflictName(conflict: Conflict): string {
  const { length } = servicesOf(conflict);
  const isCrowd = conflict.type === 'duplicate_assignment' && length > 2;
  return isCrowd ? `${length} services, one port` : CONFLICT_NAMES[conflict.type];
}

/** What happened, without the service: "8000 to 8050". */
export function portsOf(event: Pick<HistoryEvent, 'old_port' | 'new_port'>): string {
  if (event.old_port === null && event.new_port === null) return 'no port';
  if (event.old_port === null) return `port ${event.new_port}`;
  if (event.new_port === null) return `gave up port ${event.old_port}`;
  if (event.old_port === event.new_port) return `stays on port ${event.new_port}`;
  return `port ${event.old_port} to ${event.new_port}`;
}
