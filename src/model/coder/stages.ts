import { CdsvaeError } from '../../errors.js';

/** Stride-2 convolutions between frames of `size` pixels and the 4×4 map that the last layer reads. */
export function stages(size: number): number {
  const n = Math.log2(size / 4);
  if (!Number.isInteger(n) || n < 1 || n > 6) {
    throw new CdsvaeError('usage', `frames of ${size}×${size} pixels; their side must be 8, 16, 32, 64, 128 or 256`);
  }
  return n;
}

/** Channels after stride-2 stage k = 1 … n: width · min(2^(k−1), 8). */
export function stageChannels(width: number, k: number): number {
  return width * Math.min(2 ** (k - 1), 8);
}
