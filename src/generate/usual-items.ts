/** The sequences that are taken where none are named. */
import type { Dataset, SplitName } from '../data/dataset.js';

/** What training has not seen comes first. */
const ORDER: readonly SplitName[] = ['test', 'validation', 'train'];

/**
 * Names of the first sequences of a dataset: of its test data, and when those are used up of validation, then of train.
 *
 * @param counts how many sequences each name stands for, at most; a name is left out where nothing is left for it
 *
 * @example
 * usualItems(data, [1, 1]); // ['test:0', 'test:1']
 * usualItems(data, [4]); // ['test:0-3']
 */
export function usualItems(data: Pick<Dataset, 'split'>, counts: readonly number[]): string[] {
  const splits = ORDER.map((name) => ({ name, next: 0, size: data.split(name)?.size ?? 0 }));
  return counts.flatMap((count) => {
    const split = splits.find(({ next, size }) => next < size);
    if (split === undefined) return [];
    const first = split.next;
    split.next = Math.min(split.size, first + count);
    const last = split.next - 1;
    return [last === first ? `${split.name}:${first}` : `${split.name}:${first}-${last}`];
  });
}
