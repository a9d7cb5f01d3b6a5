import { type Dataset, type SplitName, sequenceLength, splitOf } from '../data/dataset.js';
import { CdsvaeError } from '../errors.js';
import type { Batch } from './batch.js';

/** Values of a typed array. */
const LONGEST = 2 ** 32 - 1;

/**
 * Sequences of a dataset as values that a model takes: raw ones divided by the divisor of the data.
 *
 * @param split `train`, `validation` or `test`
 * @param indices which sequences of it, in any order, repeats allowed
 * @returns `[n, T, …frame]`
 * @throws CdsvaeError `usage`: no such split, an index out of range, or too many; `input`: a damaged file
 *
 * @example
 * const { s, z } = await model.encode(readValues(openDataset('data/sprites'), 'test', [0, 1]));
 */
export function readValues(data: Dataset, split: SplitName, indices: readonly number[]): Batch {
  const { info } = data;
  if (!Array.isArray(indices)) throw new CdsvaeError('usage', `indices is ${indices}; an array of numbers is expected`);
  const size = indices.length * sequenceLength(info);
  if (size > LONGEST) {
    throw new CdsvaeError(
      'usage',
      `${indices.length} sequences of "${info.name}" are more than an array holds; take some at a time`,
    );
  }
  const raw = info.dtype === 'uint8' ? new Uint8Array(size) : new Float32Array(size);
  splitOf(data, split).read(indices, raw);
  const values = new Float32Array(size);
  for (let i = 0; i < size; i++) values[i] = raw[i]! / info.divisor;
  return { shape: [indices.length, info.frames, ...info.frame], data: values };
}
