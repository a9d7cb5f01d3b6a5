import { add, expand, matmul, matrixTranspose, reshape, sum, type Tensor, transpose } from '../../graph/index.js';
import { type NormMode, type ParameterSource, scoped } from '../../nn/index.js';
import type { FrameCoder } from '../coder/coder.js';
import { type ModelConfig, staticOfOne } from '../config.js';
import { zeros } from '../initialization.js';
import { positions, videoOf } from './positions.js';

/**
 * Frames of objects.
 *
 * @param p the model's
 * @param s `[B, d_s]`
 * @param z of each of N = B·T frames, those of a sequence one after the other, `[N, d_m]`
 * @returns logits `[N, S, S, C]`
 */
export function drawObjects(
  p: ParameterSource,
  config: ModelConfig,
  object: FrameCoder,
  s: Tensor,
  z: Tensor,
  mode: NormMode,
): Tensor {
  const patches = drawPatches(p, config, object, s, z.shape[0]!, mode);
  const { rows, columns } = positions(config, z);
  const frames = sum(matmul(matmul(rows, patches), matrixTranspose(columns)), 1);
  return transpose(add(frames, background(p, config)), [0, 2, 3, 1]);
}

/** Pₖ, each drawn once, for each of the N frames of B sequences: `[N, K, C, S/2, S/2]`. */
export function drawPatches(
  p: ParameterSource,
  config: ModelConfig,
  object: FrameCoder,
  s: Tensor,
  n: number,
  mode: NormMode,
): Tensor {
  const { objects } = config;
  const { size, channels } = videoOf(config);
  const [b, half] = [s.shape[0]!, size / 2];
  const parts = reshape(s, [b * objects, staticOfOne(config)]);
  const drawn = object.decode(scoped(p, 'decoder.object'), parts, mode);
  const each = objects * channels * half ** 2;
  const once = reshape(transpose(drawn, [0, 3, 1, 2]), [b, 1, each]);
  return reshape(expand(once, [b, n / b, each]), [n, objects, channels, half, half]);
}

/** b, `[C, 1, 1]`. */
export function background(p: ParameterSource, config: ModelConfig): Tensor {
  const { channels } = videoOf(config);
  const colour = scoped(p, 'decoder').parameter('background', { shape: [channels], initializer: zeros });
  return reshape(colour, [channels, 1, 1]);
}
