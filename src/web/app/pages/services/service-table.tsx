import { useState } from 'preact/hooks';

import type { Service } from '../../api/types';
import { state } from '../../live/store';
import type { Direction } from '../../lib/sort';
import { PortLink, ServiceLink } from '../../ui/links';
import { StatusMark } from '../../ui/marks';
import { type Column, Data, Row, Table } from '../../ui/table';
import { Time } from '../../ui/time';
import { RowActions } from './row-actions';
import { type ServiceTask, ServiceDialog } from './service-dialog';

const COLUMNS: readonly Column[] = [
  { key: 'select', name: 'Select', hidden: true },
  { key: 'service', name: 'Service', sortable: true },
  { key: 'port', name: 'Port', sortable: true },
  { key: 'category', name: 'Category', sortable: true },
  { key: 'status', name: 'Status', sortable: true },
  { key: 'checked', name: 'Checked' },
  { key: 'actions', name: 'Actions', hidden: true },
];

interface Props {
  services: readonly Service[];
  selected: ReadonlySet<string>;
  onSelect: (selected: ReadonlySet<string>) => void;
  sort: { key: string; direction: Direction };
  onSort: (key: string) => void;
}

interface RowProps {
  service: Service;
  selected: boolean;
  onToggle: () => void;
  onTask: (task: ServiceTask) => void;
}

function ServiceRow({ service, selected, onToggle, onTask }: RowProps) {
  const status = state.value.statuses.get(service.service_id);
  return (
    <Row selected={selected}>
      <Data of="Select" kind="select">
        <input
          type="checkbox"
          aria-label={`Select ${service.service_id}`}
          checked={selected}
          disabled={service.port === null}
          onInput={onToggle}
        />
      </Data>
      <Data of="Service" kind="main">
        <ServiceLink id={service.service_id} />
        {service.name !== service.service_id && <div class="muted small">{service.name}</div>}
        {service.host && <div class="muted small">on {service.host}</div>}
      </Data>
      <Data of="Port">
        <PortLink port={service.port} />{' '}
        {service.contested && <span class="mark severity-high">contested</span>}
      </Data>
      <Data of="Category" kind="extra">{service.category ?? <span class="muted">none</span>}</Data>
      <Data of="Status" kind="wrap">
        <StatusMark status={service.status} />
        {service.status === 'unhealthy' && status?.detail && <div class="muted small">{status.detail}</div>}
      </Data>
      <Data of="Checked" kind="extra">
        <span class="muted">
          <Time at={status?.last_checked ?? null} />
        </span>
      </Data>
      <Data of="Actions" kind="actions">
        <RowActions service={service} onTask={onTask} />
      </Data>
    </Row>
  );
}

export function ServiceTable({ services, selected, onSelect, sort, onSort }: Props) {
  const [task, setTask] = useState<{ id: string; task: ServiceTask } | null>(null);
  const toggle = (id: string): void => {
    const next = new Set(selected);
    if (!next.delete(id)) next.add(id);
    onSelect(next);
  };
  return (
    <>
      <Table caption="Services and their ports" columns={COLUMNS} sort={sort} onSort={onSort}>
        {services.map((service) => (
          <ServiceRow
            key={service.service_id}
            service={service}
            selected={selected.has(service.service_id)}
            onToggle={() => toggle(service.service_id)}
            onTask={(wanted) => setTask({ id: service.service_id, task: wanted })}
          />
        ))}
      </Table>
      {task && <ServiceDialog id={task.id} task={task.task} onClose={() => setTask(null)} />}
    </>
  );
}
