import { useMemo, useState } from 'preact/hooks';

import { state } from '../../live/store';
import { useMedia } from '../../lib/hooks';
import { CELL_STATES, STATE_NAMES, blocksOf, cellsOf, countStates } from '../../lib/portmap';
import { CellSample } from '../../ui/marks';
import { Card } from '../../ui/page';
import { Skeleton } from '../../ui/states';
import { PortInspector } from './port-inspector';
import { PortMap } from './port-map';

function useColumns(): number {
  const isWide = useMedia('(min-width: 900px)');
  const isMiddle = useMedia('(min-width: 560px)');
  if (isWide) return 50;
  return isMiddle ? 40 : 25;
}

export function PortMapCard() {
  const { statistics, services, reservations, conflicts } = state.value;
  const [block, setBlock] = useState(0);
  const [shown, setShown] = useState<number | null>(null);
  const columns = useColumns();
  const [first, last] = statistics?.port_range ?? [0, -1];
  const blocks = useMemo(() => blocksOf(first, last), [first, last]);
  const part = blocks[Math.min(block, blocks.length - 1)] ?? { first, last };
  const cells = useMemo(
    () => cellsOf(part.first, part.last, { services: services.values(), reservations, conflicts }),
    [part.first, part.last, services, reservations, conflicts],
  );
  const counts = useMemo(() => countStates(cells), [cells]);

  if (!statistics) {
    return (
      <Card title="Port map" class="map-card">
        <Skeleton lines={10} />
      </Card>
    );
  }
  const chooser = blocks.length > 1 && (
    <select aria-label="Ports shown" value={block} onInput={(event) => setBlock(Number(event.currentTarget.value))}>
      {blocks.map((each, i) => (
        <option key={each.first} value={i}>
          {each.first}–{each.last}
        </option>
      ))}
    </select>
  );
  return (
    <Card title="Port map" class="map-card" aside={chooser || <span class="muted">TCP {part.first}–{part.last}, this machine</span>}>
      <PortMap cells={cells} columns={columns} onShow={setShown} />
      <PortInspector cell={shown === null ? null : (cells[shown - part.first] ?? null)} />
      <ul class="legend" aria-label="Legend">
        {CELL_STATES.map((each) => (
          <li key={each}>
            <CellSample state={each} />
            {STATE_NAMES[each]} <b>{counts[each]}</b>
          </li>
        ))}
      </ul>
    </Card>
  );
}
