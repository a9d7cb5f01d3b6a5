import { concat, type Graph, split, type Tensor } from '../../../graph/index.js';

/**
 * A batch of images as rows of pixels (row (n·H + y)·W + x, one column a channel), cut into chunks of whole images.
 *
 * Elementwise work is bound by memory: on a chunk that fits the cache, an operation reads what the one before it wrote
 * without going to memory for it. All chunks have the same number of images, so they share every index table.
 */
export interface Images {
  /** Each `[images per chunk · H · W, C]`. */
  readonly chunks: readonly Tensor[];
  /** H = W. */
  readonly size: number;
  /** N, over all chunks. */
  readonly count: number;
}

/** Images in one chunk. */
export function perChunk({ chunks, count }: Images): number {
  return count / chunks.length;
}

/** The same images cut so that `bytesPerImage` times the images of a chunk is near `target`. */
export function rechunk(images: Images, bytesPerImage: number, target: number): Images {
  const { chunks, count, size } = images;
  const wanted = chunkCount(count, bytesPerImage, target);
  if (wanted === chunks.length) return images;
  const whole = concat(chunks, 0);
  return { chunks: split(whole, 0, new Array<number>(wanted).fill(whole.shape[0]! / wanted)), size, count };
}

/** The divisor of `count` nearest (in ratio) to count · bytes / target. */
export function chunkCount(count: number, bytesPerImage: number, target: number): number {
  const ideal = Math.max(1, (count * bytesPerImage) / target);
  let best = 1;
  for (let k = 1; k <= count; k++) {
    if (count % k === 0 && Math.abs(Math.log(k / ideal)) < Math.abs(Math.log(best / ideal))) best = k;
  }
  return best;
}

const tables = new WeakMap<Graph, Map<string, readonly Tensor[]>>();

/** Index tables of a graph, made once and shared by all that ask for them by the same key. */
export function sharedTables(graph: Graph, key: string, make: () => readonly Int32Array[]): readonly Tensor[] {
  const known = tables.get(graph) ?? new Map<string, readonly Tensor[]>();
  tables.set(graph, known);
  const made = known.get(key) ?? make().map((t) => graph.constant(t, [t.length], 'int32'));
  known.set(key, made);
  return made;
}
