import { checkRange, checkWhole } from '../../bounds.js';
import { CdsvaeError } from '../../errors.js';
import { checkFinite } from './check.js';
import { minimize } from './lbfgs.js';

/** A linear classifier: the class of x is the largest of W·x + b. */
export interface LinearClassifier {
  /** `[classes, d]` */
  readonly weights: Float64Array;
  /** `[classes]` */
  readonly biases: Float64Array;
}

/** How a classifier is fitted. */
export interface LogisticRegressionOptions {
  /** λ of the penalty λ/2·‖W‖², in which biases have no part. Default 1/N, scikit-learn's C = 1. */
  readonly penalty?: number | undefined;
  /** Most iterations. Default 300. */
  readonly iterations?: number | undefined;
  /** It ends when no component of the gradient is larger. Default 1e-5. */
  readonly tolerance?: number | undefined;
  /** Told of each iteration; what it throws ends the work. */
  readonly onIteration?: (() => void) | undefined;
}

/**
 * Multinomial logistic regression: the W and b that minimise
 *
 *   −mean_i log softmax(W·x_i + b)[y_i] + λ/2·‖W‖²
 *
 * over all of the data at once, from zero, so that the same data give the same classifier.
 *
 * @param x `[N, d]`, row-major
 * @param y N labels, 0 … classes − 1
 * @throws CdsvaeError `input` when x does not fill N rows or holds a number that is not finite, or a label is out of range; `usage`: an option out of range
 */
export async function logisticRegression(
  x: Float64Array,
  y: ArrayLike<number>,
  classes: number,
  options: LogisticRegressionOptions = {},
): Promise<LinearClassifier> {
  const n = y.length;
  const d = x.length / n;
  if (!(Number.isInteger(d) && d > 0)) {
    throw new CdsvaeError('input', `${x.length} values found for ${n} labels; as many rows as labels are expected`);
  }
  for (let i = 0; i < n; i++) {
    if (!(Number.isInteger(y[i]) && y[i]! >= 0 && y[i]! < classes)) {
      throw new CdsvaeError('input', `label ${i} is ${y[i]}; 0 to ${classes - 1} is expected`);
    }
  }
  checkFinite('x', x);
  const { penalty = 1 / n, iterations = 300, tolerance = 1e-5, onIteration } = options;
  checkRange('penalty', penalty, 0, Number.MAX_VALUE);
  checkRange('tolerance', tolerance, 0, Number.MAX_VALUE);
  checkWhole('iterations', iterations, 1);
  const size = classes * d;
  const p = new Float64Array(classes);
  // Rows of [W, b] one after the other: W first, then all of b.
  const loss = (theta: Float64Array, gradient: Float64Array): number => {
    let total = 0;
    for (let k = 0; k < size; k++) {
      total += (penalty / 2) * theta[k]! ** 2;
      gradient[k] = penalty * theta[k]!;
    }
    gradient.fill(0, size);
    for (let i = 0; i < n; i++) {
      scores(theta, x, i * d, d, p);
      const normalizer = logSumExp(p);
      total += (normalizer - p[y[i]!]!) / n;
      for (let c = 0; c < classes; c++) {
        const residual = (Math.exp(p[c]! - normalizer) - (y[i] === c ? 1 : 0)) / n;
        for (let k = 0, w = c * d, from = i * d; k < d; k++) gradient[w + k]! += residual * x[from + k]!;
        gradient[size + c]! += residual;
      }
    }
    return total;
  };
  const theta = await minimize(loss, new Float64Array(size + classes), {
    iterations,
    tolerance,
    ...(onIteration && { onIteration }),
  });
  return { weights: theta.slice(0, size), biases: theta.slice(size) };
}

/** The class of each row of x `[N, d]`. */
export function classify({ weights, biases }: LinearClassifier, x: Float64Array): Int32Array {
  const classes = biases.length;
  const d = weights.length / classes;
  const theta = new Float64Array([...weights, ...biases]);
  const p = new Float64Array(classes);
  return Int32Array.from({ length: x.length / d }, (_, i) => {
    scores(theta, x, i * d, d, p);
    return p.indexOf(Math.max(...p));
  });
}

/** W·x + b of one row. */
function scores(theta: Float64Array, x: Float64Array, from: number, d: number, out: Float64Array): void {
  const size = out.length * d;
  for (let c = 0; c < out.length; c++) {
    let sum = theta[size + c]!;
    for (let k = 0, w = c * d; k < d; k++) sum += theta[w + k]! * x[from + k]!;
    out[c] = sum;
  }
}

function logSumExp(values: Float64Array): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (const v of values) largest = Math.max(largest, v);
  let sum = 0;
  for (const v of values) sum += Math.exp(v - largest);
  return largest + Math.log(sum);
}
