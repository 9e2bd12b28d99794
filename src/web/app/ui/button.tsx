import type { ComponentChildren } from 'preact';

import { Icon, type IconName } from './icon';

interface Props {
  children: ComponentChildren;
  onClick?: (() => void) | undefined;
  kind?: 'plain' | 'primary' | 'danger' | 'quiet';
  icon?: IconName;
  /** It is at work: it cannot be pressed, and says so. */
  busy?: boolean;
  disabled?: boolean;
  submit?: boolean;
  /** What it is called where its text alone would not tell, as in a row of a table. */
  label?: string;
}

export function Button({ children, onClick, kind = 'plain', icon, busy, disabled, submit, label }: Props) {
  return (
    <button
      type={submit ? 'submit' : 'button'}
      class={`button ${kind}`}
      onClick={busy ? undefined : onClick}
      disabled={disabled ?? false}
      aria-disabled={busy ? 'true' : undefined}
      aria-label={label}
    >
      {busy ? <span class="spinner" aria-hidden="true" /> : icon && <Icon name={icon} />}
      <span>{children}</span>
    </button>
  );
}
