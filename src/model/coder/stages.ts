import { CdsvaeError } from '../../errors.js';
import type { CoderConfig } from '../config.js';

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

/**
 * Channels of the decoder's map before stage k, of as many pixels as the encoder's after it: as many as that has, and of the finest, k = 1,
 * `detail` times as many.
 *
 * A pixel's colour is a product, of which part of the picture is there (z) and what colour that has (s). Of so much less than its
 * channels can hold the decoder's last convolution, which is linear, makes a compromise: with the paper's 1 the colours of small parts
 * come out too near to those of others.
 */
export function decoderChannels({ width, detail = 1 }: Pick<CoderConfig, 'width' | 'detail'>, k: number): number {
  return stageChannels(width, k) * (k === 1 ? detail : 1);
}
