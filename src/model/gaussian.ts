import { add, exp, leakyRelu, mul, type Tensor } from '../graph/index.js';
import { type Initializer, linear, type ParameterSource, scoped } from '../nn/index.js';
import type { ModelConfig } from './config.js';
import { headWeights, logvarBias, zeros } from './initialization.js';

/** A normal distribution with a diagonal covariance, given by its mean and log-variance. */
export interface Gaussian {
  readonly mean: Tensor;
  readonly logvar: Tensor;
}

/** Of LeakyReLU below 0. */
const SLOPE = 0.2;

/**
 * Linear maps to the mean and the log-variance of a normal distribution.
 *
 * @param x `[N, inputs]`
 * @param logvar what the log-variance begins at, with `scaled` initialisation
 * @param biased whether the mean has a bias; none before a batch norm, which would undo it
 * @param leaky LeakyReLU(0.2) after the maps, as the authors' code has for s in the smoothing variant; what the log-variance begins at is
 *   what comes out of it
 * @returns both `[N, dimensions]`
 */
export function gaussianHead(
  p: ParameterSource,
  config: ModelConfig,
  x: Tensor,
  dimensions: number,
  { biased = true, leaky = false, logvar = 0 } = {},
): Gaussian {
  const head = (name: string, bias: Initializer | 'none') => {
    const y = linear(scoped(p, name), x, dimensions, headWeights(config, x.shape[1]!), bias);
    return leaky ? leakyRelu(y, SLOPE) : y;
  };
  return {
    mean: head('mean', biased ? zeros : 'none'),
    logvar: head('logvar', logvarBias(config, leaky && logvar < 0 ? logvar / SLOPE : logvar)),
  };
}

/** A sample by the reparameterisation trick: mean + e^(logvar/2) · noise (Kingma and Welling, 2014). */
export function reparameterize({ mean, logvar }: Gaussian, noise: Tensor): Tensor {
  return add(mean, mul(exp(mul(logvar, 0.5)), noise));
}
