import { useEffect, useState } from 'preact/hooks';

import { api } from '../../api/client';
import type { Availability } from '../../api/types';
import { messageOf, wasAborted } from '../../api/errors';
import { state } from '../../live/store';
import { takenText } from '../../lib/words';

export type PortCheck =
  | { kind: 'empty' }
  | { kind: 'invalid'; text: string }
  | { kind: 'checking' }
  | { kind: 'free'; text: string }
  | { kind: 'taken'; text: string }
  | { kind: 'failed'; text: string };

const SETTLE_MS = 250;
export const LOWEST = 1_024;
export const HIGHEST = 65_535;

/** The number that was typed, or null. */
export function portFrom(text: string): number | null {
  const port = /^\s*\d{1,5}\s*$/.test(text) ? Number(text) : NaN;
  return port >= LOWEST && port <= HIGHEST ? port : null;
}

/** The availability's own reason ends with a request to send, so the port itself is asked about. */
async function whyTaken({ port, reason }: Availability, signal: AbortSignal): Promise<string> {
  const text = await api.port(port, signal).then(
    (detail) => takenText(detail, state.value.statistics?.port_range ?? null),
    (thrown: unknown) => {
      if (wasAborted(thrown)) throw thrown;
      return null;
    },
  );
  return text ?? reason ?? `Port ${port} is not free.`;
}

async function checked(port: number, signal: AbortSignal): Promise<PortCheck> {
  const answer = await api.available(port, signal);
  if (!answer.available) return { kind: 'taken', text: await whyTaken(answer, signal) };
  return { kind: 'free', text: `Port ${port} is free. ${answer.note ?? ''}`.trim() };
}

/** Whether a port that is being typed is free: asked when the typing pauses. */
export function useAvailability(text: string): PortCheck {
  const [check, setCheck] = useState<PortCheck>({ kind: 'empty' });
  useEffect(() => {
    if (text.trim() === '') {
      setCheck({ kind: 'empty' });
      return;
    }
    const port = portFrom(text);
    if (port === null) {
      setCheck({ kind: 'invalid', text: `A port is a whole number from ${LOWEST} to ${HIGHEST}.` });
      return;
    }
    setCheck({ kind: 'checking' });
    const abort = new AbortController();
    const ask = (): void => {
      checked(port, abort.signal).then(setCheck, (thrown: unknown) => {
        if (!wasAborted(thrown)) setCheck({ kind: 'failed', text: messageOf(thrown) });
      });
    };
    const timer = setTimeout(ask, SETTLE_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [text]);
  return check;
}
