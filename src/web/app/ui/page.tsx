import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

interface Props {
  title: string;
  intro?: ComponentChildren;
  actions?: ComponentChildren;
  children: ComponentChildren;
}

let isFirst = true;

/** A page's frame. Its heading takes the focus when the page is come to, so that it is read out. */
export function Page({ title, intro, actions, children }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  // Together with the page's appearance: later it would take the focus from whoever was quicker.
  useLayoutEffect(() => {
    document.title = `${title} · Port Manager`;
    if (!isFirst) heading.current?.focus({ preventScroll: true });
    if (!isFirst) scrollTo(0, 0);
    isFirst = false;
  }, [title]);
  return (
    <>
      <div class="page-head">
        <div>
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {intro && <p class="muted">{intro}</p>}
        </div>
        {actions && <div class="actions">{actions}</div>}
      </div>
      {children}
    </>
  );
}

interface CardProps {
  title?: string;
  aside?: ComponentChildren;
  children: ComponentChildren;
  class?: string;
}

export function Card({ title, aside, children, class: name }: CardProps) {
  return (
    <section class={name ? `card ${name}` : 'card'} aria-label={title}>
      {title && (
        <header class="card-head">
          <h2>{title}</h2>
          {aside}
        </header>
      )}
      {children}
    </section>
  );
}
