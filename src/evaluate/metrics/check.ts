/** What measures refuse: numbers of a broken model would otherwise come out as plausible ones. */
import { CdsvaeError } from '../../errors.js';

/** @throws CdsvaeError `input`: a value that is not a finite number */
export function checkFinite(name: string, values: ArrayLike<number>): void {
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) {
      throw new CdsvaeError('input', `${name}: ${values[i]} found at place ${i}, finite numbers expected`);
    }
  }
}

/** @throws CdsvaeError `input`: a label that is no whole number below `classes`; negative ones are unknown and may be */
export function checkLabels(name: string, labels: ArrayLike<number>, classes = Number.POSITIVE_INFINITY): void {
  for (let i = 0; i < labels.length; i++) {
    if (Number.isInteger(labels[i]) && labels[i]! < classes) continue;
    const most = Number.isFinite(classes) ? `, at most ${classes - 1},` : '';
    throw new CdsvaeError('input', `${name}: ${labels[i]} found at place ${i}, whole numbers${most} expected`);
  }
}
