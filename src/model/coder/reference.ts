import {
  add,
  concat,
  conv2d,
  convTranspose2d,
  leakyRelu,
  reshape,
  type Tensor,
  tanh,
  transpose,
} from '../../graph/index.js';
import { batchNorm, type NormMode, type ParameterSource, scoped } from '../../nn/index.js';
import type { CoderConfig, FrameShape } from '../config.js';
import { decoderWeights, encoderWeights, lastWeights, zeros } from '../initialization.js';
import type { FrameCoder } from './coder.js';
import { pooledFeatures, pooledPart } from './pooling.js';
import { decoderChannels, stageChannels, stages } from './stages.js';

const HALVE = { kernel: 4, stride: 2, padding: 1 };
const VALID = { kernel: 4, stride: 1, padding: 0 };
const SAME = { kernel: 3, stride: 1, padding: 1 };

/**
 * The frame coder written as one reads it: 4×4 convolutions of stride 2 with batch norm and LeakyReLU(0.2) down to a 4×4 map,
 * one more over all of that to g features with tanh; the decoder is its mirror (paper, C.2). `[N, C, H, W]` inside.
 */
export function referenceCoder(config: CoderConfig, frame: Extract<FrameShape, { kind: 'video' }>): FrameCoder {
  const n = stages(frame.size);
  const channels = (k: number) => stageChannels(config.width, k);

  const convolve = (p: ParameterSource, name: string, x: Tensor, outputs: number, options: typeof HALVE) => {
    const inputs = x.shape[1]!;
    const { kernel } = options;
    const shape = [outputs, inputs, kernel, kernel];
    const initializer = encoderWeights(config, inputs * kernel ** 2);
    return conv2d(x, p.parameter(`${name}.weight`, { shape, initializer }), options);
  };
  const deconvolve = (p: ParameterSource, k: number, x: Tensor, outputs: number, options: typeof HALVE) => {
    const inputs = x.shape[1]!;
    const shape = [inputs, outputs, 4, 4];
    const initializer = k > n ? lastWeights(config) : decoderWeights;
    return convTranspose2d(x, p.parameter(`deconv${k}.weight`, { shape, initializer }), options);
  };

  const pool = (p: ParameterSource, map: Tensor, outputs: number, mode: NormMode) => {
    const [count, inputs, side] = map.shape as [number, number, number];
    const found = leakyRelu(batchNorm(scoped(p, 'norm1'), convolve(p, 'conv', map, inputs, SAME), mode));
    return pooledFeatures(p, config, reshape(found, [count, inputs, side ** 2]), 2, outputs, mode);
  };

  return {
    encode(p: ParameterSource, frames: Tensor, mode: NormMode): Tensor {
      const part = pooledPart(config, n);
      const found: Tensor[] = [];
      let x = transpose(frames, [0, 3, 1, 2]);
      for (let k = 1; k <= n; k++) {
        x = convolve(p, `conv${k}`, x, channels(k), HALVE);
        x = leakyRelu(batchNorm(scoped(p, `norm${k}`), x, mode));
        if (k === part?.stage) found.push(pool(scoped(p, 'pooled'), x, part.pooled, mode));
      }
      const dense = part?.dense ?? config.features;
      x = convolve(p, `conv${n + 1}`, x, dense, VALID);
      x = tanh(batchNorm(scoped(p, `norm${n + 1}`), x, mode));
      return concat([reshape(x, [x.shape[0]!, dense]), ...found], 1);
    },
    decode(p: ParameterSource, latents: Tensor, mode: NormMode): Tensor {
      let x = reshape(latents, [...latents.shape, 1, 1]);
      for (let k = 1; k <= n; k++) {
        x = deconvolve(p, k, x, decoderChannels(config, n + 1 - k), k === 1 ? VALID : HALVE);
        x = leakyRelu(batchNorm(scoped(p, `norm${k}`), x, mode));
      }
      x = deconvolve(p, n + 1, x, frame.channels, HALVE);
      const bias = p.parameter(`deconv${n + 1}.bias`, { shape: [frame.channels], initializer: zeros });
      return transpose(add(x, reshape(bias, [frame.channels, 1, 1])), [0, 2, 3, 1]);
    },
  };
}
