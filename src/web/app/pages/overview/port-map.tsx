import { useMemo, useRef, useState } from 'preact/hooks';

import { type Cell, labelOf, moveInGrid } from '../../lib/portmap';
import { go, href } from '../../lib/router';

interface RowProps {
  cells: readonly Cell[];
  /** The port that takes the focus, when it is in this row. */
  active: number | null;
}

function signature(cells: readonly Cell[]): string {
  return cells.map((cell) => `${cell.port}${cell.state}${cell.services.join()}`).join();
}

/** Drawn again only when one of its ports has changed: there are thousands of cells. */
function MapRow({ cells, active }: RowProps) {
  return useMemo(
    () => (
      <div role="row" class="map-row">
        <span role="rowheader" class="map-label">
          {cells[0]?.port}
        </span>
        {cells.map((cell) => (
          <span
            key={cell.port}
            role="gridcell"
            class={`cell ${cell.state}`}
            data-port={cell.port}
            tabIndex={cell.port === active ? 0 : -1}
            aria-label={labelOf(cell)}
          />
        ))}
      </div>
    ),
    [signature(cells), active],
  );
}

interface Props {
  cells: readonly Cell[];
  columns: number;
  /** The port that is pointed at or has the focus. */
  onShow: (port: number | null) => void;
}

function portAt(event: Event): number | null {
  const cell = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-port]') : null;
  return cell ? Number(cell.dataset.port) : null;
}

/** Each port of the range as a cell. One stop of the tab key; arrows go from port to port. */
export function PortMap({ cells, columns, onShow }: Props) {
  const grid = useRef<HTMLDivElement>(null);
  const first = cells[0]?.port ?? 0;
  const [active, setActive] = useState(first);
  const size = cells.length;
  const index = active >= first && active < first + size ? active - first : 0;

  const onKeyDown = (event: KeyboardEvent): void => {
    const from = portAt(event);
    if (from === null) return;
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      go(href('ports', from));
      return;
    }
    const target = moveInGrid(from - first, event.key, columns, size, event.ctrlKey || event.metaKey);
    if (target === null) return;
    event.preventDefault();
    grid.current?.querySelector<HTMLElement>(`[data-port="${first + target}"]`)?.focus();
  };
  const onFocusIn = (event: Event): void => {
    const port = portAt(event);
    if (port === null) return;
    setActive(port);
    onShow(port);
  };
  const onPoint = (event: Event): void => {
    const port = portAt(event);
    if (port !== null) onShow(port);
  };
  const onClick = (event: Event): void => {
    const port = portAt(event);
    if (port !== null) go(href('ports', port));
  };

  const rows = useMemo(() => {
    const all: Cell[][] = [];
    for (let i = 0; i < size; i += columns) all.push(cells.slice(i, i + columns));
    return all;
  }, [cells, columns]);
  const inRow = Math.floor(index / columns);
  return (
    <div
      ref={grid}
      role="grid"
      class="map"
      style={{ '--columns': String(columns) }}
      aria-label="Ports. Arrow keys go from port to port, Enter opens one."
      aria-rowcount={rows.length}
      aria-colcount={columns + 1}
      onKeyDown={onKeyDown}
      onFocusIn={onFocusIn}
      onMouseOver={onPoint}
      onClick={onClick}
    >
      {rows.map((row, i) => (
        <MapRow key={row[0]?.port ?? i} cells={row} active={i === inRow ? first + index : null} />
      ))}
    </div>
  );
}
