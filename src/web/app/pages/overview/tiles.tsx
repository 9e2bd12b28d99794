import type { ComponentChildren } from 'preact';

import { state } from '../../live/store';
import { href } from '../../lib/router';

interface TileProps {
  name: string;
  value: number | null;
  to: string;
  children: ComponentChildren;
  bad?: boolean;
}

function Tile({ name, value, to, children, bad }: TileProps) {
  return (
    <a class={bad ? 'tile bad' : 'tile'} href={to}>
      <span class="tile-name">{name}</span>
      <span class="tile-value">{value === null ? '–' : value.toLocaleString()}</span>
      <span class="tile-more">{children}</span>
    </a>
  );
}

export function Tiles() {
  const { statistics, services, conflicts, reservations } = state.value;
  const unhealthy = [...services.values()].filter((service) => service.status === 'unhealthy').length;
  const held = reservations.filter((reservation) => reservation.bound).length;
  const [first, last] = statistics?.port_range ?? [0, 0];
  const resolvable = conflicts.filter((conflict) => conflict.resolvable).length;
  const of = statistics !== null;
  return (
    <div class="tiles">
      <Tile name="Services" value={of ? services.size : null} to={href('services')}>
        {unhealthy > 0 ? `${unhealthy} unhealthy` : 'none unhealthy'}
      </Tile>
      <Tile name="Ports in use" value={statistics?.used_ports ?? null} to={href('services', undefined, { sort: 'port' })}>
        {of ? `of ${first}–${last}` : ' '}
      </Tile>
      <Tile name="Available" value={statistics?.available_ports ?? null} to={href('reservations')}>
        free to be given
      </Tile>
      <Tile name="Reserved" value={of ? reservations.length : null} to={href('reservations')}>
        {held > 0 ? `${held} held` : 'none held'}
      </Tile>
      <Tile name="Conflicts" value={of ? conflicts.length : null} to={href('conflicts')} bad={conflicts.length > 0}>
        {conflicts.length > 0 ? `${resolvable} resolvable` : 'all agree'}
      </Tile>
      <Tile name="Moves" value={statistics?.ports_reassigned ?? null} to={href('history')}>
        so far
      </Tile>
    </div>
  );
}
