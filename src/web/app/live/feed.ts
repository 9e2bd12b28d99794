// Recent events, from the history and from live messages, as one list. Pure.

import type { Conflict, HealthStatus, HistoryEvent } from '../api/types';
import type { Change } from './messages';

interface Entry {
  /** The same for the same event, however it was heard of. */
  key: string;
  at: number;
  revision: number;
}

export interface PortEntry extends Entry {
  kind: 'port';
  service: string;
  from: number | null;
  to: number | null;
  /** From the history alone: */
  action?: HistoryEvent['action'];
  actor?: string;
  reason?: string;
}
export interface ConflictEntry extends Entry {
  kind: 'opened' | 'closed';
  conflict: Conflict;
}
export interface StatusEntry extends Entry {
  kind: 'status';
  service: string;
  status: HealthStatus;
}

export type FeedEntry = PortEntry | ConflictEntry | StatusEntry;

const KEPT = 200;

export function entryOfEvent(event: HistoryEvent): PortEntry {
  const service = event.service_id ?? '';
  return {
    kind: 'port',
    // A failed move and the change that it is about are two events of one service.
    key: `${event.action === 'move_failed' ? 'failed' : 'port'}:${event.revision}:${service}`,
    at: Date.parse(event.at),
    revision: event.revision,
    service,
    from: event.old_port,
    to: event.new_port,
    action: event.action,
    actor: event.actor,
    reason: event.reason,
  };
}

function opened(conflict: Conflict, revision: number): ConflictEntry {
  const at = Date.parse(conflict.detected_at);
  return { kind: 'opened', key: `opened:${conflict.id}`, at, revision, conflict };
}

function closed(conflict: Conflict, revision: number): ConflictEntry {
  const at = Date.parse(conflict.resolved_at ?? conflict.detected_at);
  return { kind: 'closed', key: `closed:${conflict.id}`, at, revision, conflict };
}

/** One entry for a conflict that is open, two for one that is closed. */
export function entriesOfConflict(conflict: Conflict): ConflictEntry[] {
  return conflict.resolved_at ? [opened(conflict, 0), closed(conflict, 0)] : [opened(conflict, 0)];
}

export function entriesOf(change: Change): FeedEntry[] {
  const { revision } = change;
  const at = change.timestamp * 1_000;
  switch (change.type) {
    case 'port_change': {
      const { service_id: service, old_port: from, new_port: to } = change;
      return [{ kind: 'port', key: `port:${revision}:${service}`, at, revision, service, from, to }];
    }
    case 'conflicts_detected':
      return change.conflicts.map((conflict) => opened(conflict, revision));
    case 'conflict_resolved':
      return [closed(change.conflict, revision)];
    case 'service_status': {
      const { service_id: service, status } = change;
      return [{ kind: 'status', key: `status:${revision}:${service}`, at, revision, service, status }];
    }
  }
}

/** What is new replaces what is known under its key, as it may say more. Newest first. */
export function mergeFeed(known: readonly FeedEntry[], added: readonly FeedEntry[]): FeedEntry[] {
  const all = new Map(known.map((entry) => [entry.key, entry]));
  for (const entry of added) {
    const before = all.get(entry.key);
    const saysLess = entry.kind === 'port' && entry.action === undefined && before !== undefined;
    if (!saysLess) all.set(entry.key, entry);
  }
  const merged = [...all.values()].sort((a, b) => b.at - a.at || b.revision - a.revision);
  return merged.slice(0, KEPT);
}

/** Port changes of one revision: an import or a restore is one event to a reader. */
export interface FeedGroup {
  key: string;
  at: number;
  entries: [FeedEntry, ...FeedEntry[]];
}

const GROUPED_FROM = 3;

export function groupFeed(feed: readonly FeedEntry[]): FeedGroup[] {
  const changes = new Map<number, number>();
  for (const entry of feed) {
    if (entry.kind === 'port') changes.set(entry.revision, (changes.get(entry.revision) ?? 0) + 1);
  }
  const groups = new Map<string, FeedGroup>();
  for (const entry of feed) {
    const together = entry.kind === 'port' && (changes.get(entry.revision) ?? 0) >= GROUPED_FROM;
    const key = together ? `revision:${entry.revision}` : entry.key;
    const group = groups.get(key);
    if (group) group.entries.push(entry);
    else groups.set(key, { key, at: entry.at, entries: [entry] });
  }
  return [...groups.values()];
}
