import { useEffect, useRef, useState } from 'preact/hooks';

import type { PageOf } from '../api/types';
import { Button } from './button';

export interface Pages<T> {
  rows: T[];
  error: unknown;
  loading: boolean;
  hasMore: boolean;
  more: () => void;
  reload: () => void;
}

/** Rows read page by page with a cursor; begins anew when `key` changes. */
export function usePages<T>(key: string, read: (cursor: number | null) => Promise<PageOf<T>>): Pages<T> {
  const [rows, setRows] = useState<T[]>([]);
  const [next, setNext] = useState<number | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [loading, setLoading] = useState(true);
  const [turn, setTurn] = useState(0);
  const question = useRef(0);

  const load = (cursor: number | null): void => {
    const asked = ++question.current;
    setLoading(true);
    setError(null);
    read(cursor).then(
      (page) => {
        if (asked !== question.current) return;
        setRows((known) => (cursor === null ? page.rows : [...known, ...page.rows]));
        setNext(page.next);
        setLoading(false);
      },
      (thrown: unknown) => {
        if (asked !== question.current) return;
        setError(thrown);
        setLoading(false);
      },
    );
  };
  useEffect(() => load(null), [key, turn]);

  return {
    rows,
    error,
    loading,
    hasMore: next !== null,
    more: () => load(next),
    reload: () => setTurn((past) => past + 1),
  };
}

export function LoadMore<T>({ pages }: { pages: Pages<T> }) {
  if (!pages.hasMore) return null;
  return (
    <div class="load-more">
      <Button onClick={pages.more} busy={pages.loading}>
        Load older ones
      </Button>
    </div>
  );
}
