import type { AssignmentChange, ConfigDiff } from '../../lib/diff';
import { isEmptyDiff } from '../../lib/diff';
import { count, listed } from '../../lib/format';
import { Icon } from '../../ui/icon';
import { Empty } from '../../ui/states';

type Kind = 'added' | 'removed' | 'moved';

function kindOf(change: AssignmentChange): Kind {
  if (change.from === null) return 'added';
  return change.to === null ? 'removed' : 'moved';
}

const SIGNS: Record<Kind, string> = { added: '+', removed: '−', moved: '→' };

function ChangeRow({ change }: { change: AssignmentChange }) {
  const kind = kindOf(change);
  return (
    <li class={`diff-row ${kind}`}>
      <span class="diff-sign" role="img" aria-label={kind}>
        {SIGNS[kind]}
      </span>
      <span class="diff-name">{change.service}</span>
      <span class="port">{change.from ?? '–'}</span>
      <span aria-hidden="true">→</span>
      <span class="port">{change.to ?? '–'}</span>
    </li>
  );
}

function Reserved({ name, ports }: { name: string; ports: readonly number[] }) {
  if (ports.length === 0) return null;
  return (
    <p>
      {name}: <span class="port">{ports.join(', ')}</span>
    </p>
  );
}

/** What would change. */
export function DiffView({ diff }: { diff: ConfigDiff }) {
  if (isEmptyDiff(diff)) return <Empty title="No difference">The registry has these assignments and reservations.</Empty>;
  return (
    <div class="diff" data-testid="diff">
      <p>
        <b>{count(diff.changes.length, 'assignment')} would change</b>, {diff.unchanged} would stay as they are. Nobody
        is moved: a service that runs elsewhere is then in conflict.
      </p>
      {diff.shared.map(({ port, services }) => (
        <div key={port} class="note error">
          <Icon name="alert" />
          <p>
            Port {port} would be given to {listed(services)}: a conflict.
          </p>
        </div>
      ))}
      <ul class="diff-rows">
        {diff.changes.map((change) => (
          <ChangeRow key={change.service} change={change} />
        ))}
      </ul>
      <Reserved name="Reserved anew" ports={diff.reserved} />
      <Reserved name="No longer reserved" ports={diff.unreserved} />
    </div>
  );
}
