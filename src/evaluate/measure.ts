/** The measures on arrays in `.npy` files. */
import { CdsvaeError } from '../errors.js';
import { NpyFile } from '../formats/npy-file.js';
import {
  accuracy,
  chance,
  equalErrorRate,
  inceptionScore,
  linearProbe,
  mostProbable,
  verificationError,
} from './metrics/index.js';

/**
 * Inception score and entropies of predictions, and their accuracy where labels are given.
 *
 * @param path probabilities `[N, classes]`
 * @param labels classes `[N]`
 * @throws CdsvaeError `input`
 */
export function measureProbabilities(path: string, labels?: string): Record<string, number> {
  const { shape, data } = readNumbers(path);
  if (shape.length !== 2) throw shapeError(path, shape, '[N, classes]');
  const classes = shape[1]!;
  const { score, conditional, marginal } = inceptionScore(data, classes);
  const found = { score, conditional, marginal };
  if (labels === undefined) return found;
  return { accuracy: accuracy([mostProbable(data, classes)], [readLabels(labels, shape[0]!)]), ...found };
}

/**
 * How well labels can be told from vectors: the equal error rate of "are these two of one class?" by the cosine, over all pairs; and a
 * linear probe, fitted to the vectors at even places and tried on those at odd ones.
 *
 * @param path vectors `[N, d]`, or trajectories `[N, T, d]`, each as one vector
 * @param labels classes `[N]`
 * @throws CdsvaeError `input`
 */
export function measureVectors(path: string, labels: string): Record<string, number> {
  const { shape, data } = readNumbers(path);
  if (shape.length < 2) throw shapeError(path, shape, '[N, d] or [N, T, d]');
  const y = readLabels(labels, shape[0]!);
  const d = data.length / shape[0]!;
  const half = (rest: number) => ({
    vectors: data.filter((_, i) => Math.floor(i / d) % 2 === rest),
    labels: y.filter((_, i) => i % 2 === rest),
  });
  return {
    equalErrorRate: verificationError(data, y),
    linearProbe: linearProbe(half(0), half(1), y.reduce((most, label) => Math.max(most, label), 0) + 1),
    chance: chance(y),
  };
}

/** Equal error rate by scores, whatever their shape. @throws CdsvaeError `input` */
export function measureScores(genuine: string, impostor: string): Record<string, number> {
  return { equalErrorRate: equalErrorRate(readNumbers(genuine).data, readNumbers(impostor).data) };
}

function readNumbers(path: string): { readonly shape: readonly number[]; readonly data: Float64Array } {
  const file = new NpyFile(path);
  try {
    return { shape: file.header.shape, data: Float64Array.from(file.readAll() as ArrayLike<number>, Number) };
  } finally {
    file.close();
  }
}

function readLabels(path: string, count: number): Int32Array {
  const { shape, data } = readNumbers(path);
  if (data.length !== count) throw shapeError(path, shape, `labels of ${count} rows`);
  const bad = data.findIndex((v) => !Number.isInteger(v));
  if (bad >= 0) throw new CdsvaeError('input', `${path}: label ${bad} is ${data[bad]}; whole numbers are expected`);
  return Int32Array.from(data);
}

function shapeError(path: string, shape: readonly number[], expected: string): CdsvaeError {
  return new CdsvaeError('input', `${path}: shape [${shape}] found, ${expected} expected`);
}
