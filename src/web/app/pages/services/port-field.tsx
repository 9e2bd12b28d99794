import { useState } from 'preact/hooks';

import { api } from '../../api/client';
import { ApiError, messageOf } from '../../api/errors';
import { Button } from '../../ui/button';
import { TextField } from '../../ui/field';
import { Icon } from '../../ui/icon';
import type { PortCheck } from './use-availability';

interface Props {
  label: string;
  value: string;
  onInput: (value: string) => void;
  /** Where a suggestion is looked for; the suite's range when left out. */
  range?: string | undefined;
  hint: string;
  /** Of the value: see useAvailability(). */
  check: PortCheck;
}

function Verdict({ check, hint }: { check: PortCheck; hint: string }) {
  switch (check.kind) {
    case 'empty':
      return <>{hint}</>;
    case 'checking':
      return <>Looking whether it is free…</>;
    case 'free':
      return (
        <span class="good" data-testid="port-free">
          <Icon name="check" /> {check.text}
        </span>
      );
    default:
      return <>{check.text}</>;
  }
}

/** A service may call its category by a name that stands for no range. */
async function suggestIn(range: string | undefined): Promise<number[]> {
  try {
    return await api.suggest(1, range);
  } catch (thrown) {
    if (range === undefined || !(thrown instanceof ApiError)) throw thrown;
    return api.suggest(1);
  }
}

/** A port that is typed, or suggested; says while it is typed whether it is free. */
export function PortField({ label, value, onInput, range, hint, check }: Props) {
  const [failure, setFailure] = useState('');
  const suggest = (): void => {
    setFailure('');
    suggestIn(range).then(
      ([port]) => onInput(String(port ?? '')),
      (thrown: unknown) => setFailure(messageOf(thrown)),
    );
  };
  const bad = check.kind === 'invalid' || check.kind === 'taken' || check.kind === 'failed';
  return (
    <div class="port-field">
      <TextField
        label={label}
        value={value}
        onInput={onInput}
        numeric
        maxLength={5}
        autofocus
        error={failure || (bad ? check.text : null)}
        hint={<Verdict check={check} hint={hint} />}
      />
      <Button onClick={suggest}>Suggest</Button>
    </div>
  );
}
