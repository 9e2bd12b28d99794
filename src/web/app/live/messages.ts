// What /ws/updates tells (docs/api.md, Live).

import type { Conflict, HealthStatus } from '../api/types';

interface Base {
  revision: number;
  /** Seconds since 1970. */
  timestamp: number;
  /** Another message of this revision follows. */
  more?: boolean;
}

export interface PortChange extends Base {
  type: 'port_change';
  service_id: string;
  old_port: number | null;
  new_port: number | null;
}
export interface ConflictsDetected extends Base {
  type: 'conflicts_detected';
  conflicts: Conflict[];
}
export interface ConflictResolved extends Base {
  type: 'conflict_resolved';
  conflict: Conflict;
}
export interface StatusChange extends Base {
  type: 'service_status';
  service_id: string;
  status: HealthStatus;
}
export interface Connected extends Base {
  type: 'connected';
  replay?: { since: number; complete: boolean; messages: number };
}

export type Change = PortChange | ConflictsDetected | ConflictResolved | StatusChange;
export type LiveMessage = Change | Connected | { type: 'other' };

const CHANGES = ['port_change', 'conflicts_detected', 'conflict_resolved', 'service_status'];

/** A message that this page does not know is `other`: later servers may send more. */
export function parseMessage(text: string): LiveMessage {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { type: 'other' };
  }
  if (typeof value !== 'object' || value === null || !('type' in value)) return { type: 'other' };
  const { type } = value;
  const isKnown = type === 'connected' || CHANGES.includes(String(type));
  return isKnown ? (value as LiveMessage) : { type: 'other' };
}

export function isChange(message: LiveMessage): message is Change {
  return CHANGES.includes(message.type);
}
