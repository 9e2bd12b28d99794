import { signal } from '@preact/signals';

import { store, stored } from './session';

export type Theme = 'system' | 'light' | 'dark';

const KEY = 'portmanager.theme';
const prefersDark = matchMedia('(prefers-color-scheme: dark)');

function remembered(): Theme {
  const value = stored('local', KEY);
  return value === 'light' || value === 'dark' ? value : 'system';
}

function shownFor(chosen: Theme): 'light' | 'dark' {
  if (chosen !== 'system') return chosen;
  return prefersDark.matches ? 'dark' : 'light';
}

export const theme = signal<Theme>(remembered());
/** What is on the screen now. */
export const shownTheme = signal<'light' | 'dark'>(shownFor(theme.value));

function show(): void {
  shownTheme.value = shownFor(theme.value);
  document.documentElement.dataset.theme = shownTheme.value;
}

export function setTheme(chosen: Theme): void {
  theme.value = chosen;
  store('local', KEY, chosen === 'system' ? '' : chosen);
  show();
}

prefersDark.addEventListener('change', show);
show();
