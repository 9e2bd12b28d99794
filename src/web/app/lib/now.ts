import { signal } from '@preact/signals';

/** The time, for what is shown as "3 min ago"; moves on every few seconds. */
export const now = signal(Date.now());

setInterval(() => {
  now.value = Date.now();
}, 5_000);
