/** The measures on arrays in `.npy` files. */
import { CdsvaeError } from '../errors.js';
import { Random } from '../random.js';
import { readLabels } from './label-file.js';
import {
  accuracy,
  equalErrorRate,
  inceptionScore,
  linearProbe,
  majority,
  mostProbable,
  verificationError,
} from './metrics/index.js';
import { readNumbers, shapeError } from './number-file.js';

/**
 * Inception score and entropies of predictions, and their accuracy where labels are given.
 *
 * @param path probabilities `[N, classes]`
 * @param labels classes `[N]`, or `[N, factors]`
 * @param factor which of several, by name or number; see {@link readLabels}
 * @throws CdsvaeError `input`, `usage`
 */
export function measureProbabilities(path: string, labels?: string, factor?: string): Record<string, number> {
  const { shape, data } = readNumbers(path);
  if (shape.length !== 2) throw shapeError(path, shape, '[N, classes]');
  const classes = shape[1]!;
  const { score, conditional, marginal } = named(path, () => inceptionScore(data, classes));
  const found = { score, conditional, marginal };
  if (labels === undefined) return found;
  const y = readLabels(labels, shape[0]!, factor);
  const bad = y.findIndex((label) => label >= classes);
  if (bad >= 0) {
    throw new CdsvaeError(
      'input',
      `${labels}: label ${bad} is ${y[bad]}; ${path} has probabilities of ${classes} classes, from 0`,
    );
  }
  if (y.every((label) => label < 0)) {
    throw new CdsvaeError('input', `${labels}: no label is known; one of 0 or more is expected to compare with`);
  }
  return { accuracy: accuracy([mostProbable(data, classes)], [y]), ...found };
}

/**
 * How well labels can be told from vectors: the equal error rate of "are these two of one class?" by the cosine, over all pairs; and a
 * linear probe, fitted to half of the vectors and tried on the other, drawn once and for all.
 *
 * @param path vectors `[N, d]`, or trajectories `[N, T, d]`, each as one vector
 * @param labels classes `[N]`, or `[N, factors]`
 * @param factor which of several, by name or number; see {@link readLabels}
 * @throws CdsvaeError `input`, `usage`
 */
export async function measureVectors(path: string, labels: string, factor?: string): Promise<Record<string, number>> {
  const { shape, data } = readNumbers(path);
  if (shape.length < 2) throw shapeError(path, shape, '[N, d] or [N, T, d]');
  const count = shape[0]!;
  const y = numbered(readLabels(labels, count, factor));
  const classes = y.reduce((most, label) => Math.max(most, label + 1), 0);
  if (classes < 2) {
    const what = classes === 0 ? 'no label is known' : 'all known labels are of one class';
    throw new CdsvaeError('input', `${labels}: ${what}; two classes are expected, to be told apart`);
  }
  const d = data.length / count;
  const order = Random.of(0, 'halves').permutation(count);
  const half = (rows: Int32Array) => ({
    vectors: Float64Array.from({ length: rows.length * d }, (_, i) => data[rows[Math.floor(i / d)]! * d + (i % d)]!),
    labels: rows.map((row) => y[row]!),
  });
  const middle = Math.ceil(count / 2);
  const [fit, test] = [half(order.slice(0, middle)), half(order.slice(middle))];
  return {
    equalErrorRate: named(path, () => verificationError(data, y)),
    linearProbe: await linearProbe(fit, test, classes),
    chance: majority(fit.labels, test.labels),
  };
}

/** Classes by numbers from 0 in the order of their labels, whatever numbers these are; −1 where unknown. */
function numbered(labels: Float64Array): Int32Array {
  const places = new Map(
    [...new Set(labels)]
      .filter((v) => v >= 0)
      .sort((a, b) => a - b)
      .map((v, k) => [v, k]),
  );
  return Int32Array.from(labels, (v) => places.get(v) ?? -1);
}

/** Equal error rate by scores, whatever their shape. @throws CdsvaeError `input` */
export function measureScores(genuine: string, impostor: string): Record<string, number> {
  const [accepted, rejected] = [readNumbers(genuine).data, readNumbers(impostor).data];
  return { equalErrorRate: named(`${genuine}, ${impostor}`, () => equalErrorRate(accepted, rejected)) };
}

/** Names the file of numbers that a measure refuses. */
function named<R>(files: string, measure: () => R): R {
  try {
    return measure();
  } catch (error) {
    if (!(error instanceof CdsvaeError)) throw error;
    throw new CdsvaeError(error.code, `${files}: ${error.message}`, { cause: error });
  }
}
