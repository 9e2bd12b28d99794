import type { Conflict, HistoryEvent, Reservation, Service } from '@web/api/types';

export function service(id: string, port: number | null, more: Partial<Service> = {}): Service {
  return {
    service_id: id,
    name: id,
    host: null,
    port,
    protocol: 'tcp',
    contested: false,
    health_endpoint: '/health',
    process: null,
    category: null,
    status: 'healthy',
    registered_at: '2026-03-01T09:00:00Z',
    ...more,
  };
}

export function conflict(id: number, port: number, more: Partial<Conflict> = {}): Conflict {
  return {
    id,
    type: 'system_conflict',
    port,
    host: '127.0.0.1',
    protocol: 'tcp',
    severity: 'critical',
    detected_at: '2026-03-01T10:00:00Z',
    service: 'kite',
    resolvable: true,
    detail: 'nginx listens there.',
    ...more,
  };
}

export function reservation(port: number, more: Partial<Reservation> = {}): Reservation {
  return {
    port,
    host: '127.0.0.1',
    protocol: 'tcp',
    reason: '',
    expires_at: null,
    hold: false,
    service_id: null,
    bound: false,
    ...more,
  };
}

export function event(id: string, revision: number, more: Partial<HistoryEvent> = {}): HistoryEvent {
  return {
    at: '2026-03-01T10:00:00Z',
    action: 'reassign',
    old_port: 8000,
    new_port: 8001,
    actor: 'ada',
    reason: 'a test',
    request_id: `req-${revision}`,
    revision,
    service_id: id,
    ...more,
  };
}
