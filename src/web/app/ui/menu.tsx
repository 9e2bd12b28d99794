import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';

import { Icon } from './icon';

export interface MenuItem {
  name: string;
  onPick: () => void;
  danger?: boolean;
}

/** What is left free between the list and the edge of the window, in px. */
const EDGE = 8;

interface Props {
  label: string;
  items: readonly MenuItem[];
}

/** A button that opens a list of things to do (the menu button pattern of WAI-ARIA). */
export function Menu({ label, items }: Props) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLSpanElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const id = useId();

  const entries = (): HTMLElement[] => [...(box.current?.querySelectorAll<HTMLElement>('[role=menuitem]') ?? [])];
  const close = (): void => {
    setOpen(false);
    button.current?.focus();
  };
  useLayoutEffect(() => {
    if (!open) return;
    const shown = list.current;
    const left = shown?.getBoundingClientRect().left ?? EDGE;
    // It ends where its button does, unless that leaves no room on the left.
    if (shown && left < EDGE) shown.style.right = `${left - EDGE}px`;
    entries()[0]?.focus();
    const onOutside = (event: Event): void => {
      if (event.target instanceof Node && !box.current?.contains(event.target)) setOpen(false);
    };
    document.addEventListener('mousedown', onOutside);
    return () => document.removeEventListener('mousedown', onOutside);
  }, [open]);

  const onKeyDown = (event: KeyboardEvent): void => {
    const all = entries();
    const at = all.findIndex((entry) => entry === document.activeElement);
    const steps: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 };
    const target = steps[event.key];
    if (event.key === 'Escape') close();
    else if (event.key === 'Tab') setOpen(false);
    else if (target !== undefined) all[(target + all.length) % all.length]?.focus();
    if (event.key === 'Escape' || target !== undefined) event.preventDefault();
  };
  const pick = (item: MenuItem): void => {
    close();
    item.onPick();
  };
  return (
    <span ref={box} class="menu">
      <button
        ref={button}
        type="button"
        class="button quiet square"
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={open ? 'true' : 'false'}
        aria-controls={open ? id : undefined}
        onClick={() => setOpen(!open)}
      >
        <Icon name="dots" />
      </button>
      {open && (
        <ul ref={list} id={id} role="menu" aria-label={label} onKeyDown={onKeyDown}>
          {items.map((item) => (
            <li key={item.name} role="none">
              <button
                type="button"
                role="menuitem"
                tabIndex={-1}
                class={item.danger ? 'danger' : undefined}
                onClick={() => pick(item)}
              >
                {item.name}
              </button>
            </li>
          ))}
        </ul>
      )}
    </span>
  );
}
