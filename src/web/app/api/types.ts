// What docs/api.md says is on the wire, as far as the dashboard reads it.

export type HealthStatus = 'healthy' | 'unhealthy' | 'unknown';
export type Protocol = 'tcp' | 'udp';

export interface Service {
  service_id: string;
  name: string;
  host: string | null;
  port: number | null;
  protocol: Protocol;
  contested: boolean;
  health_endpoint: string;
  process: string | null;
  category: string | null;
  status: HealthStatus;
  registered_at: string;
}

export interface Identity {
  pid: number | null;
  executable: string | null;
  learned_at: string;
}

export interface ServiceDetail extends Service {
  listening: Listener[];
  identity: Identity | null;
}

export interface ServiceStatus {
  service_id: string;
  port: number | null;
  status: HealthStatus;
  last_checked: string | null;
  detail: string;
}

export interface Listener {
  pid: number | null;
  process: string | null;
  executable: string | null;
  user: string | null;
  unit: string | null;
  address: string;
  protocol: Protocol;
  port: number;
  v6_only: boolean;
  process_started_at: string | null;
  since: string | null;
  service?: string | null;
}

export type ConflictType =
  | 'system_conflict'
  | 'duplicate_assignment'
  | 'drift'
  | 'reserved_port'
  | 'out_of_range'
  | 'ephemeral_overlap';

export type Severity = 'critical' | 'high' | 'medium' | 'low';

export interface Conflict {
  id: number;
  type: ConflictType;
  port: number;
  host: string;
  protocol: Protocol;
  severity: Severity;
  detected_at: string;
  service?: string;
  services?: string[];
  listener?: Listener | null;
  actual_port?: number | null;
  resolvable: boolean;
  detail: string;
  resolved_at?: string;
  resolution?: string;
}

export interface Reservation {
  port: number;
  host: string;
  protocol: Protocol;
  reason: string;
  expires_at: string | null;
  hold: boolean;
  service_id: string | null;
  bound: boolean;
}

export interface Statistics {
  total_services: number;
  used_ports: number;
  available_ports: number;
  reserved_ports: number;
  port_range: [number, number];
  conflicts: number;
  ports_reassigned: number;
}

export interface UpdateResult {
  contacted: boolean;
  success: boolean;
  restart_required: boolean;
  message: string;
  old_port_released: boolean | null;
}

export interface MoveResult {
  service_id: string;
  old_port: number;
  new_port: number;
  success: boolean;
  message: string;
  code?: string;
  update_result: UpdateResult;
}

export interface Resolution extends MoveResult {
  action: 'move' | 'adopt' | 'bring_home';
  why: string;
}

export interface BulkResult {
  dry_run: boolean;
  total: number;
  successful: number;
  failed: number;
  results: MoveResult[];
}

export type HistoryAction =
  | 'assign'
  | 'release'
  | 'reassign'
  | 'import'
  | 'restore'
  | 'reset'
  | 'move_failed';

export interface HistoryEvent {
  at: string;
  action: HistoryAction;
  old_port: number | null;
  new_port: number | null;
  actor: string;
  reason: string;
  request_id: string;
  revision: number;
  /** In the history of all services only. */
  service_id?: string;
}

export interface PageOf<T> {
  rows: T[];
  next: number | null;
}

export interface PortConnection {
  local: string;
  remote: string;
  state: string;
  pid: number | null;
  process: string | null;
}

export interface PortDetail {
  port: number;
  protocol: Protocol;
  assigned_to: string | null;
  holders: string[];
  reserved: boolean;
  reservation?: Reservation;
  held: boolean;
  released_at: string | null;
  conflicts: Conflict[];
  listener: Listener | null;
  listeners: Listener[];
  connections: PortConnection[];
  connection_count: number;
  ephemeral: boolean;
  visibility?: string;
}

export interface Availability {
  port: number;
  available: boolean;
  reason?: string;
  note?: string;
}

export interface BackupFile {
  name: string;
  size: number;
  created_at: string;
  sha256: string;
}

export interface KernelSight {
  source: string;
  listeners: number;
  without_owner: number;
  advice: string | null;
}

export interface DetailedHealth {
  status: string;
  service: string;
  version: string;
  uptime: number;
  components: { kernel: KernelSight } & Record<string, unknown>;
}

export interface Upstream {
  target: string;
  url: string | null;
  enabled: boolean;
  state: string;
  registered_at: string | null;
  circuit: string;
  retry_at: string | null;
  last_success_at: string | null;
  last_failure_at: string | null;
  last_error: string | null;
  calls: number;
  failures: number;
  backlog: {
    waiting: number;
    oldest_at: string | null;
    delivered: number;
    given_up: number;
    superseded: number;
  };
}

/** A port_config.json or a backup, as far as two can be compared. */
export interface PortConfig {
  port_assignments: Record<string, number>;
  port_history?: Record<string, number[]>;
  reserved_ports?: number[];
  last_updated?: string;
  backup_timestamp?: string;
}

export interface Reserved {
  port: number;
  end_port?: number;
  held: boolean;
  service_id?: string;
}

export interface Reserve {
  port?: number;
  start_port?: number;
  end_port?: number;
  reason?: string;
  expires_in?: number;
  hold?: boolean;
  service_id?: string;
}
