import { signal } from '@preact/signals';

import { api } from '../api/client';
import type { DetailedHealth } from '../api/types';

/** The Port Manager's own service id: it may be neither moved nor released. */
export const selfId = signal('');
export const health = signal<DetailedHealth | null>(null);

/** Reads what the server says of itself. Throws when it does not answer. */
export async function readHealth(): Promise<void> {
  const read = await api.health();
  health.value = read;
  selfId.value = read.service;
}
