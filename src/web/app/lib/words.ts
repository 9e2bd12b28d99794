// How what the API says in codes is said to people.

import type {
  Conflict,
  ConflictType,
  HealthStatus,
  HistoryAction,
  HistoryEvent,
  Listener,
  PortDetail,
} from '../api/types';
import { listed, sentence } from './format';

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
export function processOf(listener: Listener | null): string {
  const name = listener?.process ?? 'an unknown process';
  const pid = listener?.pid ?? null;
  return pid === null ? name : `${name} (pid ${pid})`;
}

/** "Stranger on the port", "3 services, one port" */
export function conflictName(conflict: Conflict): string {
  const { length } = servicesOf(conflict);
  const isCrowd = conflict.type === 'duplicate_assignment' && length > 2;
  return isCrowd ? `${length} services, one port` : CONFLICT_NAMES[conflict.type];
}

/**
 * What is wrong and what to do about it, for who reads it on a page. `detail` is for clients of the API: where
 * its advice is a request to send, this has the same of the conflict's members.
 */
export function conflictText(conflict: Conflict): string {
  const service = servicesOf(conflict).join(', ');
  const port = conflict.protocol === 'udp' ? `${conflict.port}/udp` : `${conflict.port}`;
  switch (conflict.type) {
    case 'system_conflict': {
      const taken = `Port ${port} of ${service} is taken by ${processOf(conflict.listener ?? null)}.`;
      return conflict.resolvable
        ? `${taken} Stop that process, or resolve the conflict: ${service} is moved.`
        : `${taken} Stop that process: the Port Manager itself is never moved.`;
    }
    case 'drift': {
      const elsewhere = conflict.actual_port ? `on port ${conflict.actual_port}` : 'elsewhere';
      const drifted = `${service} has port ${port} and listens ${elsewhere}. Restart it on port ${port}`;
      return conflict.resolvable
        ? `${drifted}, or resolve the conflict.`
        : `${drifted}; if that is taken, stop the process that has it.`;
    }
    case 'ephemeral_overlap':
      return `The kernel may take port ${port} of ${service} for an outgoing connection at any time: reserve it there.`;
    case 'duplicate_assignment':
    case 'reserved_port':
    case 'out_of_range':
      return sentence(conflict.detail);
  }
}

/** Why nobody is given the port, or null when none of this tells. `range` is the suite's. */
export function takenText(detail: PortDetail, range: readonly [number, number] | null): string | null {
  const { port, holders, reservation, listener } = detail;
  if (holders.length > 0) return `Port ${port} is assigned to ${listed(holders)}.`;
  if (range && (port < range[0] || port > range[1])) {
    return `Port ${port} is outside the suite’s range, ${range[0]} to ${range[1]}.`;
  }
  if (reservation) {
    const whom = reservation.service_id ? ` for ${reservation.service_id}` : '';
    const why = reservation.reason ? ` (${reservation.reason})` : '';
    return `Port ${port} is reserved${whom}${why}.`;
  }
  return listener ? `Port ${port} is taken by ${processOf(listener)}.` : null;
}

/** What happened, without the service: "8000 to 8050". */
export function portsOf(event: Pick<HistoryEvent, 'old_port' | 'new_port'>): string {
  if (event.old_port === null && event.new_port === null) return 'no port';
  if (event.old_port === null) return `port ${event.new_port}`;
  if (event.new_port === null) return `gave up port ${event.old_port}`;
  if (event.old_port === event.new_port) return `stays on port ${event.new_port}`;
  return `port ${event.old_port} to ${event.new_port}`;
}
