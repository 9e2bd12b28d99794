// The one place that talks to the REST API.

import type {
  Availability,
  BackupFile,
  BulkResult,
  Conflict,
  DetailedHealth,
  HistoryEvent,
  MoveResult,
  PageOf,
  PortDetail,
  Reservation,
  Reserve,
  Reserved,
  Resolution,
  Service,
  ServiceDetail,
  ServiceStatus,
  Statistics,
  Upstream,
} from './types';
import { ApiError, NetworkError } from './errors';
import { actor, token } from '../lib/session';

const READ_TIMEOUT_MS = 15_000;

interface Call {
  /** Sent as JSON; a string is sent as it is. */
  body?: object | string;
  signal?: AbortSignal | undefined;
}

interface Answer<T> {
  body: T;
  /** Of the registry, where the answer speaks of it. */
  revision: number | null;
}

const isRead = (method: string): boolean => method === 'GET' || method === 'HEAD';

function headersFor(method: string, hasBody: boolean): Headers {
  const headers = new Headers({ Accept: 'application/json' });
  if (hasBody) headers.set('Content-Type', 'application/json');
  if (!isRead(method)) {
    headers.set('X-Actor', actor.value);
    if (token.value) headers.set('Authorization', `Bearer ${token.value}`);
  }
  return headers;
}

async function send(method: string, path: string, call: Call): Promise<Response> {
  const limit = isRead(method) ? AbortSignal.timeout(READ_TIMEOUT_MS) : undefined;
  const signals = [call.signal, limit].filter((each): each is AbortSignal => each !== undefined);
  const init: RequestInit = { method, headers: headersFor(method, call.body !== undefined) };
  if (call.body !== undefined) {
    init.body = typeof call.body === 'string' ? call.body : JSON.stringify(call.body);
  }
  if (signals.length > 0) init.signal = AbortSignal.any(signals);
  try {
    return await fetch(path, init);
  } catch (thrown) {
    if (call.signal?.aborted) throw thrown;
    throw new NetworkError(method);
  }
}

async function request<T>(method: string, path: string, call: Call = {}): Promise<Answer<T>> {
  const response = await send(method, path, call);
  if (!response.ok) throw await ApiError.of(response);
  let body: T;
  try {
    body = (await response.json()) as T;
  } catch (thrown) {
    if (call.signal?.aborted) throw thrown;
    throw new NetworkError(method);
  }
  const revision = response.headers.get('X-Revision');
  return { body, revision: revision === null ? null : Number(revision) };
}

async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await request<T>('GET', path, { signal })).body;
}

async function post<T>(path: string, body?: object | string): Promise<T> {
  return (await request<T>('POST', path, body === undefined ? {} : { body })).body;
}

async function remove<T>(path: string): Promise<T> {
  return (await request<T>('DELETE', path)).body;
}

function query(parameters: Record<string, string | number | null | undefined>): string {
  const given = Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined);
  if (given.length === 0) return '';
  return `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString()}`;
}

const segment = encodeURIComponent;

/** A list of the registry, and the revision it is of. */
export interface Listed<T> {
  items: T[];
  revision: number;
}

async function list<T, K extends string>(path: string, member: K): Promise<Listed<T>> {
  const { body, revision } = await request<Record<K, T[]>>('GET', path);
  return { items: body[member], revision: revision ?? 0 };
}

export interface HistoryQuery {
  since?: string;
  port?: number;
  limit?: number;
  cursor?: number | null;
}

interface HistoryPage {
  events: HistoryEvent[];
  next_cursor: number | null;
}

async function historyPage(path: string): Promise<PageOf<HistoryEvent>> {
  const body = await get<HistoryPage>(path);
  return { rows: body.events, next: body.next_cursor };
}

interface Message {
  message: string;
}

