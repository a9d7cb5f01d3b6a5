import { constant, type Initializer, normal } from '../nn/index.js';
import type { CoderConfig, ModelConfig } from './config.js';

/*
 * First weights, but for those of recurrent networks, which are PyTorch's (`nn/recurrent.ts`). `normal` is much as the released code's, which
 * has a standard deviation of 0.01 in encoder and linear maps: 0.02 throughout, biases 0. `scaled` trains faster:
 *
 * - encoder, linear maps and the decoder of features: scaled by the number of inputs, so that the size of a signal is kept from layer to layer
 * - decoder: 0.02. Batch norm follows its layers and undoes any scale, so small weights cost nothing, and each of Adam's steps,
 *   whose length does not depend on them, turns them further
 * - the last layer of a decoder of objects, behind which there is no batch norm: 0.05, in either. Where an object is can only be learned by what is
 *   drawn there, and objects that are too faint to tell from nothing stay where they are, one on the other, between all they could be
 * - posteriors begin sure of themselves (log σ² well below 0): were their noise as large as the prior's, the decoder would
 *   learn to do without the static factor before there is anything in it
 */

const NORMAL = normal(0.02);

/** Weights of the encoder, with a LeakyReLU behind each layer (He et al., 2015). */
export function encoderWeights(config: Pick<ModelConfig, 'initialization'>, inputs: number): Initializer {
  return config.initialization === 'normal' ? NORMAL : normal(Math.sqrt(2 / inputs));
}

/** Weights of the decoder's convolutions. */
export const decoderWeights: Initializer = NORMAL;

/** Weights of the decoder's last layer. */
export function lastWeights({ draws = 'frames' }: Pick<CoderConfig, 'draws'>): Initializer {
  return draws === 'objects' ? normal(0.05) : decoderWeights;
}

/** Weights of a linear map to means or log-variances. */
export function headWeights(config: ModelConfig, inputs: number): Initializer {
  return config.initialization === 'normal' ? NORMAL : normal(Math.sqrt(1 / inputs));
}

/** First log-variance of a posterior. */
export function logvarBias(config: ModelConfig, scaled: number): Initializer {
  return constant(config.initialization === 'normal' ? 0 : scaled);
}

/** Zeros. */
export const zeros: Initializer = constant(0);
