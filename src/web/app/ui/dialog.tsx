import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';

import { Icon } from './icon';

interface Props {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  /** Buttons, the one that does it last. */
  actions?: ComponentChildren;
  /** Something is under way that closing would leave alone: it asks for a deliberate press. */
  busy?: boolean;
  wide?: boolean;
  onSubmit?: (() => void) | undefined;
}

/** The browser's own modal dialog: it keeps the focus inside, and gives it back when it closes. */
export function Dialog({ title, onClose, children, actions, busy, wide, onSubmit }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();

  useLayoutEffect(() => {
    const shown = dialog.current;
    const opener = document.activeElement;
    shown?.showModal();
    // Where there is nothing to fill in, the button that changes nothing.
    const first = shown?.querySelector<HTMLElement>('[data-autofocus], footer button');
    first?.focus();
    return () => {
      shown?.close();
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, []);

  const onCancel = (event: Event): void => {
    event.preventDefault();
    if (!busy) onClose();
  };
  const onBackdrop = (event: MouseEvent): void => {
    if (event.target === dialog.current && !busy) onClose();
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    if (!busy) onSubmit?.();
  };

  return (
    <dialog
      ref={dialog}
      class={wide ? 'dialog wide' : 'dialog'}
      aria-labelledby={titleId}
      onCancel={onCancel}
      onMouseDown={onBackdrop}
    >
      <form onSubmit={submit} noValidate>
        <header>
          <h2 id={titleId}>{title}</h2>
          <button type="button" class="button quiet square" aria-label="Close" onClick={onClose}>
            <Icon name="close" />
          </button>
        </header>
        <div class="dialog-body">{children}</div>
        {actions && <footer>{actions}</footer>}
      </form>
    </dialog>
  );
}
