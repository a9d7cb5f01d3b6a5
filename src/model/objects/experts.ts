import { div, exp, log, mul, neg, reshape, sum, type Tensor } from '../../graph/index.js';
import { type ParameterSource, scoped } from '../../nn/index.js';
import { type ModelConfig, staticOfOne } from '../config.js';
import { type Gaussian, gaussianHead } from '../gaussian.js';

/** What each glimpse says of an object's appearance: μ_t and 1/σ_t², `[T, R, d]`. */
export interface Experts {
  readonly mean: Tensor;
  readonly precision: Tensor;
}

/** @param glimpses features of what is seen, `[T, R, g]` */
export function experts(p: ParameterSource, config: ModelConfig, glimpses: Tensor): Experts {
  const [t, r, g] = glimpses.shape as [number, number, number];
  const d = staticOfOne(config);
  const each = gaussianHead(scoped(p, 'static_posterior'), config, reshape(glimpses, [t * r, g]), d, {
    biased: config.staticMean === 'linear',
    logvar: -3,
  });
  return { mean: reshape(each.mean, [t, r, d]), precision: reshape(exp(neg(each.logvar)), [t, r, d]) };
}

/**
 * q(s | glimpses) of objects. Each glimpse of an object is an expert on its appearance, and together they say the product of what each says,
 *
 *   q(s | glimpses) ∝ Π_t N(s; μ_t, σ_t²) = N(s; σ² Σ_t μ_t / σ_t², σ²),   1/σ² = Σ_t 1/σ_t²
 *
 * (Bouchacourt, Tomioka and Nowozin, "Multi-level variational autoencoder", 2018). A glimpse of one object behind another is unsure and
 * weighs little. Glimpses have no order, so those of x^c say what those of x say; and there may be more of them than in training.
 *
 * @returns mean, not yet standardised, and log-variance, `[R, d]`
 */
export function productOfExperts({ mean, precision }: Experts): Gaussian {
  const whole = sum(precision, 0);
  return { mean: div(sum(mul(precision, mean), 0), whole), logvar: neg(log(whole)) };
}
