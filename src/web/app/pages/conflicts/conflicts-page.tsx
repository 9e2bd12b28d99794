import { useState } from 'preact/hooks';

import { api } from '../../api/client';
import type { Conflict, Resolution } from '../../api/types';
import { state } from '../../live/store';
import { count } from '../../lib/format';
import { useLoaded, useSettled } from '../../lib/hooks';
import { Button } from '../../ui/button';
import { ErrorNote } from '../../ui/error-note';
import { Card, Page } from '../../ui/page';
import { Empty, Skeleton } from '../../ui/states';
import { ServiceDialog } from '../services/service-dialog';
import { ConflictCard } from './conflict-card';
import { PastConflicts } from './past-conflicts';
import { ResolveAllDialog } from './resolve-all-dialog';
import { ResolveOneDialog } from './resolve-one-dialog';

export interface PlannedFor {
  conflict: Conflict;
  step: Resolution;
}

type Shown = { kind: 'all' } | { kind: 'one'; planned: PlannedFor } | { kind: 'move'; service: string };

function usePlan(conflicts: readonly Conflict[]) {
  // A plan costs a look at the kernel: it is asked for when the conflicts have settled.
  const key = useSettled(conflicts.map((conflict) => conflict.id).join(), 300);
  return useLoaded(key, () => (key === '' ? Promise.resolve([]) : api.resolveAll(true)));
}

export function ConflictsPage() {
  const { conflicts, loaded } = state.value;
  const plan = usePlan(conflicts);
  const [shown, setShown] = useState<Shown | null>(null);
  const close = (): void => setShown(null);
  const afterwards = (): void => {
    close();
    plan.reload();
  };
  const steps = plan.value ?? [];
  const actions = (
    <Button kind="primary" disabled={steps.length === 0} onClick={() => setShown({ kind: 'all' })}>
      {steps.length === 0 ? 'Resolve all…' : `Resolve all (${count(steps.length, 'step')})…`}
    </Button>
  );
  const intro = 'Where the registry, the kernel and the services do not agree. Looked at every few seconds.';
  return (
    <Page title="Conflicts" intro={intro} actions={actions}>
      {plan.error !== null && <ErrorNote error={plan.error} onRetry={plan.reload} />}
      {!loaded && (
        <Card>
          <Skeleton lines={5} />
        </Card>
      )}
      {loaded && conflicts.length === 0 && (
        <Card>
          <Empty title="No conflicts">Registry, kernel and services agree on every port.</Empty>
        </Card>
      )}
      <ul class="conflicts">
        {conflicts.map((conflict) => (
          <ConflictCard
            key={conflict.id}
            conflict={conflict}
            plan={plan.value}
            onResolve={(planned) => setShown({ kind: 'one', planned })}
            onMove={(service) => setShown({ kind: 'move', service })}
          />
        ))}
      </ul>
      <PastConflicts />
      {shown?.kind === 'all' && <ResolveAllDialog plan={steps} onClose={afterwards} />}
      {shown?.kind === 'one' && <ResolveOneDialog planned={shown.planned} onClose={afterwards} />}
      {shown?.kind === 'move' && <ServiceDialog id={shown.service} task="move" onClose={afterwards} />}
    </Page>
  );
}
