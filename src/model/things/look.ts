import { matmul, matrixTranspose, reshape, type Tensor, transpose } from '../../graph/index.js';
import { type NormMode, type ParameterSource, scoped } from '../../nn/index.js';
import type { FrameCoder } from '../coder/coder.js';
import type { ModelConfig } from '../config.js';
import { places, videoOf } from './places.js';

/**
 * Features of what is seen at each thing's places. They are looked up there, no more: no gradient flows into the places, which
 * are learned by drawing.
 *
 * @param p the model's
 * @param x frames `[N, S, S, C]`
 * @param z of each of them, `[N, d_m]`
 * @returns `[N·K, g]`, those of one frame one after the other
 */
export function look(
  p: ParameterSource,
  config: ModelConfig,
  thing: FrameCoder,
  x: Tensor,
  z: Tensor,
  mode: NormMode,
): Tensor {
  const { things } = config;
  const { size, channels } = videoOf(config);
  const { rows, columns } = places(config, x.graph.stopGradient(z));
  const n = x.shape[0]!;
  const frames = reshape(transpose(x, [0, 3, 1, 2]), [n, 1, channels, size, size]);
  const seen = matmul(matmul(matrixTranspose(rows), frames), columns);
  const patches = reshape(seen, [n * things, channels, size / 2, size / 2]);
  const still = x.graph.stopGradient(transpose(patches, [0, 2, 3, 1]));
  return thing.encode(scoped(p, 'look'), still, mode);
}
