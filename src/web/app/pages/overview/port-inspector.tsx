import { api } from '../../api/client';
import type { PortDetail } from '../../api/types';
import { useLoaded, useSettled } from '../../lib/hooks';
import { type Cell, STATE_NAMES } from '../../lib/portmap';
import { conflictText, processOf } from '../../lib/words';
import { CellSample } from '../../ui/marks';

const SETTLE_MS = 120;

function reservationText(detail: PortDetail): string {
  const { reservation } = detail;
  if (!reservation) return '';
  const whom = reservation.service_id ? ` for ${reservation.service_id}` : '';
  const why = reservation.reason ? `: ${reservation.reason}` : '';
  return `${detail.held ? 'Held' : 'Reserved'}${whom}${why}.`;
}

function kernelText(detail: PortDetail): string {
  const { listeners, connection_count: connections } = detail;
  const who = listeners.map((each) => `${processOf(each)} on ${each.address}`).join(', ');
  const heard = who ? `Listening: ${who}.` : 'Nobody listens.';
  return connections > 0 ? `${heard} ${connections} open connections.` : heard;
}

function Detail({ port }: { port: number }) {
  const loaded = useLoaded(String(port), (signal) => api.port(port, signal));
  const detail = loaded.value;
  if (!detail || detail.port !== port) return <p class="muted">{loaded.error ? 'No more can be read now.' : '…'}</p>;
  // A conflict's sentence says who listens, too.
  const [conflict] = detail.conflicts;
  const text = conflict ? conflictText(conflict) : `${reservationText(detail)} ${kernelText(detail)}`;
  return <p class="muted">{text}</p>;
}

/** All about the port that is pointed at, in a place that keeps its height. */
export function PortInspector({ cell }: { cell: Cell | null }) {
  const settled = useSettled(cell?.port ?? null, SETTLE_MS);
  if (!cell) {
    return (
      <div class="inspector">
        <p class="muted">Point at a port, or go there with the arrow keys. Enter or a click opens it.</p>
      </div>
    );
  }
  return (
    <div class="inspector" data-testid="inspector">
      <p>
        <CellSample state={cell.state} /> <b class="port">{cell.port}</b> {cell.services.join(', ')}{' '}
        <span class="muted">{STATE_NAMES[cell.state]}</span>
      </p>
      {settled === cell.port ? <Detail port={cell.port} /> : <p class="muted">…</p>}
    </div>
  );
}
