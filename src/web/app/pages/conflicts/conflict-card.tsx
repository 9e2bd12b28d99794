import type { Conflict, Resolution } from '../../api/types';
import { api } from '../../api/client';
import { selfId } from '../../live/self';
import { listed } from '../../lib/format';
import { conflictName, processOf, servicesOf } from '../../lib/words';
import { Button } from '../../ui/button';
import { Fact, Facts } from '../../ui/facts';
import { PortLink, ServiceLink } from '../../ui/links';
import { SeverityMark } from '../../ui/marks';
import { Time } from '../../ui/time';
import { ConflictText } from './conflict-text';
import type { PlannedFor } from './conflicts-page';

interface Props {
  conflict: Conflict;
  /** Null while it is being made. */
  plan: readonly Resolution[] | null;
  onResolve: (planned: PlannedFor) => void;
  onMove: (service: string) => void;
}

/** The steps of the plan that are about the conflict. */
export function stepsFor(conflict: Conflict, plan: readonly Resolution[]): Resolution[] {
  const services = servicesOf(conflict);
  return plan.filter(
    (step) =>
      services.includes(step.service_id) &&
      (step.old_port === conflict.port || step.new_port === conflict.port || conflict.type === 'drift'),
  );
}

const ACTIONS: Record<Resolution['action'], string> = {
  move: 'Move',
  adopt: 'Follow',
  bring_home: 'Bring home',
};

function PlanLine({ step }: { step: Resolution }) {
  return (
    <li>
      {ACTIONS[step.action]} <ServiceLink id={step.service_id} /> <PortLink port={step.old_port} />
      <span class="to"> → </span>
      <PortLink port={step.new_port} /> <span class="muted">· {step.why}</span>
    </li>
  );
}

function Proposal({ conflict, plan }: Pick<Props, 'conflict' | 'plan'>) {
  if (!conflict.resolvable) {
    return conflict.type === 'ephemeral_overlap' ? (
      <>
        No move can end it. Reserve the port in the kernel:{' '}
        <a href={api.exportPath('sysctl')} download="60-portmanager.conf">
          download the sysctl file
        </a>
      </>
    ) : (
      <>No move can end it.</>
    );
  }
  if (plan === null) return <span class="muted">Making a plan…</span>;
  const steps = stepsFor(conflict, plan);
  if (steps.length === 0) return <>Nothing can be planned now; it may end by itself.</>;
  return (
    <ul class="plan">
      {steps.map((step) => (
        <PlanLine key={`${step.service_id}${step.new_port}`} step={step} />
      ))}
    </ul>
  );
}

export function ConflictCard({ conflict, plan, onResolve, onMove }: Props) {
  const services = servicesOf(conflict);
  const [step] = stepsFor(conflict, plan ?? []);
  const movable = services.filter((id) => id !== selfId.value);
  return (
    <li class={`card conflict-card severity-${conflict.severity}`}>
      <header class="card-head">
        <h2>
          {conflictName(conflict)}: <PortLink port={conflict.port} />
        </h2>
        <SeverityMark severity={conflict.severity} />
      </header>
      <ConflictText conflict={conflict} />
      <Facts>
        <Fact name={services.length > 1 ? 'Services' : 'Service'}>
          {services.map((id, i) => (
            <span key={id}>
              {i > 0 && ', '}
              <ServiceLink id={id} />
            </span>
          ))}
        </Fact>
        {conflict.listener && (
          <Fact name="Listens there">
            {processOf(conflict.listener)} <span class="muted">on {conflict.listener.address}</span>
            {conflict.listener.user && <span class="muted"> as {conflict.listener.user}</span>}
          </Fact>
        )}
        <Fact name="Since">
          <Time at={conflict.detected_at} />
        </Fact>
        <Fact name="Plan">
          <Proposal conflict={conflict} plan={plan} />
        </Fact>
      </Facts>
      <div class="actions">
        {movable.map((id) => (
          <Button key={id} onClick={() => onMove(id)}>
            Move {id}…
          </Button>
        ))}
        <Button
          kind="primary"
          disabled={!step}
          onClick={() => step && onResolve({ conflict, step })}
          label={`Resolve the conflict on port ${conflict.port} of ${listed(services)}`}
        >
          Resolve…
        </Button>
      </div>
    </li>
  );
}
