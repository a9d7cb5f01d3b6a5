import { concat, split, type Tensor } from '../../../graph/index.js';

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

/**
 * The same images cut so that `bytesPerImage` times the images of a chunk is near `target`. Cutting anew copies everything, so
 * chunks are only halved (and so on) where they are more than twice too large, or put together where half as many would do.
 */
export function rechunk(images: Images, bytesPerImage: number, target: number): Images {
  const { chunks, count, size } = images;
  const now = chunks.length;
  const wanted = chunkCount(count, bytesPerImage, target, (k) => k % now === 0 || now % k === 0);
  if (wanted > 2 * now) {
    const parts = wanted / now;
    const rows = chunks[0]!.shape[0]! / parts;
    return { chunks: chunks.flatMap((x) => split(x, 0, new Array<number>(parts).fill(rows))), size, count };
  }
  if (2 * wanted > now) return images;
  const group = now / wanted;
  const groups = Array.from({ length: wanted }, (_, i) => chunks.slice(i * group, (i + 1) * group));
  return { chunks: groups.map((g) => concat(g, 0)), size, count };
}

/**
 * The divisor of `count` nearest (in ratio) to count · bytes / target, of those that `fits` takes. Where count has few divisors, as twice
 * a prime, chunks are far from their best size: a step is right, and slow.
 */
export function chunkCount(
  count: number,
  bytesPerImage: number,
  target: number,
  fits: (chunks: number) => boolean = () => true,
): number {
  const ideal = Math.max(1, (count * bytesPerImage) / target);
  const fitting = Array.from({ length: count }, (_, i) => i + 1).filter((k) => count % k === 0 && fits(k));
  const distance = (k: number) => Math.abs(Math.log(k / ideal));
  return fitting.reduce((best, k) => (distance(k) < distance(best) ? k : best));
}
