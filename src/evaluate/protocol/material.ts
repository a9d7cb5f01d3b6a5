import type { Dataset, Factor, Split } from '../../data/dataset.js';
import type { Model } from '../../trained/model.js';
import { readValues } from '../../trained/read-values.js';
import { turn } from '../../turn.js';
import { columns } from '../columns.js';

/** Sequences that go through the model at once. */
export const CHUNK = 64;

/** Told after each piece of work how many sequences it was of. What it throws ends the work. */
export type OnSequences = (count: number) => void;

/** Real sequences and what the model's posterior says of them. */
export interface Material {
  readonly data: Dataset;
  readonly split: Split;
  /** Which sequences of the split. */
  readonly indices: readonly number[];
  /** Means and log-variances, row-major: s `[N, d_s]`, z `[N, T·d_m]`. */
  readonly s: Float32Array;
  readonly z: Float32Array;
  readonly sLogvar: Float32Array;
  readonly zLogvar: Float32Array;
  /** Labels of each of the data's factors, N each; −1 unknown. */
  readonly labels: readonly Int32Array[];
}

/** Encodes sequences of a split. */
export async function encodeSplit(
  model: Model,
  data: Dataset,
  split: Split,
  indices: readonly number[],
  onSequences: OnSequences,
): Promise<Material> {
  const n = indices.length;
  const { static: ds, dynamic, frames } = model.config;
  const dz = frames * dynamic;
  const [s, sLogvar] = [new Float32Array(n * ds), new Float32Array(n * ds)];
  const [z, zLogvar] = [new Float32Array(n * dz), new Float32Array(n * dz)];
  for (let start = 0; start < n; start += CHUNK) {
    const some = indices.slice(start, start + CHUNK);
    const encoded = await model.encode(readValues(data, split.name, some));
    s.set(encoded.s.data, start * ds);
    sLogvar.set(encoded.sLogvar.data, start * ds);
    z.set(encoded.z.data, start * dz);
    zLogvar.set(encoded.zLogvar.data, start * dz);
    await turn();
    onSequences(some.length);
  }
  const labels = columns(data.info, split, indices, data.info.factors);
  return { data, split, indices, s, z, sLogvar, zLogvar, labels };
}

/** Labels of a factor, found by name; all unknown where the data has none of it. */
export function labelsOf({ data, labels, indices }: Material, { name }: Pick<Factor, 'name'>): Int32Array {
  const column = data.info.factors.findIndex((f) => f.name === name);
  return labels[column] ?? new Int32Array(indices.length).fill(-1);
}
