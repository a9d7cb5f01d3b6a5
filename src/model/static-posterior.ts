import { concat, type Tensor } from '../graph/index.js';
import { LstmLayer, lstm, type ParameterSource, scoped } from '../nn/index.js';
import type { ModelConfig } from './config.js';
import { type Gaussian, gaussianHead } from './gaussian.js';

/**
 * Runs the bidirectional LSTM over features.
 *
 * @param features time first, `[T, R, g]`
 * @returns for each step the forward and the backward output side by side, `[R, 2·hidden]`
 */
export function bidirectional(
  p: ParameterSource,
  config: ModelConfig,
  features: Tensor,
): { forward: Tensor[]; backward: Tensor[] } {
  const source = scoped(p, 'static_posterior.lstm');
  const layer = (suffix: string) => new LstmLayer(source, suffix, config.features, config.hidden);
  return {
    forward: lstm(layer('_l0'), features),
    backward: lstm(layer('_l0_reverse'), features, 'backward'),
  };
}

/**
 * q(s | x_1:T), eq. 2: from the last output of the forward pass and that of the backward pass at t = 1.
 *
 * @returns mean and log-variance, `[R, d_s]`
 */
export function staticPosterior(
  p: ParameterSource,
  config: ModelConfig,
  outputs: { forward: readonly Tensor[]; backward: readonly Tensor[] },
): Gaussian {
  const whole = concat([outputs.forward.at(-1)!, outputs.backward[0]!], 1);
  return gaussianHead(scoped(p, 'static_posterior'), config, whole, config.static, {
    leaky: config.posterior === 'smoothing',
    logvar: -4,
  });
}
