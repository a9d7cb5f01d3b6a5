/** The measures on arrays in `.npy` files. */
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
  const { score, conditional, marginal } = inceptionScore(data, classes);
  const found = { score, conditional, marginal };
  if (labels === undefined) return found;
  return { accuracy: accuracy([mostProbable(data, classes)], [readLabels(labels, shape[0]!, factor)]), ...found };
}

/**
 * How well labels can be told from vectors: the equal error rate of "are these two of one class?" by the cosine, over all pairs; and a
 * linear probe, fitted to the vectors at even places and tried on those at odd ones.
 *
 * @param path vectors `[N, d]`, or trajectories `[N, T, d]`, each as one vector
 * @param labels classes `[N]`, or `[N, factors]`
 * @param factor which of several, by name or number; see {@link readLabels}
 * @throws CdsvaeError `input`, `usage`
 */
export function measureVectors(path: string, labels: string, factor?: string): Record<string, number> {
  const { shape, data } = readNumbers(path);
  if (shape.length < 2) throw shapeError(path, shape, '[N, d] or [N, T, d]');
  const y = readLabels(labels, shape[0]!, factor);
  const d = data.length / shape[0]!;
  const half = (rest: number) => ({
    vectors: data.filter((_, i) => Math.floor(i / d) % 2 === rest),
    labels: y.filter((_, i) => i % 2 === rest),
  });
  const [fit, test] = [half(0), half(1)];
  return {
    equalErrorRate: verificationError(data, y),
    linearProbe: linearProbe(fit, test, y.reduce((most, label) => Math.max(most, label), 0) + 1),
    chance: majority(fit.labels, test.labels),
  };
}

/** Equal error rate by scores, whatever their shape. @throws CdsvaeError `input` */
export function measureScores(genuine: string, impostor: string): Record<string, number> {
  return { equalErrorRate: equalErrorRate(readNumbers(genuine).data, readNumbers(impostor).data) };
}
