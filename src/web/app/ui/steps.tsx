import { Icon } from './icon';
import { PortLink, ServiceLink } from './links';

export interface Step {
  key: string;
  service: string;
  from: number;
  to: number;
  state: 'planned' | 'running' | 'done' | 'failed';
  text: string;
}

const STATE_NAMES: Record<Step['state'], string> = {
  planned: 'Planned',
  running: 'Under way',
  done: 'Done',
  failed: 'Failed',
};

function StateMark({ state }: { state: Step['state'] }) {
  if (state === 'running') return <span class="spinner" role="img" aria-label={STATE_NAMES.running} />;
  const icon = state === 'done' ? 'check' : state === 'failed' ? 'alert' : 'arrow';
  return (
    <span class={`step-mark ${state}`}>
      <Icon name={icon} />
      <span class="visually-hidden">{STATE_NAMES[state]}</span>
    </span>
  );
}

/** Moves that are planned, under way, or over. */
export function Steps({ steps }: { steps: readonly Step[] }) {
  return (
    <ol class="steps" aria-live="polite">
      {steps.map((step) => (
        <li key={step.key} class={step.state}>
          <StateMark state={step.state} />
          <div>
            <div>
              <ServiceLink id={step.service} /> <PortLink port={step.from} />
              <span class="to"> → </span>
              <PortLink port={step.to} />
            </div>
            <div class="muted small">{step.text}</div>
          </div>
        </li>
      ))}
    </ol>
  );
}
