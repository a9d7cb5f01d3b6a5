import { add, exp, leakyRelu, mul, type Tensor } from '../graph/index.js';
import { linear, type ParameterSource, scoped } from '../nn/index.js';
import type { ModelConfig } from './config.js';
import { smallInitializer } from './initialization.js';

/** A normal distribution with a diagonal covariance, given by its mean and log-variance. */
export interface Gaussian {
  readonly mean: Tensor;
  readonly logvar: Tensor;
}

/**
 * Linear maps to the mean and the log-variance of a normal distribution.
 *
 * @param x `[N, inputs]`
 * @param leaky LeakyReLU(0.2) after the maps, as the authors' code has for s in the smoothing variant
 * @returns both `[N, dimensions]`
 */
export function gaussianHead(
  p: ParameterSource,
  config: ModelConfig,
  x: Tensor,
  dimensions: number,
  { leaky = false } = {},
): Gaussian {
  const head = (name: string) => {
    const y = linear(scoped(p, name), x, dimensions, smallInitializer(config, x.shape[1]!));
    return leaky ? leakyRelu(y) : y;
  };
  return { mean: head('mean'), logvar: head('logvar') };
}

/** A sample by the reparameterisation trick: mean + e^(logvar/2) · noise (Kingma and Welling, 2014). */
export function reparameterize({ mean, logvar }: Gaussian, noise: Tensor): Tensor {
  return add(mean, mul(exp(mul(logvar, 0.5)), noise));
}
