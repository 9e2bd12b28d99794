// Searching, filtering and sorting services. Pure.

import type { HealthStatus, Service } from '../api/types';

export type SortKey = 'service' | 'port' | 'category' | 'status';
export type Direction = 'ascending' | 'descending';

export interface ServiceFilter {
  text: string;
  category: string;
  status: string;
}

const names = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });
// What needs attention comes first.
const URGENCY: Record<HealthStatus, number> = { unhealthy: 0, unknown: 1, healthy: 2 };

function compareBy(key: SortKey, a: Service, b: Service): number {
  switch (key) {
    case 'service':
      return names.compare(a.service_id, b.service_id);
    case 'port':
      // Two without a port differ by NaN, which counts as no difference.
      return (a.port ?? Infinity) - (b.port ?? Infinity) || 0;
    case 'category':
      return names.compare(a.category ?? '\uffff', b.category ?? '\uffff');
    case 'status':
      return URGENCY[a.status] - URGENCY[b.status];
  }
}

export function sortServices(services: Iterable<Service>, key: SortKey, direction: Direction): Service[] {
  const sign = direction === 'ascending' ? 1 : -1;
  return [...services].sort(
    (a, b) => compareBy(key, a, b) * sign || names.compare(a.service_id, b.service_id),
  );
}

/** The text is looked for in id, name and port; "" as category or status lets all pass. */
export function filterServices(services: readonly Service[], filter: ServiceFilter): Service[] {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  return services.filter((service) => {
    const text = `${service.service_id} ${service.name} ${service.port ?? ''}`.toLowerCase();
    return (
      words.every((word) => text.includes(word)) &&
      (!filter.category || (service.category ?? 'none') === filter.category) &&
      (!filter.status || service.status === filter.status)
    );
  });
}

/** Those that there are, by name; "none" stands for services without one. */
export function categoriesOf(services: Iterable<Service>): string[] {
  const all = new Set<string>();
  for (const service of services) all.add(service.category ?? 'none');
  return [...all].sort((a, b) => names.compare(a, b));
}
