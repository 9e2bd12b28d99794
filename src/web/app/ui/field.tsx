import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

interface Common {
  label: string;
  hint?: ComponentChildren;
  /** What is wrong with what was entered. */
  error?: string | null | undefined;
  autofocus?: boolean;
  disabled?: boolean;
}

interface FrameProps extends Common {
  id: string;
  children: ComponentChildren;
}

/** Whether there is a line below the field, be it empty: nothing moves when it gets something to say. */
function hasHint({ hint, error }: Common): boolean {
  return hint !== undefined || error !== undefined;
}

function Frame(props: FrameProps) {
  const { id, label, hint, error, children } = props;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children}
      {hasHint(props) && (
        <div id={`${id}-hint`} class={error ? 'hint bad' : 'hint'} aria-live="polite">
          {error ?? hint}
        </div>
      )}
    </div>
  );
}

interface TextProps extends Common {
  value: string;
  onInput: (value: string) => void;
  type?: 'text' | 'password' | 'search';
  placeholder?: string;
  list?: readonly string[];
  numeric?: boolean;
  maxLength?: number;
}

export function TextField(props: TextProps) {
  const id = useId();
  const { value, onInput, type = 'text', placeholder, list, numeric, maxLength, error, autofocus, disabled } = props;
  const input = {
    id,
    value,
    placeholder,
    maxLength,
    disabled: disabled ?? false,
    inputMode: numeric ? ('numeric' as const) : undefined,
    class: numeric ? 'numeric' : undefined,
    autocomplete: 'off' as const,
    spellcheck: false,
    'aria-describedby': hasHint(props) ? `${id}-hint` : undefined,
    'aria-invalid': error ? ('true' as const) : undefined,
    'data-autofocus': autofocus ? '' : undefined,
    onInput: (event: { currentTarget: HTMLInputElement }) => onInput(event.currentTarget.value),
  };
  return (
    <Frame {...props} id={id}>
      {list && <input {...input} type="text" list={`${id}-list`} />}
      {!list && type === 'text' && <input {...input} type="text" />}
      {type === 'search' && <input {...input} type="search" />}
      {type === 'password' && <input {...input} type="password" />}
      {list && (
        <datalist id={`${id}-list`}>
          {list.map((option) => (
            <option key={option} value={option} />
          ))}
        </datalist>
      )}
    </Frame>
  );
}

interface SelectProps extends Common {
  value: string;
  onInput: (value: string) => void;
  options: readonly (readonly [value: string, name: string])[];
}

export function SelectField(props: SelectProps) {
  const id = useId();
  const { value, onInput, options, disabled } = props;
  return (
    <Frame {...props} id={id}>
      <select
        id={id}
        value={value}
        disabled={disabled ?? false}
        aria-describedby={hasHint(props) ? `${id}-hint` : undefined}
        onInput={(event) => onInput(event.currentTarget.value)}
      >
        {options.map(([key, name]) => (
          <option key={key} value={key}>
            {name}
          </option>
        ))}
      </select>
    </Frame>
  );
}

interface CheckProps {
  label: ComponentChildren;
  checked: boolean;
  onInput: (checked: boolean) => void;
  disabled?: boolean;
}

export function CheckField({ label, checked, onInput, disabled }: CheckProps) {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={checked}
        disabled={disabled ?? false}
        onInput={(event) => onInput(event.currentTarget.checked)}
      />
      <span>{label}</span>
    </label>
  );
}

interface ChoiceProps {
  legend: string;
  value: string;
  options: readonly (readonly [value: string, name: string])[];
  onInput: (value: string) => void;
}

/** One of a few, all in sight. */
export function Choice({ legend, value, options, onInput }: ChoiceProps) {
  const name = useId();
  return (
    <fieldset class="choice">
      <legend>{legend}</legend>
      <div>
        {options.map(([key, text]) => (
          <label key={key}>
            <input type="radio" name={name} checked={key === value} onInput={() => onInput(key)} />
            <span>{text}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
