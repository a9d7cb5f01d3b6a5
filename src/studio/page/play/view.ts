import type { Embedding } from '../workers/tools-calls.js';
import type { ClipRef } from './clips.js';
import type { Place } from './mix.js';

/** What is seen of a model, as far as a link can say it. */
export interface View {
  readonly clips: readonly ClipRef[];
  readonly content: Place;
  readonly motion: Place;
  /** Of the samples. */
  readonly seed: number;
  readonly method: Embedding;
  /** The label by which the map is coloured; undefined: the first that stays. */
  readonly factor: number | undefined;
}

/** Reads a link; whatever it does not say, or says wrongly, is as at first. */
export function parseView(query: URLSearchParams): View {
  const clips = (query.get('clips') ?? '').split('-').map((t) => (/^\d{1,9}$/.test(t) ? Number(t) : undefined));
  const known = clips.filter((c) => c !== undefined);
  return {
    clips: known.length >= 2 ? known.slice(0, 4) : [0, 1],
    content: place(query.get('content'), { x: 0.5, y: 0 }),
    motion: place(query.get('motion'), { x: 0, y: 0 }),
    seed: number(query.get('seed'), 0, 1e9, 0),
    method: query.get('map') === 'umap' ? 'umap' : 'pca',
    factor: number(query.get('colour'), 0, 99, undefined),
  };
}

/**
 * What is seen once a link is followed from a page that shows the model already. One that says nothing, as that in the head of the
 * page, leaves everything; one that names no clips, as there were dropped ones among them, leaves those in hand.
 */
export function followLink(before: View, query: URLSearchParams): View {
  if (query.toString() === '') return before;
  const asked = parseView(query);
  return query.has('clips') ? asked : { ...asked, clips: before.clips };
}

/** A link to what is seen. Clips that were dropped are in nobody's hands but here, and so not in it. */
export function formatView(view: View): URLSearchParams {
  const query = new URLSearchParams();
  const clips = view.clips.filter((c) => typeof c === 'number');
  if (clips.length === view.clips.length) query.set('clips', clips.join('-'));
  query.set('content', `${view.content.x}_${view.content.y}`);
  query.set('motion', `${view.motion.x}_${view.motion.y}`);
  if (view.seed !== 0) query.set('seed', String(view.seed));
  if (view.method !== 'pca') query.set('map', view.method);
  if (view.factor !== undefined) query.set('colour', String(view.factor));
  return query;
}

function place(text: string | null, usual: Place): Place {
  const [x, y] = (text ?? '').split('_').map(Number);
  const good = (v: number | undefined): v is number => v !== undefined && v >= 0 && v <= 1;
  return text && good(x) && good(y) ? { x, y } : usual;
}

function number<Usual>(text: string | null, least: number, most: number, usual: Usual): number | Usual {
  const n = Number(text);
  return text !== null && Number.isInteger(n) && n >= least && n <= most ? n : usual;
}
