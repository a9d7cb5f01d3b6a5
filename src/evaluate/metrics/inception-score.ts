import { CdsvaeError } from '../../errors.js';

/** What a classifier's probabilities say of a set of sequences. Entropies in nats. */
export interface InceptionScore {
  /** IS = exp(H(y) − H(y|x)), from 1 to the number of classes. */
  readonly score: number;
  /** H(y|x), mean entropy of p(y|x): low when each sequence is clearly of one class. */
  readonly conditional: number;
  /** H(y), entropy of the mean of p(y|x): high when all classes are made. */
  readonly marginal: number;
}

/**
 * The inception score (Salimans et al., "Improved techniques for training GANs", 2016) and its two entropies (§4.2).
 *
 * @param probabilities `[N, classes]`, row-major, each row p(y|x) of a sequence
 * @param classes K
 * @throws CdsvaeError `input` when the values do not fill rows of K, there is no row, or a row is no distribution
 *
 * @example
 * inceptionScore([1, 0, 0, 1], 2); // { score: 2, conditional: 0, marginal: log 2 }
 */
export function inceptionScore(probabilities: ArrayLike<number>, classes: number): InceptionScore {
  const n = probabilities.length / classes;
  if (!(Number.isInteger(n) && n > 0)) {
    throw new CdsvaeError('input', `${probabilities.length} probabilities found; rows of ${classes} are expected`);
  }
  const p = Float64Array.from(probabilities);
  const mean = new Float64Array(classes);
  let conditional = 0;
  for (let i = 0; i < n; i++) {
    const row = p.subarray(i * classes, (i + 1) * classes);
    normalize(row, i);
    for (let k = 0; k < classes; k++) mean[k]! += row[k]! / n;
    conditional += entropy(row) / n;
  }
  const marginal = entropy(mean);
  return { score: Math.exp(marginal - conditional), conditional, marginal };
}

/** Divides away what float32 leaves of a sum of 1, so that rounding cannot make an entropy negative. */
function normalize(row: Float64Array, i: number): void {
  let total = 0;
  for (const v of row) {
    if (!(v >= 0)) throw noDistribution(i, `${v} in it`);
    total += v;
  }
  if (!(Math.abs(total - 1) < 1e-3)) throw noDistribution(i, `a sum of ${total}`);
  for (let k = 0; k < row.length; k++) row[k]! /= total;
}

/** −Σ p log p in nats, where 0 log 0 = 0. @throws CdsvaeError `input` when one is not a number of at least 0 */
export function entropy(p: ArrayLike<number>): number {
  let h = 0;
  for (let k = 0; k < p.length; k++) {
    if (!(p[k]! >= 0)) throw new CdsvaeError('input', `p: ${p[k]} found at place ${k}, probabilities expected`);
    if (p[k]! > 0) h -= p[k]! * Math.log(p[k]!);
  }
  return h;
}

function noDistribution(row: number, found: string): CdsvaeError {
  return new CdsvaeError('input', `row ${row} has ${found}; probabilities from 0 to 1 that add up to 1 are expected`);
}
