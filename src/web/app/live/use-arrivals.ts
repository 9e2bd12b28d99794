import { useEffect, useState } from 'preact/hooks';

import { watchChanges } from './store';

/** The ports that services have come to while `watching`, as live messages tell of them. */
export function useArrivals(watching: boolean): ReadonlyMap<string, number | null> {
  const [arrived, setArrived] = useState<ReadonlyMap<string, number | null>>(new Map());
  useEffect(() => {
    if (!watching) return undefined;
    setArrived(new Map());
    return watchChanges((change) => {
      if (change.type !== 'port_change') return;
      const { service_id: id, new_port: port } = change;
      setArrived((known) => new Map(known).set(id, port));
    });
  }, [watching]);
  return arrived;
}
