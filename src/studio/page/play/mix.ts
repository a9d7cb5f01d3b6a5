import type { Batch } from '../../../browser.js';

/** A place between two or four clips: across, and down where there are more than two. From 0 to 1. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

/** Shares of the clips A, B, C, D at the corners top left, top right, bottom left, bottom right. Of three, C has the whole bottom. */
export function shares({ x, y }: Place, count: number): number[] {
  if (count <= 1) return [1];
  if (count === 2) return [1 - x, x];
  if (count === 3) return [(1 - x) * (1 - y), x * (1 - y), y];
  return [(1 - x) * (1 - y), x * (1 - y), (1 - x) * y, x * y];
}

/** The weighted sum of batches of one shape. */
export function mix(parts: readonly Batch[], weights: readonly number[]): Batch {
  const data = new Float32Array(parts[0]!.data.length);
  parts.forEach((part, k) => {
    const weight = weights[k] ?? 0;
    if (weight !== 0) for (let i = 0; i < data.length; i++) data[i]! += weight * part.data[i]!;
  });
  return { shape: parts[0]!.shape, data };
}
