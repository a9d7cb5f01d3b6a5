/** Sequences that are read before anything is written, drawn from all of a split. */
import { type Dataset, type Split, sequenceLength, shownSplit } from '../data/dataset.js';
import { CdsvaeError } from '../errors.js';
import { Random } from '../random.js';
import type { Batch } from '../trained/batch.js';
import { readValues } from '../trained/read-values.js';

/** Values may lie outside of their range by this share of it: it may have been written down with few digits. */
const SLACK = 1e-3;

/**
 * Looks at a few sequences of the training split.
 *
 * @param source where the data are, for the error
 * @returns the mean of each channel or feature
 * @throws CdsvaeError `input` where a value is not finite, or not in the range that the data say they have
 */
export function meanOf(data: Dataset, source: string): Float64Array {
  const split = data.split('train')!;
  const indices = spread(split, Math.min(64, split.size));
  const { shape, data: values } = readValues(data, 'train', indices);
  const channels = shape.at(-1)!;
  const sums = new Float64Array(channels);
  const [low, high] = data.info.range;
  const slack = SLACK * (high - low);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value < low - slack || value > high + slack) {
      const sequence = indices[Math.floor(i / sequenceLength(data.info))];
      throw new CdsvaeError(
        'input',
        `${source}: ${value} found in sequence ${sequence} of train, where dataset.json has "range": [${low}, ${high}]; ` +
          'lowest and highest of all values are expected there',
      );
    }
    sums[i % channels]! += value;
  }
  return sums.map((s) => (s * channels) / values.length);
}

/** Sequences of the test split (or the validation split) to be shown. */
export function shownSequences(data: Dataset, count: number): Batch {
  const split = shownSplit(data);
  return readValues(data, split.name, spread(split, count));
}

/** So many indices, drawn from all of a split: neighbours are often alike, and so are every so many. Always the same ones. */
function spread(split: Split, count: number): number[] {
  if (!Number.isFinite(split.size)) return Array.from({ length: count }, (_, i) => i);
  const order = Random.of(0, 'shown').permutation(split.size);
  return Array.from({ length: count }, (_, i) => order[i % split.size]!);
}
