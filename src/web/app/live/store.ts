// The one store of the page: read from the API, kept up to date by /ws/updates.

import { batch, computed, signal } from '@preact/signals';

import { api } from '../api/client';
import { messageOf } from '../api/errors';
import { type Link, LiveConnection } from './connection';
import { entriesOfConflict, entryOfEvent } from './feed';
import type { Change } from './messages';
import { EMPTY, type Reading, type State, withChange, withReading } from './state';

export const state = signal<State>(EMPTY);
export const link = signal<Link>({ kind: 'connecting' });
/** Why the last reading failed; empty when it did not. */
export const readError = signal('');
/** The registry may have changed since, without this page knowing. */
export const isStale = computed(() => link.value.kind === 'waiting');

const FEED_LENGTH = 60;
const REREAD_AFTER_MS = 200;
// In a row; what is not seen by then is seen by the next.
const MOST_READINGS = 5;
// Not every change has a live message: reservations have none. What the revision is is cheap to ask.
const LOOK_EVERY_MS = 3_000;

async function readAll(): Promise<Reading> {
  const [services, conflicts, reservations, statuses, statistics, events, past] = await Promise.all([
    api.services(),
    api.conflicts(),
    api.reservations(),
    api.statuses(),
    api.statistics(),
    api.history({ limit: FEED_LENGTH }),
    api.conflictHistory({ limit: FEED_LENGTH }),
  ]);
  return {
    revision: Math.min(services.revision, conflicts.revision, reservations.revision),
    services: services.items,
    statuses,
    conflicts: conflicts.items,
    reservations: reservations.items,
    statistics,
    feed: [...events.rows.map(entryOfEvent), ...past.rows.flatMap(entriesOfConflict)],
  };
}

let reading: Promise<void> | null = null;
let again = false;
let readAnew = false;

async function readUntilCurrent(): Promise<void> {
  for (let attempt = 0; attempt < MOST_READINGS; ++attempt) {
    again = false;
    const anew = readAnew;
    readAnew = false;
    const read = await readAll();
    // One that began before the last message came would take back what that message told.
    const isLate = !anew && read.revision < state.value.revision;
    if (!isLate) state.value = withReading(state.value, read, Date.now(), anew);
    if (!isLate && !again) return;
  }
}

/** Reads everything; those who ask meanwhile share the next reading. Throws when it fails. */
export function refresh(anew = false): Promise<void> {
  readAnew ||= anew;
  if (reading) {
    again = true;
    return reading;
  }
  reading = readUntilCurrent()
    .then(
      () => {
        readError.value = '';
      },
      (thrown: unknown) => {
        readAnew ||= anew;
        readError.value = messageOf(thrown);
        throw thrown;
      },
    )
    .finally(() => {
      reading = null;
    });
  return reading;
}

/** The same for who has no use for the failure: the link and readError show it. */
export function refreshQuietly(): void {
  refresh().catch(() => undefined);
}

let rereadTimer: ReturnType<typeof setTimeout> | undefined;

function rereadSoon(): void {
  if (rereadTimer !== undefined) return;
  rereadTimer = setTimeout(() => {
    rereadTimer = undefined;
    refreshQuietly();
  }, REREAD_AFTER_MS);
}

type Watcher = (change: Change) => void;
const watchers = new Set<Watcher>();

/** Calls for each change until the answer is called. */
export function watchChanges(watcher: Watcher): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

const connection = new LiveConnection({
  async prepare() {
    if (!state.value.loaded) await refresh();
    return state.value.revision;
  },
  onConnected(message) {
    if (message.replay?.complete === false) refresh(true).catch(() => undefined);
    else rereadSoon();
  },
  onChange(change) {
    batch(() => {
      state.value = withChange(state.value, change, Date.now());
    });
    for (const watcher of watchers) watcher(change);
    rereadSoon();
  },
  onLink(next) {
    link.value = next;
  },
});

export function retryNow(): void {
  connection.retryNow();
}

async function lookForNews(): Promise<void> {
  const revision = await api.revision().catch(() => null);
  if (revision !== null && revision !== state.value.revision) refreshQuietly();
}

export function startStore(): void {
  connection.start();
  setInterval(() => {
    if (document.visibilityState === 'visible' && link.value.kind === 'live') void lookForNews();
  }, LOOK_EVERY_MS);
}