export const api = {
  services: () => list<Service, 'services'>('api/services', 'services'),
  conflicts: () => list<Conflict, 'conflicts'>('api/ports/conflicts', 'conflicts'),
  reservations: () => list<Reservation, 'reserved'>('api/ports/reserved', 'reserved'),
  statuses: async () => (await get<{ statuses: ServiceStatus[] }>('api/services/status')).statuses,
  statistics: async () => (await get<{ statistics: Statistics }>('api/ports/statistics')).statistics,
  /** Of the registry now, in an answer without a body. */
  revision: async () => {
    const revision = (await send('HEAD', 'api/ports/statistics', {})).headers.get('X-Revision');
    return revision === null ? null : Number(revision);
  },
  health: () => get<DetailedHealth>('api/health/detailed'),
  upstreams: async () => (await get<{ upstreams: Upstream[] }>('api/upstream')).upstreams,

  service: async (id: string, signal?: AbortSignal) =>
    (await get<{ service: ServiceDetail }>(`api/services/${segment(id)}`, signal)).service,
  port: (port: number, signal?: AbortSignal) => get<PortDetail>(`api/ports/${port}`, signal),
  available: (port: number, signal?: AbortSignal) =>
    get<Availability>(`api/ports/${port}/available`, signal),
  suggest: async (count: number, range?: string) =>
    (await get<{ ports: number[] }>(`api/ports/available${query({ count, range })}`)).ports,

  history: (of: HistoryQuery) => historyPage(`api/ports/history${query({ ...of })}`),
  historyOf: (id: string, of: HistoryQuery) =>
    historyPage(`api/ports/history/${segment(id)}${query({ limit: of.limit, cursor: of.cursor })}`),
  conflictHistory: async (of: Omit<HistoryQuery, 'port'>): Promise<PageOf<Conflict>> => {
    const body = await get<{ conflicts: Conflict[]; next_cursor: number | null }>(
      `api/ports/conflicts/history${query({ ...of })}`,
    );
    return { rows: body.conflicts, next: body.next_cursor };
  },

  assign: (of: { service_id: string; port?: number; range?: string; reason?: string; force?: boolean }) =>
    post<Message & { service_id: string; port: number }>('api/ports/assign', of),
  release: (service_id: string, reason?: string) =>
    post<Message>('api/ports/release', { service_id, ...(reason ? { reason } : {}) }),
  reassign: (of: { service_id: string; new_port?: number; force?: boolean; reason?: string }) =>
    post<MoveResult>('api/ports/reassign', of),
  bulkUpdate: (updates: Record<string, number>, dry_run: boolean, reason?: string) =>
    post<BulkResult>('api/ports/bulk-update', { updates, dry_run, ...(reason ? { reason } : {}) }),
  resolveAll: async (dry_run: boolean) =>
    (await post<{ resolutions: Resolution[] }>('api/ports/resolve-conflicts', { dry_run })).resolutions,
  resolveOne: (service_name: string, current_port: number) =>
    post<MoveResult>('api/ports/resolve-conflict', { service_name, current_port }),

  restart: (service_id: string) => post<Message>('api/services/restart', { service_id }),
  check: (id: string) =>
    get<{ healthy: boolean; detail: string }>(`api/services/health/${segment(id)}`),
  forget: (id: string) => remove<Message>(`api/services/${segment(id)}`),

  reserve: (of: Reserve) => post<Reserved>('api/ports/reserve', of),
  unreserve: (port: number) => remove<Message>(`api/ports/reserve/${port}`),

  backups: async () => (await get<{ backups: BackupFile[] }>('api/ports/backups')).backups,
  backupPath: (name: string) => `api/ports/backups/${segment(name)}`,
  backup: (name: string) =>
    post<Message & { backup_file: string }>(`api/ports/backup${query({ backup_file: name || null })}`),
  restore: (name: string) => post<Message>(`api/ports/restore${query({ backup_file: name })}`),
  import: (text: string) => post<Message>('api/ports/import', text),
  reset: () => post<Message & { backup_file: string }>('api/ports/reset'),
  exportPath: (format: string) => `api/ports/export${query({ format })}`,
  /** A configuration as it is written: a backup, or the export. */
  text: async (path: string): Promise<string> => {
    const response = await send('GET', path, {});
    if (!response.ok) throw await ApiError.of(response);
    return response.text();
  },
};
