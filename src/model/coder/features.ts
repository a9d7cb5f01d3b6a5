import { leakyRelu, type Tensor } from '../../graph/index.js';
import { linear, type ParameterSource, scoped } from '../../nn/index.js';
import type { CoderConfig, FrameShape } from '../config.js';
import { encoderWeights } from '../initialization.js';
import type { FrameCoder } from './coder.js';

/** The frame coder of vectors: a multilayer perceptron of two hidden layers with LeakyReLU(0.2), and its mirror. */
export function featureCoder(config: CoderConfig, frame: Extract<FrameShape, { kind: 'features' }>): FrameCoder {
  const perceptron = (p: ParameterSource, x: Tensor, outputs: number): Tensor => {
    const layer = (k: number, input: Tensor, units: number) =>
      linear(scoped(p, `linear${k}`), input, units, encoderWeights(config, input.shape[1]!));
    return layer(3, leakyRelu(layer(2, leakyRelu(layer(1, x, config.mlp)), config.mlp)), outputs);
  };
  return {
    encode: (p, frames) => perceptron(p, frames, config.features),
    decode: (p, latents) => perceptron(p, latents, frame.features),
  };
}
