// The address of a page is in the fragment, so the server knows one page only and reload works.

import { signal } from '@preact/signals';

export interface Route {
  /** "services", "ports"; the overview is "". */
  page: string;
  /** "passport" of #/services/passport, or "". */
  item: string;
  query: ReadonlyMap<string, string>;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function parseRoute(hash: string): Route {
  const [path = '', search = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const [page = '', item = ''] = path.split('/', 2).map(decoded);
  return { page, item, query: new Map(new URLSearchParams(search)) };
}

export function href(page: string, item?: string | number, query: Record<string, string> = {}): string {
  const path = item === undefined ? page : `${page}/${encodeURIComponent(item)}`;
  const search = new URLSearchParams(query).toString();
  return `#/${path}${search ? `?${search}` : ''}`;
}

export const route = signal(parseRoute(''));

export function go(address: string): void {
  location.hash = address;
}

/** Changes the address without an entry in the browser's history, as for a filter that is typed. */
export function replaceAddress(address: string): void {
  history.replaceState(null, '', address);
  route.value = parseRoute(address);
}

export function startRouter(): void {
  const follow = (): void => {
    if (location.hash === '' || location.hash.startsWith('#/')) route.value = parseRoute(location.hash);
  };
  addEventListener('hashchange', follow);
  follow();
}
