import type { ComponentChildren } from 'preact';

import type { Direction } from '../lib/sort';

export interface Column {
  key: string;
  name: string;
  /** Numbers stand under each other. */
  numeric?: boolean;
  sortable?: boolean;
  /** The name is for those who cannot see the table. */
  hidden?: boolean;
}

interface Props {
  caption: string;
  columns: readonly Column[];
  children: ComponentChildren;
  sort?: { key: string; direction: Direction };
  onSort?: (key: string) => void;
}

function Heading({ column, sort, onSort }: { column: Column } & Pick<Props, 'sort' | 'onSort'>) {
  const sorted = sort?.key === column.key ? sort.direction : undefined;
  if (!column.sortable) {
    return (
      <th scope="col" role="columnheader" class={column.numeric ? 'numeric' : undefined}>
        <span class={column.hidden ? 'visually-hidden' : undefined}>{column.name}</span>
      </th>
    );
  }
  return (
    <th scope="col" role="columnheader" class={column.numeric ? 'numeric' : undefined} aria-sort={sorted}>
      <button type="button" class="sort" onClick={() => onSort?.(column.key)}>
        {column.name}
        <span class={`sort-mark ${sorted ?? 'none'}`} aria-hidden="true" />
      </button>
    </th>
  );
}

/** A table; on a narrow screen each row is a card of its own. The roles say what `display` takes away. */
export function Table({ caption, columns, children, sort, onSort }: Props) {
  return (
    <table role="table" class="table">
      <caption class="visually-hidden">{caption}</caption>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map((column) => (
            <Heading key={column.key} column={column} {...(sort && { sort })} {...(onSort && { onSort })} />
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">{children}</tbody>
    </table>
  );
}

export function Row({ children, selected }: { children: ComponentChildren; selected?: boolean }) {
  return (
    <tr role="row" class={selected ? 'selected' : undefined}>
      {children}
    </tr>
  );
}

/** `extra` is left out on a narrow screen. */
interface DataProps {
  /** The column's name, shown beside the value on a narrow screen. */
  of: string;
  children: ComponentChildren;
  kind?: 'numeric' | 'actions' | 'select' | 'main' | 'wrap' | 'extra';
}

export function Data({ of, children, kind }: DataProps) {
  return (
    <td role="cell" class={kind} data-label={of}>
      {children}
    </td>
  );
}
