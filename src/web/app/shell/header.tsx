import { useEffect, useState } from 'preact/hooks';

import { link, state } from '../live/store';
import { href, route } from '../lib/router';
import { setTheme, shownTheme } from '../lib/theme';
import { Icon } from '../ui/icon';

const PAGES = [
  ['', 'Overview'],
  ['services', 'Services'],
  ['conflicts', 'Conflicts'],
  ['history', 'History'],
  ['reservations', 'Reservations'],
  ['backups', 'Backups'],
  ['settings', 'Settings'],
] as const;

function Connection() {
  const now = link.value;
  const { revision } = state.value;
  const words = {
    connecting: 'Connecting',
    live: 'Live',
    waiting: 'Not connected',
  } as const;
  return (
    <a class={`connection ${now.kind}`} href={href('settings')} title={`Revision ${revision}`} data-testid="connection">
      <span class="dot" aria-hidden="true" />
      {words[now.kind]}
    </a>
  );
}

function ThemeButton() {
  const isDark = shownTheme.value === 'dark';
  return (
    <button
      type="button"
      class="button quiet square"
      aria-label={isDark ? 'Light theme' : 'Dark theme'}
      onClick={() => setTheme(isDark ? 'light' : 'dark')}
    >
      <Icon name={isDark ? 'sun' : 'moon'} />
    </button>
  );
}

function Navigation({ open }: { open: boolean }) {
  const { page } = route.value;
  const conflicts = state.value.conflicts.length;
  return (
    <nav id="navigation" class={open ? 'open' : undefined} aria-label="Pages">
      <ul>
        {PAGES.map(([key, name]) => (
          <li key={key}>
            <a href={href(key)} aria-current={page === key ? 'page' : undefined}>
              {name}
              {key === 'conflicts' && conflicts > 0 && (
                <span class="badge">
                  {conflicts}
                  <span class="visually-hidden"> open</span>
                </span>
              )}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

export function Header() {
  const [open, setOpen] = useState(false);
  const { page, item } = route.value;
  useEffect(() => setOpen(false), [page, item]);
  return (
    <header class="top">
      <a class="brand" href={href('')}>
        <svg viewBox="0 0 20 20" width="22" height="22" aria-hidden="true" focusable="false">
          <path d="M1 1h5v5H1zM7.5 1h5v5h-5zM1 7.5h5v5H1zM14 7.5h5v5h-5zM7.5 14h5v5h-5z" />
          <path class="faint" d="M14 1h5v5h-5zM7.5 7.5h5v5h-5zM1 14h5v5H1zM14 14h5v5h-5z" />
        </svg>
        <span>Port Manager</span>
      </a>
      <button
        type="button"
        class="button quiet square menu-button"
        aria-label="Pages"
        aria-expanded={open ? 'true' : 'false'}
        aria-controls="navigation"
        onClick={() => setOpen(!open)}
      >
        <Icon name={open ? 'close' : 'menu'} />
      </button>
      <Navigation open={open} />
      <div class="top-end">
        <Connection />
        <ThemeButton />
      </div>
    </header>
  );
}
