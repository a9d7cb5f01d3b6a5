import { concat, type Tensor } from '../graph/index.js';
import { batchNorm, bidirectionalLstm, type NormMode, type ParameterSource, scoped } from '../nn/index.js';
import type { ModelConfig } from './config.js';
import { type Gaussian, gaussianHead } from './gaussian.js';

/**
 * Runs the bidirectional LSTM over features.
 *
 * @param features time first, `[T, R, g]`
 * @returns for each step the forward and the backward output, each `[R, hidden]`
 */
export function bidirectional(
  p: ParameterSource,
  config: ModelConfig,
  features: Tensor,
): { forward: Tensor[]; backward: Tensor[] } {
  return bidirectionalLstm(scoped(p, 'static_posterior.lstm'), features, config.hidden);
}

/**
 * The means of q(s | x), standardised where the model is to: over the batch each dimension has mean 0 and variance 1, by batch norm
 * without scale and shift of its own (Zhu et al., "A batch normalized inference network keeps the KL vanishing away", 2020).
 *
 * With a small α nothing else keeps the means of all data around 0, and a dimension that is nearly the same for all of them serves
 * the decoder as a constant, which a draw from the prior then is not.
 *
 * @param mean `[R, d]`, as {@link staticPosterior} gives it, or of R = B·K objects
 */
export function standardizedMean(p: ParameterSource, config: ModelConfig, mean: Tensor, mode: NormMode): Tensor {
  if (config.staticMean === 'linear') return mean;
  const { graph, type } = mean;
  const d = mean.shape[1]!;
  const affine = { weight: graph.constant(1, [d], type), bias: graph.constant(0, [d], type) };
  return batchNorm(scoped(p, 'static_posterior.norm'), mean, mode, affine);
}

/**
 * q(s | x_1:T), eq. 2: from the last output of the forward pass and that of the backward pass at t = 1.
 *
 * @returns mean, not yet standardised, and log-variance, `[R, d_s]`
 */
export function staticPosterior(
  p: ParameterSource,
  config: ModelConfig,
  outputs: { forward: readonly Tensor[]; backward: readonly Tensor[] },
): Gaussian {
  const whole = concat([outputs.forward.at(-1)!, outputs.backward[0]!], 1);
  return gaussianHead(scoped(p, 'static_posterior'), config, whole, config.static, {
    biased: config.staticMean === 'linear',
    leaky: config.posterior === 'smoothing',
    logvar: -4,
  });
}
