// What a configuration would change if it replaced another. Pure.

import type { PortConfig } from '../api/types';

export interface AssignmentChange {
  service: string;
  from: number | null;
  to: number | null;
}

export interface ConfigDiff {
  changes: AssignmentChange[];
  unchanged: number;
  reserved: number[];
  unreserved: number[];
  /** Ports that the new configuration gives to several services: conflicts to be. */
  shared: { port: number; services: string[] }[];
}

export function isEmptyDiff(diff: ConfigDiff): boolean {
  return diff.changes.length === 0 && diff.reserved.length === 0 && diff.unreserved.length === 0;
}

function sharedPorts(assignments: Record<string, number>): ConfigDiff['shared'] {
  const holders = new Map<number, string[]>();
  for (const [service, port] of Object.entries(assignments)) {
    holders.set(port, [...(holders.get(port) ?? []), service]);
  }
  return [...holders]
    .filter(([, services]) => services.length > 1)
    .map(([port, services]) => ({ port, services }));
}

const without = (ports: readonly number[], others: readonly number[]): number[] => {
  const known = new Set(others);
  return ports.filter((port) => !known.has(port)).sort((a, b) => a - b);
};

export function diffConfigs(before: PortConfig, after: PortConfig): ConfigDiff {
  // Maps: a service may be called like a member that every object has.
  const old = new Map(Object.entries(before.port_assignments));
  const next = new Map(Object.entries(after.port_assignments));
  const services = [...new Set([...old.keys(), ...next.keys()])].sort();
  const all = services.map((service) => ({
    service,
    from: old.get(service) ?? null,
    to: next.get(service) ?? null,
  }));
  const changes = all.filter((change) => change.from !== change.to);
  return {
    changes,
    unchanged: all.length - changes.length,
    reserved: without(after.reserved_ports ?? [], before.reserved_ports ?? []),
    unreserved: without(before.reserved_ports ?? [], after.reserved_ports ?? []),
    shared: sharedPorts(after.port_assignments),
  };
}

function isPort(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 1_024 && Number(value) <= 65_535;
}

/** Reads a file enough to compare it. Throws an Error that says what is wrong with it. */
export function parseConfig(text: string): PortConfig {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    throw new Error(`This is not JSON: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  }
  if (typeof value !== 'object' || value === null || !('port_assignments' in value)) {
    throw new Error('This is no port_config.json: it has no "port_assignments".');
  }
  const config = value as PortConfig;
  const assignments: unknown = config.port_assignments;
  if (typeof assignments !== 'object' || assignments === null || Array.isArray(assignments)) {
    throw new Error('"port_assignments" must be an object of service ids and ports.');
  }
  for (const [service, port] of Object.entries(assignments)) {
    if (!isPort(port)) throw new Error(`"${service}" has ${JSON.stringify(port)}, which is no port from 1024 to 65535.`);
  }
  const reserved: unknown = config.reserved_ports ?? [];
  if (!Array.isArray(reserved) || !reserved.every(isPort)) {
    throw new Error('"reserved_ports" must be a list of ports from 1024 to 65535.');
  }
  return config;
}
