import type { ComponentChildren } from 'preact';

import { Icon, type IconName } from './icon';

interface EmptyProps {
  icon?: IconName;
  title: string;
  children?: ComponentChildren;
}

/** There is nothing to show, and that is right. */
export function Empty({ icon = 'check', title, children }: EmptyProps) {
  return (
    <div class="empty">
      <Icon name={icon} />
      <p class="empty-title">{title}</p>
      {children && <div class="muted">{children}</div>}
    </div>
  );
}

/** Holds the place of `lines` lines while they are read. */
export function Skeleton({ lines = 3 }: { lines?: number }) {
  return (
    <div class="skeleton" role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, i) => (
        <span key={i} />
      ))}
    </div>
  );
}
