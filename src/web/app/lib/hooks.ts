import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

import { wasAborted } from '../api/errors';

export interface Loaded<T> {
  value: T | null;
  error: unknown;
  loading: boolean;
  reload: () => void;
}

/** Reads when it is first shown and whenever `key` changes; the old value stays until the new one is there. */
export function useLoaded<T>(key: string, read: (signal: AbortSignal) => Promise<T>): Loaded<T> {
  const [value, setValue] = useState<T | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [loading, setLoading] = useState(true);
  const [turn, setTurn] = useState(0);
  const reader = useRef(read);
  reader.current = read;

  useEffect(() => {
    const abort = new AbortController();
    setLoading(true);
    reader.current(abort.signal).then(
      (answer) => {
        if (abort.signal.aborted) return;
        setValue(answer);
        setError(null);
        setLoading(false);
      },
      (thrown: unknown) => {
        if (abort.signal.aborted || wasAborted(thrown)) return;
        setError(thrown);
        setLoading(false);
      },
    );
    return () => abort.abort();
  }, [key, turn]);

  return { value, error, loading, reload: useCallback(() => setTurn((last) => last + 1), []) };
}

export interface Action<A extends unknown[]> {
  run: (...given: A) => void;
  busy: boolean;
  error: unknown;
  clear: () => void;
}

/** Something that changes the server: one at a time, its failure kept to be shown. */
export function useAction<A extends unknown[]>(act: (...given: A) => Promise<void>): Action<A> {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const running = useRef(false);
  const run = (...given: A): void => {
    if (running.current) return;
    running.current = true;
    setBusy(true);
    setError(null);
    act(...given)
      .catch((thrown: unknown) => setError(thrown))
      .finally(() => {
        running.current = false;
        setBusy(false);
      });
  };
  return { run, busy, error, clear: () => setError(null) };
}

/** The value once it has not changed for a while. */
export function useSettled<T>(value: T, ms: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}

export function useMedia(query: string): boolean {
  const [matches, setMatches] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const list = matchMedia(query);
    const follow = (): void => setMatches(list.matches);
    follow();
    list.addEventListener('change', follow);
    return () => list.removeEventListener('change', follow);
  }, [query]);
  return matches;
}
