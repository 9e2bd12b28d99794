// What the page knows of the registry, and how answers and live messages change it. Pure.

import type { Conflict, Reservation, Service, ServiceStatus, Statistics } from '../api/types';
import type { Change } from './messages';
import { type FeedEntry, entriesOf, mergeFeed } from './feed';

export interface State {
  /** False until everything has been read once. */
  loaded: boolean;
  /** Everything up to this revision is in here. */
  revision: number;
  services: ReadonlyMap<string, Service>;
  statuses: ReadonlyMap<string, ServiceStatus>;
  conflicts: readonly Conflict[];
  reservations: readonly Reservation[];
  statistics: Statistics | null;
  /** Newest first. */
  feed: readonly FeedEntry[];
  /** When something was last read or told, in ms since 1970. */
  heardAt: number;
}

export const EMPTY: State = {
  loaded: false,
  revision: 0,
  services: new Map(),
  statuses: new Map(),
  conflicts: [],
  reservations: [],
  statistics: null,
  feed: [],
  heardAt: 0,
};

/** One reading of everything that the pages share. */
export interface Reading {
  /** The oldest revision of its parts. */
  revision: number;
  services: readonly Service[];
  statuses: readonly ServiceStatus[];
  conflicts: readonly Conflict[];
  reservations: readonly Reservation[];
  statistics: Statistics;
  feed: readonly FeedEntry[];
}

/** `anew`: what was known before is of another database, or too old to be of use. */
export function withReading(state: State, reading: Reading, now: number, anew: boolean): State {
  return {
    loaded: true,
    revision: anew ? reading.revision : Math.max(state.revision, reading.revision),
    services: new Map(reading.services.map((service) => [service.service_id, service])),
    statuses: new Map(reading.statuses.map((status) => [status.service_id, status])),
    conflicts: reading.conflicts,
    reservations: reading.reservations,
    statistics: reading.statistics,
    feed: anew ? mergeFeed([], reading.feed) : mergeFeed(state.feed, reading.feed),
    heardAt: now,
  };
}

function withService(state: State, id: string, change: Partial<Service>): State {
  const service = state.services.get(id);
  if (!service) return state;
  return { ...state, services: new Map(state.services).set(id, { ...service, ...change }) };
}

function applied(state: State, change: Change): State {
  switch (change.type) {
    case 'port_change':
      return withService(state, change.service_id, { port: change.new_port });
    case 'service_status':
      return withService(state, change.service_id, { status: change.status });
    case 'conflicts_detected': {
      const told = new Set(change.conflicts.map((conflict) => conflict.id));
      const others = state.conflicts.filter((conflict) => !told.has(conflict.id));
      return { ...state, conflicts: [...others, ...change.conflicts] };
    }
    case 'conflict_resolved':
      return {
        ...state,
        conflicts: state.conflicts.filter((conflict) => conflict.id !== change.conflict.id),
      };
  }
}

/** A message that tells what a reading already has changes nothing that counts. */
export function withChange(state: State, change: Change, now: number): State {
  const next = applied(state, change);
  return {
    ...next,
    revision: change.more ? state.revision : Math.max(state.revision, change.revision),
    feed: mergeFeed(state.feed, entriesOf(change)),
    heardAt: now,
  };
}
