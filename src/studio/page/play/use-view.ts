import { useEffect, useState } from 'preact/hooks';
import { formatRoute, rewriteRoute } from '../route.js';
import { followLink, formatView, parseView, type View } from './view.js';

/** Changes what is seen, from what it is by then. */
export type ChangeView = (change: (before: View) => Partial<View>) => void;

/**
 * What is seen of a model. The address always says it, and a link that is followed is seen.
 *
 * @param query what the address asked for, another object each time that it asks
 */
export function useView(id: string, query: URLSearchParams): readonly [View, ChangeView] {
  const [view, set] = useState(() => parseView(query));
  const [followed, follow] = useState(query);
  if (followed !== query) {
    follow(query);
    set((before) => followLink(before, query));
  }
  // Also where the address asks for nothing new: it may say less than is seen.
  useEffect(() => rewriteRoute(formatRoute('play', [id], formatView(view))), [id, view, query]);
  return [view, (change) => set((before) => ({ ...before, ...change(before) }))];
}
