import { useEffect, useState } from 'preact/hooks';

/** Where in the page one is: everything that a link says. */
export interface Route {
  /** `runs`, `runs/a,b`, `play/a` */
  readonly page: 'runs' | 'play' | '';
  readonly ids: readonly string[];
  readonly query: URLSearchParams;
}

/** Reads the part of an address after `#`. */
export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#?\/?/, '').split('?');
  const [page = '', ids = ''] = path.split('/');
  return {
    page: page === 'runs' || page === 'play' ? page : '',
    ids: ids.split(',').filter(Boolean).map(decode),
    query: new URLSearchParams(query),
  };
}

/** The part of an address after, and with, `#`. */
export function formatRoute(page: string, ids: readonly string[] = [], query?: URLSearchParams): string {
  const text = query?.toString() ?? '';
  const path = ids.length > 0 ? `${page}/${ids.map(encodeURIComponent).join(',')}` : page;
  return `#/${path}${text ? `?${text}` : ''}`;
}

/** The route that was asked for last, by a link or by going back: a new object each time, even for the same address. */
export function useRoute(): Route {
  const [route, set] = useState(() => parseRoute(location.hash));
  useEffect(() => {
    const changed = () => set(parseRoute(location.hash));
    addEventListener('hashchange', changed);
    return () => removeEventListener('hashchange', changed);
  }, []);
  return route;
}

/** Lets the address say what is seen now, without a step back to what was seen before. `useRoute` is not told. */
export function rewriteRoute(hash: string): void {
  if (location.hash !== hash) history.replaceState(null, '', hash);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
