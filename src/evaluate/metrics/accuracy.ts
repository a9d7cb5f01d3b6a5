import { CdsvaeError } from '../../errors.js';
import { checkFinite, checkLabels } from './check.js';

/**
 * The most probable class of each row of `[N, classes]`; of equal ones the first.
 *
 * @throws CdsvaeError `input` when the values do not fill rows, or one is not a finite number
 */
export function mostProbable(probabilities: ArrayLike<number>, classes: number): Int32Array {
  const n = probabilities.length / classes;
  if (!Number.isInteger(n)) {
    throw new CdsvaeError('input', `${probabilities.length} probabilities found; rows of ${classes} are expected`);
  }
  checkFinite('probabilities', probabilities);
  return Int32Array.from({ length: n }, (_, i) => {
    let best = 0;
    for (let k = 1; k < classes; k++)
      if (probabilities[i * classes + k]! > probabilities[i * classes + best]!) best = k;
    return best;
  });
}

/**
 * Share of items whose predictions are all right. One column of labels gives plain accuracy, several the share of items with
 * every label right.
 *
 * @param predicted one array of N classes for each column
 * @param labels likewise; a negative label is unknown, and an item with one takes no part
 * @returns 0 to 1; NaN where no item has all its labels
 * @throws CdsvaeError `input` when the arrays differ in length, or a label is no whole number
 *
 * @example
 * accuracy([[0, 1, 2]], [[0, 1, 1]]); // 2/3
 */
export function accuracy(predicted: readonly ArrayLike<number>[], labels: readonly ArrayLike<number>[]): number {
  const n = labels[0]?.length ?? 0;
  if (predicted.length !== labels.length || [...predicted, ...labels].some((a) => a.length !== n)) {
    const lengths = (arrays: readonly ArrayLike<number>[]) => arrays.map((a) => a.length).join(', ');
    throw new CdsvaeError(
      'input',
      `predictions (${lengths(predicted)}) and labels (${lengths(labels)}) differ in number`,
    );
  }
  for (const column of labels) checkLabels('labels', column);
  let [right, known] = [0, 0];
  for (let i = 0; i < n; i++) {
    if (labels.some((column) => column[i]! < 0)) continue;
    known++;
    if (labels.every((column, c) => column[i] === predicted[c]![i])) right++;
  }
  return known > 0 ? right / known : Number.NaN;
}

/**
 * Accuracy of always guessing the class that is most frequent in `fit`: what a classifier comes to that was fitted there and sees nothing.
 *
 * @param fit labels it was fitted to; negative ones are unknown, of equally frequent classes the first counts
 * @param test labels it is tried on
 * @returns 0 to 1; NaN where either has no known label
 */
export function majority(fit: ArrayLike<number>, test: ArrayLike<number>): number {
  const known = Array.from(fit).filter((label) => label >= 0);
  const counts = new Map<number, number>();
  for (const label of known) counts.set(label, (counts.get(label) ?? 0) + 1);
  const [usual] = [...counts].reduce((best, next) => (next[1] > best[1] ? next : best), [-1, 0]);
  const guesses = new Int32Array(test.length).fill(usual);
  return known.length > 0 ? accuracy([guesses], [test]) : Number.NaN;
}

/** Accuracy of guessing each label by drawing that of any item: Σ_k p_k² over the known labels. NaN where there is none. */
export function chance(labels: ArrayLike<number>): number {
  const counts = new Map<number, number>();
  let known = 0;
  for (let i = 0; i < labels.length; i++) {
    if (labels[i]! < 0) continue;
    known++;
    counts.set(labels[i]!, (counts.get(labels[i]!) ?? 0) + 1);
  }
  return known > 0 ? [...counts.values()].reduce((sum, c) => sum + (c / known) ** 2, 0) : Number.NaN;
}
