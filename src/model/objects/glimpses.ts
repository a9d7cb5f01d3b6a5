import { matmul, matrixTranspose, reshape, type Tensor, transpose } from '../../graph/index.js';
import { type NormMode, type ParameterSource, scoped } from '../../nn/index.js';
import type { FrameCoder } from '../coder/coder.js';
import type { ModelConfig } from '../config.js';
import { flatFrames, timeFirst } from '../time-first.js';
import { type Experts, experts } from './experts.js';
import { positions, videoOf } from './positions.js';

/**
 * What is seen of each object in each frame, where z says that it is. It is looked up there, no more: no gradient flows into the positions,
 * which are learned by drawing.
 *
 * @param p the model's
 * @param x `[B, T, S, S, C]`
 * @param z `[T, B, d_m]`
 * @returns what each glimpse says, `[T, B·K, d_s/K]`
 */
export function glimpses(
  p: ParameterSource,
  config: ModelConfig,
  object: FrameCoder,
  x: Tensor,
  z: Tensor,
  mode: NormMode,
): Experts {
  const { objects, features } = config;
  const { size, channels } = videoOf(config);
  const [t, b] = z.shape as [number, number];
  const { rows, columns } = positions(config, flatFrames(timeFirst(x.graph.stopGradient(z))));
  const frames = reshape(transpose(flatFrames(x), [0, 3, 1, 2]), [b * t, 1, channels, size, size]);
  const seen = matmul(matmul(matrixTranspose(rows), frames), columns);
  const patches = transpose(reshape(seen, [b * t * objects, channels, size / 2, size / 2]), [0, 2, 3, 1]);
  const found = object.encode(scoped(p, 'glimpse'), x.graph.stopGradient(patches), mode);
  const inTime = timeFirst(reshape(found, [b, t, objects * features]));
  return experts(p, config, reshape(inTime, [t, b * objects, features]));
}
