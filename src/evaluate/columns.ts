import type { DatasetInfo, Factor, Split } from '../data/dataset.js';

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
