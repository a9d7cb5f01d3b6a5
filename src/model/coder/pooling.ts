import { leakyRelu, logSumExp, type Tensor } from '../../graph/index.js';
import { batchNorm, linear, type NormMode, type ParameterSource, scoped } from '../../nn/index.js';
import type { CoderConfig } from '../config.js';
import { encoderWeights } from '../initialization.js';

/**
 * The second half of a `pooled` encoder's features: what is in a frame, wherever it is. The first half, of all the 4×4 map as the
 * paper has it (C.2), learns of an object anew at each of its positions; here a 3×3 convolution of the 8×8 map looks for objects
 * everywhere alike, and log Σ exp over all positions, a smooth maximum, says how much of each was found.
 */
export interface PooledPart {
  /** The stride-2 stage after which the map is looked at. */
  readonly stage: number;
  /** Features of the whole map, and of what is found in it. */
  readonly dense: number;
  readonly pooled: number;
}

/** The pooled part of an encoder of `n` stride-2 stages; undefined where all features are of the whole map. */
export function pooledPart(config: CoderConfig, n: number): PooledPart | undefined {
  if (config.encoder !== 'pooled') return undefined;
  const pooled = Math.floor(config.features / 2);
  return { stage: Math.max(1, n - 1), dense: config.features - pooled, pooled };
}

/**
 * Features of what the convolution found.
 *
 * @param p where the pooled part's parameters are
 * @param found its output, one axis of channels and one of positions: `[N, C, P]` or `[N, P, C]`
 * @param positions the axis of positions
 * @returns `[N, outputs]`
 */
export function pooledFeatures(
  p: ParameterSource,
  config: CoderConfig,
  found: Tensor,
  positions: 1 | 2,
  outputs: number,
  mode: NormMode,
): Tensor {
  const amounts = logSumExp(found, positions);
  const features = linear(scoped(p, 'linear'), amounts, outputs, encoderWeights(config, amounts.shape[1]!), 'none');
  return leakyRelu(batchNorm(scoped(p, 'norm2'), features, mode));
}
