import { useEffect, useState } from 'preact/hooks';

import { api } from '../../api/client';
import type { BulkResult, MoveResult, Service } from '../../api/types';
import { refreshQuietly } from '../../live/store';
import { count } from '../../lib/format';
import { useAction } from '../../lib/hooks';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { ErrorNote } from '../../ui/error-note';
import { TextField } from '../../ui/field';
import { type Step, Steps } from '../../ui/steps';
import { useArrivals } from '../../live/use-arrivals';
import { portFrom } from './use-availability';

interface Props {
  services: readonly Service[];
  onMoved: () => void;
  onClose: () => void;
}

/** Ports as they are typed, by service. */
type Targets = ReadonlyMap<string, string>;

/** What is wrong with them, by service. */
export function wrongTargets(targets: Targets): ReadonlyMap<string, string> {
  const wrong = new Map<string, string>();
  const seen = new Map<number, string>();
  for (const [id, text] of targets) {
    const port = portFrom(text);
    if (port === null) {
      wrong.set(id, 'A port from 1024 to 65535.');
      continue;
    }
    const other = seen.get(port);
    if (other) wrong.set(id, `${other} is to go there.`);
    else seen.set(port, id);
  }
  return wrong;
}

function updatesOf(targets: Targets): Record<string, number> {
  return Object.fromEntries(
    [...targets].flatMap(([id, text]) => {
      const port = portFrom(text);
      return port === null ? [] : [[id, port] as const];
    }),
  );
}

function stepOf(result: MoveResult, plan: boolean, arrived: boolean, running: boolean): Step {
  const kept = result.old_port === result.new_port;
  const done = plan ? (arrived ? 'done' : running ? 'running' : 'planned') : result.success ? 'done' : 'failed';
  return {
    key: result.service_id,
    service: result.service_id,
    from: result.old_port,
    to: result.new_port,
    state: kept && plan ? 'done' : done,
    text: plan ? result.message.replace(/^Dry run: /, '') : result.message,
  };
}

interface EditProps {
  services: readonly Service[];
  targets: Targets;
  wrong: ReadonlyMap<string, string>;
  onTarget: (id: string, text: string) => void;
}

function Edit({ services, targets, wrong, onTarget }: EditProps) {
  return (
    <>
      <p class="muted">
        Say where each is to go. Services may swap ports or go round in a circle: they pass through a spare port.
      </p>
      <div class="bulk-rows">
        {services.map((service, i) => (
          <TextField
            key={service.service_id}
            label={`${service.service_id} (now ${service.port ?? 'none'})`}
            value={targets.get(service.service_id) ?? ''}
            onInput={(text) => onTarget(service.service_id, text)}
            numeric
            maxLength={5}
            autofocus={i === 0}
            error={targets.get(service.service_id) ? wrong.get(service.service_id) : null}
          />
        ))}
      </div>
    </>
  );
}

function useBulkMove(onDone: () => void) {
  const [plan, setPlan] = useState<BulkResult | null>(null);
  const [result, setResult] = useState<BulkResult | null>(null);
  const preview = useAction(async (updates: Record<string, number>) => {
    setPlan(await api.bulkUpdate(updates, true));
  });
  const move = useAction(async (updates: Record<string, number>, reason: string) => {
    setResult(await api.bulkUpdate(updates, false, reason));
    onDone();
  });
  return { plan, result, preview, move, back: () => setPlan(null) };
}

/** Moves several services: where to, what would happen, what happened. */
export function BulkMoveDialog({ services: chosen, onMoved, onClose }: Props) {
  // As they were when it was opened: the list behind it goes on living.
  const [services] = useState(chosen);
  const [targets, setTargets] = useState<Targets>(new Map());
  const [reason, setReason] = useState('');
  const bulk = useBulkMove(() => {
    onMoved();
    refreshQuietly();
  });
  const arrived = useArrivals(bulk.move.busy);
  const wrong = wrongTargets(targets);

  useEffect(() => {
    api.suggest(services.length).then(
      (ports) => {
        const suggested = services.map((each, i) => [each.service_id, String(ports[i] ?? '')] as const);
        // What has been typed meanwhile stays.
        setTargets((typed) => new Map([...suggested, ...typed]));
      },
      () => undefined,
    );
  }, []);

  const updates = updatesOf(targets);
  const isReady = wrong.size === 0 && targets.size === services.length;
  const { plan, result, preview, move } = bulk;
  const shown = result ?? plan;
  const onSubmit = (): void => {
    if (result) onClose();
    else if (plan) move.run(updates, reason.trim());
    else if (isReady) preview.run(updates);
  };
  return (
    <Dialog
      wide
      title={result ? `${result.successful} of ${result.total} moved` : `Move ${count(services.length, 'service')}`}
      onClose={onClose}
      busy={move.busy || preview.busy}
      onSubmit={onSubmit}
      actions={
        result ? (
          <Button submit kind="primary">
            Done
          </Button>
        ) : plan ? (
          <>
            <Button onClick={bulk.back} disabled={move.busy}>
              Back
            </Button>
            <Button submit kind="primary" busy={move.busy}>
              Move {count(plan.total, 'service')}
            </Button>
          </>
        ) : (
          <>
            <Button onClick={onClose}>Cancel</Button>
            <Button submit kind="primary" busy={preview.busy} disabled={!isReady}>
              Preview
            </Button>
          </>
        )
      }
    >
      {shown ? (
        <Steps
          steps={shown.results.map((each) =>
            stepOf(each, result === null, arrived.get(each.service_id) === each.new_port, move.busy),
          )}
        />
      ) : (
        <Edit
          services={services}
          targets={targets}
          wrong={wrong}
          onTarget={(id, text) => setTargets((typed) => new Map(typed).set(id, text))}
        />
      )}
      {!result && <TextField label="Why (for the history)" value={reason} onInput={setReason} maxLength={500} />}
      <ErrorNote error={move.error ?? preview.error} />
    </Dialog>
  );
}
