import { matmul, matrixTranspose, reshape, type Tensor, transpose } from '../../graph/index.js';
import { type NormMode, type ParameterSource, scoped } from '../../nn/index.js';
import type { FrameCoder } from '../coder/coder.js';
import type { ModelConfig } from '../config.js';
import { flatFrames, timeFirst } from '../time-first.js';
import { type Experts, experts } from './experts.js';
import { places, videoOf } from './places.js';

/**
 * What is seen of each thing in each frame, where z says that it is. It is looked up there, no more: no gradient flows into the places,
 * which are learned by drawing.
 *
 * @param p the model's
 * @param x `[B, T, S, S, C]`
 * @param z `[T, B, d_m]`
 * @returns what each look says, `[T, B·K, d_s/K]`
 */
export function looks(
  p: ParameterSource,
  config: ModelConfig,
  thing: FrameCoder,
  x: Tensor,
  z: Tensor,
  mode: NormMode,
): Experts {
  const { things, features } = config;
  const { size, channels } = videoOf(config);
  const [t, b] = z.shape as [number, number];
  const { rows, columns } = places(config, flatFrames(timeFirst(x.graph.stopGradient(z))));
  const frames = reshape(transpose(flatFrames(x), [0, 3, 1, 2]), [b * t, 1, channels, size, size]);
  const seen = matmul(matmul(matrixTranspose(rows), frames), columns);
  const patches = transpose(reshape(seen, [b * t * things, channels, size / 2, size / 2]), [0, 2, 3, 1]);
  const found = thing.encode(scoped(p, 'look'), x.graph.stopGradient(patches), mode);
  const inTime = timeFirst(reshape(found, [b, t, things * features]));
  return experts(p, config, reshape(inTime, [t, b * things, features]));
}
