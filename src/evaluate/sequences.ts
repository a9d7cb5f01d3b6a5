/** Sequences and labels of a dataset as the judges and measures take them. */
import { type DatasetInfo, type Factor, type Split, sequenceLength } from '../data/dataset.js';
import type { Batch } from '../trained/model.js';

/** Values of sequences, `[n, T, …frame]`: raw ones divided. @throws what reading the data throws */
export function readValues(info: DatasetInfo, split: Split, indices: readonly number[]): Batch {
  const size = indices.length * sequenceLength(info);
  const raw = info.dtype === 'uint8' ? new Uint8Array(size) : new Float32Array(size);
  split.read(indices, raw);
  const data = new Float32Array(size);
  for (let i = 0; i < size; i++) data[i] = raw[i]! / info.divisor;
  return { shape: [indices.length, info.frames, ...info.frame], data };
}

/** Labels of sequences, an array for each of these factors, found by name; −1 where unknown. */
export function columns(
  info: DatasetInfo,
  split: Split,
  indices: readonly number[],
  factors: readonly Pick<Factor, 'name'>[],
): Int32Array[] {
  const all = split.labels(indices);
  return factors.map(({ name }) => {
    const column = info.factors.findIndex((f) => f.name === name);
    return Int32Array.from(indices, (_, i) => (column < 0 ? -1 : all[i * info.factors.length + column]!));
  });
}
