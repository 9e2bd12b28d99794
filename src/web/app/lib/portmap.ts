// The port space as cells. Pure.

import type { Conflict, Reservation, Service } from '../api/types';

export const CELL_STATES = [
  'free',
  'healthy',
  'unhealthy',
  'unknown',
  'reserved',
  'held',
  'conflict',
] as const;

export type CellState = (typeof CELL_STATES)[number];

export const STATE_NAMES: Record<CellState, string> = {
  free: 'Free',
  healthy: 'Assigned, healthy',
  unhealthy: 'Assigned, unhealthy',
  unknown: 'Assigned, not seen yet',
  reserved: 'Reserved',
  held: 'Held for a service',
  conflict: 'In conflict',
};

export interface Cell {
  port: number;
  state: CellState;
  services: string[];
}

interface Place {
  host: string | null;
  protocol: string;
}

/** The map is of the TCP ports of the Port Manager's own machine. */
function isMapped(place: Place): boolean {
  const isLocal = place.host === null || place.host === '127.0.0.1' || place.host === 'localhost';
  return isLocal && place.protocol === 'tcp';
}

export interface Registry {
  services: Iterable<Service>;
  reservations: readonly Reservation[];
  conflicts: readonly Conflict[];
}

export function cellsOf(first: number, last: number, registry: Registry): Cell[] {
  const states = new Map<number, CellState>();
  const holders = new Map<number, string[]>();
  for (const reservation of registry.reservations) {
    if (!isMapped(reservation)) continue;
    states.set(reservation.port, reservation.bound ? 'held' : 'reserved');
  }
  for (const service of registry.services) {
    if (service.port === null || !isMapped(service)) continue;
    states.set(service.port, service.status);
    holders.set(service.port, [...(holders.get(service.port) ?? []), service.service_id]);
  }
  for (const conflict of registry.conflicts) {
    if (isMapped(conflict)) states.set(conflict.port, 'conflict');
  }
  const cells: Cell[] = [];
  for (let port = first; port <= last; ++port) {
    cells.push({ port, state: states.get(port) ?? 'free', services: holders.get(port) ?? [] });
  }
  return cells;
}

export function countStates(cells: readonly Cell[]): Record<CellState, number> {
  const counts = Object.fromEntries(CELL_STATES.map((state) => [state, 0])) as Record<CellState, number>;
  for (const cell of cells) counts[cell.state] += 1;
  return counts;
}

export function labelOf(cell: Cell): string {
  const who = cell.services.length > 0 ? `, ${cell.services.join(' and ')}` : '';
  return `${cell.port}${who}, ${STATE_NAMES[cell.state].toLowerCase()}`;
}

/** What is shown at once of a wide range. */
export const BLOCK = 2_000;

/** The range in blocks that begin at whole thousands, but for the first. */
export function blocksOf(first: number, last: number): { first: number; last: number }[] {
  if (last - first < BLOCK) return [{ first, last }];
  const blocks = [];
  for (let begin = first; begin <= last; ) {
    const end = Math.min(last, (Math.floor(begin / BLOCK) + 1) * BLOCK - 1);
    blocks.push({ first: begin, last: end });
    begin = end + 1;
  }
  return blocks;
}

export type GridKey = 'ArrowLeft' | 'ArrowRight' | 'ArrowUp' | 'ArrowDown' | 'Home' | 'End' | 'PageUp' | 'PageDown';

const PAGE_ROWS = 5;

/** Where a key leads from a cell, by index; null for a key that does not move. */
export function moveInGrid(index: number, key: string, columns: number, size: number, ctrl: boolean): number | null {
  const rowStart = index - (index % columns);
  const within = (target: number): number => (target >= 0 && target < size ? target : index);
  switch (key as GridKey) {
    case 'ArrowLeft':
      return within(index - 1);
    case 'ArrowRight':
      return within(index + 1);
    case 'ArrowUp':
      return within(index - columns);
    case 'ArrowDown':
      return within(index + columns);
    case 'PageUp':
      return index >= PAGE_ROWS * columns ? index - PAGE_ROWS * columns : index % columns;
    case 'PageDown':
      return Math.min(index + PAGE_ROWS * columns, size - 1);
    case 'Home':
      return ctrl ? 0 : rowStart;
    case 'End':
      return ctrl ? size - 1 : Math.min(rowStart + columns - 1, size - 1);
    default:
      return null;
  }
}
