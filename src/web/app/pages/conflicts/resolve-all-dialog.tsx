import { useState } from 'preact/hooks';

import { api } from '../../api/client';
import type { Resolution } from '../../api/types';
import { refreshQuietly } from '../../live/store';
import { useArrivals } from '../../live/use-arrivals';
import { count } from '../../lib/format';
import { useAction } from '../../lib/hooks';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { ErrorNote } from '../../ui/error-note';
import { type Step, Steps } from '../../ui/steps';

interface Props {
  plan: readonly Resolution[];
  onClose: () => void;
}

/** The plan as it stands: what live messages have told is done, the first of the rest is under way. */
export function stepsUnderWay(
  plan: readonly Resolution[],
  arrived: ReadonlyMap<string, number | null>,
  running: boolean,
): Step[] {
  let isNext = running;
  return plan.map((resolution) => {
    const isDone = arrived.get(resolution.service_id) === resolution.new_port;
    const state = isDone ? 'done' : isNext ? 'running' : 'planned';
    if (!isDone) isNext = false;
    return stepOf(resolution, state, resolution.why);
  });
}

function stepOf(resolution: Resolution, state: Step['state'], text: string): Step {
  const { service_id: service, old_port: from, new_port: to } = resolution;
  return { key: `${service}:${from}:${to}`, service, from, to, state, text };
}

function titleOf(results: readonly Resolution[] | null, running: boolean): string {
  if (!results) return running ? 'Resolving conflicts' : 'Resolve all conflicts?';
  const failed = results.filter((result) => !result.success).length;
  return failed > 0 ? `${count(failed, 'step')} of ${results.length} failed` : 'Conflicts resolved';
}

export function ResolveAllDialog({ plan: proposed, onClose }: Props) {
  const [plan] = useState(proposed);
  const [results, setResults] = useState<Resolution[] | null>(null);
  const resolve = useAction(async () => {
    setResults(await api.resolveAll(false));
    refreshQuietly();
  });
  const arrived = useArrivals(resolve.busy);
  const steps = results
    ? results.map((each) => stepOf(each, each.success ? 'done' : 'failed', each.message))
    : stepsUnderWay(plan, arrived, resolve.busy);
  return (
    <Dialog
      wide
      title={titleOf(results, resolve.busy)}
      onClose={onClose}
      busy={resolve.busy}
      onSubmit={() => (results ? onClose() : resolve.run())}
      actions={
        results ? (
          <Button submit kind="primary">
            Done
          </Button>
        ) : (
          <>
            <Button onClick={onClose}>{resolve.busy ? 'Close' : 'Cancel'}</Button>
            <Button submit kind="primary" busy={resolve.busy}>
              Carry out {count(plan.length, 'step')}
            </Button>
          </>
        )
      }
    >
      {!results && (
        <p class="muted">
          The steps are taken one by one, each verified before the next. One that fails leaves the others done. The plan
          is made anew when it begins, should something have changed.
        </p>
      )}
      <Steps steps={steps} />
      <ErrorNote error={resolve.error} />
    </Dialog>
  );
}
