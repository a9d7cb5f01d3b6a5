import { CdsvaeError } from '../../errors.js';
import { accuracy } from './accuracy.js';
import { checkFinite, checkLabels } from './check.js';
import { classify, type LogisticRegressionOptions, logisticRegression } from './logistic-regression.js';

/** Vectors with a label each. */
export interface Labelled {
  /** `[N, d]`, row-major. */
  readonly vectors: ArrayLike<number>;
  /** N classes; a negative one is unknown, and its vector takes no part. */
  readonly labels: ArrayLike<number>;
}

/**
 * How well a linear map reads a label off vectors: the accuracy on `test` of multinomial logistic regression fitted to `train`,
 * each dimension brought to mean 0 and standard deviation 1 on `train`. What the labels have in common with the vectors only in
 * a roundabout way it does not see.
 *
 * @returns 0 to 1; NaN where `train` or `test` has no known label
 * @throws CdsvaeError `input`: values that are not finite or do not fill rows, rows of test longer or shorter than those of train, or a label that is none of the classes
 */
export async function linearProbe(
  train: Labelled,
  test: Labelled,
  classes: number,
  options: Pick<LogisticRegressionOptions, 'onIteration'> = {},
): Promise<number> {
  const [fit, judged] = [known('train', train, classes), known('test', test, classes)];
  if (fit.labels.length === 0 || judged.labels.length === 0) return Number.NaN;
  const [d, found] = [fit, judged].map(({ vectors, labels }) => vectors.length / labels.length);
  if (d !== found) {
    throw new CdsvaeError(
      'input',
      `vectors of test have ${found} dimensions, those of train ${d}; as many are expected`,
    );
  }
  const scale = standardizer(fit.vectors, fit.labels.length);
  const classifier = await logisticRegression(scale(fit.vectors), fit.labels, classes, options);
  return accuracy([classify(classifier, scale(judged.vectors))], [judged.labels]);
}

function known(
  name: string,
  { vectors, labels }: Labelled,
  classes: number,
): { vectors: Float64Array; labels: Int32Array } {
  checkFinite(`vectors of ${name}`, vectors);
  checkLabels(`labels of ${name}`, labels, classes);
  const d = labels.length > 0 ? vectors.length / labels.length : 0;
  if (!Number.isInteger(d)) {
    throw new CdsvaeError(
      'input',
      `${name}: ${vectors.length} values found for ${labels.length} labels; as many rows as labels are expected`,
    );
  }
  const rows = Array.from({ length: labels.length }, (_, i) => i).filter((i) => labels[i]! >= 0);
  const out = new Float64Array(rows.length * d);
  rows.forEach((row, i) => {
    for (let k = 0; k < d; k++) out[i * d + k] = vectors[row * d + k]!;
  });
  return { vectors: out, labels: Int32Array.from(rows, (row) => labels[row]!) };
}

/** What brings each of the dimensions of x `[n, d]` to mean 0 and deviation 1; one that never varies becomes 0. */
function standardizer(x: Float64Array, n: number): (values: Float64Array) => Float64Array {
  const d = x.length / n;
  const mean = new Float64Array(d);
  const deviation = new Float64Array(d);
  for (let i = 0; i < x.length; i++) mean[i % d]! += x[i]! / n;
  for (let i = 0; i < x.length; i++) deviation[i % d]! += (x[i]! - mean[i % d]!) ** 2 / n;
  const factor = deviation.map((v) => (v > 1e-12 ? 1 / Math.sqrt(v) : 0));
  return (values) => values.map((v, i) => (v - mean[i % d]!) * factor[i % d]!);
}
