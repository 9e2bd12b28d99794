import { useMemo, useState } from 'preact/hooks';

import type { Service } from '../../api/types';
import { state } from '../../live/store';
import { count } from '../../lib/format';
import { href, replaceAddress, route } from '../../lib/router';
import { type Direction, type SortKey, categoriesOf, filterServices, sortServices } from '../../lib/sort';
import { Button } from '../../ui/button';
import { Card, Page } from '../../ui/page';
import { Empty, Skeleton } from '../../ui/states';
import { AssignDialog } from './assign-dialog';
import { BulkMoveDialog } from './bulk-move-dialog';
import { Filters } from './filters';
import { ServiceTable } from './service-table';

interface Wish {
  q: string;
  category: string;
  status: string;
  sort: SortKey;
  direction: Direction;
}

/** Kept in the address, so that a list can be sent to somebody else. */
function wishOf(query: ReadonlyMap<string, string>): Wish {
  const sort = query.get('sort');
  return {
    q: query.get('q') ?? '',
    category: query.get('category') ?? '',
    status: query.get('status') ?? '',
    sort: sort === 'port' || sort === 'category' || sort === 'status' ? sort : 'service',
    direction: query.get('direction') === 'descending' ? 'descending' : 'ascending',
  };
}

function addressOf(wish: Wish): string {
  const query: Record<string, string> = {};
  if (wish.q) query.q = wish.q;
  if (wish.category) query.category = wish.category;
  if (wish.status) query.status = wish.status;
  if (wish.sort !== 'service') query.sort = wish.sort;
  if (wish.direction !== 'ascending') query.direction = wish.direction;
  return href('services', undefined, query);
}

function NoServices({ filtered, onClear }: { filtered: boolean; onClear: () => void }) {
  if (!filtered) {
    return (
      <Empty title="No services yet">
        Assign a port above, or import a port_config.json on the <a href={href('backups')}>Backups</a> page.
      </Empty>
    );
  }
  return (
    <Empty icon="search" title="No service matches">
      <Button onClick={onClear}>Clear the filters</Button>
    </Empty>
  );
}

export function ServicesPage() {
  const { services, loaded } = state.value;
  const wish = wishOf(route.value.query);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [dialog, setDialog] = useState<'assign' | 'bulk' | null>(null);
  const change = (part: Partial<Wish>): void => replaceAddress(addressOf({ ...wish, ...part }));

  const shown = useMemo(() => {
    const filter = { text: wish.q, category: wish.category, status: wish.status };
    return filterServices(sortServices(services.values(), wish.sort, wish.direction), filter);
  }, [services, wish.q, wish.category, wish.status, wish.sort, wish.direction]);
  const categories = useMemo(() => categoriesOf(services.values()), [services]);
  const chosen: Service[] = shown.filter((service) => selected.has(service.service_id));

  const onSort = (key: string): void => {
    const same = key === wish.sort;
    const direction = same && wish.direction === 'ascending' ? 'descending' : 'ascending';
    change({ sort: key as SortKey, direction });
  };
  const actions = (
    <>
      <Button onClick={() => setDialog('bulk')} disabled={chosen.length === 0} icon="arrow">
        {chosen.length > 0 ? `Move ${chosen.length} selected…` : 'Move selected…'}
      </Button>
      <Button kind="primary" onClick={() => setDialog('assign')}>
        Assign a port…
      </Button>
    </>
  );
  return (
    <Page title="Services" intro={loaded ? `${count(shown.length, 'service')} of ${services.size} shown.` : 'Reading…'} actions={actions}>
      <Card>
        <Filters
          text={wish.q}
          category={wish.category}
          status={wish.status}
          categories={categories}
          onText={(q) => change({ q })}
          onCategory={(category) => change({ category })}
          onStatus={(status) => change({ status })}
        />
        {!loaded && <Skeleton lines={12} />}
        {loaded && shown.length === 0 && (
          <NoServices filtered={services.size > 0} onClear={() => change({ q: '', category: '', status: '' })} />
        )}
        {shown.length > 0 && (
          <ServiceTable
            services={shown}
            selected={selected}
            onSelect={setSelected}
            sort={{ key: wish.sort, direction: wish.direction }}
            onSort={onSort}
          />
        )}
      </Card>
      {dialog === 'assign' && <AssignDialog onClose={() => setDialog(null)} />}
      {dialog === 'bulk' && (
        <BulkMoveDialog services={chosen} onMoved={() => setSelected(new Set())} onClose={() => setDialog(null)} />
      )}
    </Page>
  );
}
