// Who works with this page. The token ends with the tab; the name stays in this browser.

import { signal } from '@preact/signals';

const TOKEN = 'portmanager.token';
const ACTOR = 'portmanager.actor';
const DEFAULT_ACTOR = 'dashboard';

/** Storage can be forbidden by the browser: then nothing is kept. */
export function stored(storage: 'local' | 'session', key: string): string {
  try {
    return (storage === 'local' ? localStorage : sessionStorage).getItem(key) ?? '';
  } catch {
    return '';
  }
}

export function store(storage: 'local' | 'session', key: string, value: string): void {
  try {
    const place = storage === 'local' ? localStorage : sessionStorage;
    if (value) place.setItem(key, value);
    else place.removeItem(key);
  } catch {
    // As with stored(): it holds for this page alone.
  }
}

export const token = signal(stored('session', TOKEN));
export const actor = signal(stored('local', ACTOR) || DEFAULT_ACTOR);

export function setToken(value: string): void {
  token.value = value.trim();
  store('session', TOKEN, token.value);
}

/** What the history can record: printable ASCII, at most 128 characters. */
export function isActor(name: string): boolean {
  return /^[ -~]{1,128}$/.test(name);
}

export function setActor(name: string): void {
  actor.value = isActor(name) ? name : DEFAULT_ACTOR;
  store('local', ACTOR, actor.value);
}
