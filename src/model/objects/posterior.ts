import { add, concat, matmul, reshape, sub, type Tensor } from '../../graph/index.js';
import type { NormMode, ParameterSource } from '../../nn/index.js';
import type { FrameCoder } from '../coder/coder.js';
import type { ModelConfig } from '../config.js';
import type { DynamicPosterior } from '../dynamic-posterior.js';
import { standardizedMean } from '../static-posterior.js';
import { flatFrames, timeFirst } from '../time-first.js';
import { alignment } from './alignment.js';
import { association } from './association.js';
import { productOfExperts } from './experts.js';
import { glimpses } from './glimpses.js';
import { firstPositions, pixelsFromMiddle } from './positions.js';

/** Times that objects are told apart and put right. The better it is known which and where they are, the better their appearance. */
const ROUNDS = 2;

/**
 * q(z | x) of objects that stay the same and are where they are drawn, of the z that a recurrent network found. Which are which and
 * where they are is found by turns with their appearance; no gradient flows through what is then changed.
 *
 * It is found by all frames, so that z_t depends on those after t as well, whatever the network that found z; and from means with nothing
 * random in them, so that order and shift are functions of x. The z put right is then normal given those before it, with the variance that
 * the network gave it, and the KL divergence is that of what is drawn: a term of the bound. (Found from the sample itself, they would take
 * back what is drawn at random, at no price.)
 *
 * @param x `[B, T, …frame]`
 * @param found of x; and in training of views of it as well, `[T, R, d_m]` with R a multiple of B. These have their objects put in the same
 *   order and stay where they were found: the contrast is between whole trajectories, which part of a pixel hardly changes
 * @param means of x, each given the means before it, `[T, B, d_m]`
 * @param mode of what is computed on the way and leaves nothing behind: `batch` or `running`
 */
export function correctedPosterior(
  p: ParameterSource,
  config: ModelConfig,
  object: FrameCoder,
  x: Tensor,
  found: DynamicPosterior,
  means: Tensor,
  mode: NormMode,
): DynamicPosterior {
  const [b, t] = x.shape as [number, number];
  const [k, d] = [config.objects, config.dynamic];
  const z = x.graph.stopGradient(means);
  let order: Tensor | undefined;
  let at = z;
  for (let round = 0; round < ROUNDS; round++) {
    const seen = glimpses(p, config, object, x, at, mode);
    const next = association(seen, reshape(pixelsFromMiddle(config, at), [t, b, k, 2]));
    order = order ? matmul(next, order) : next;
    at = placesInOrder(config, next, at);
    const known = productOfExperts({ mean: inOrder(next, seen.mean), precision: inOrder(next, seen.precision) });
    const s = reshape(standardizedMean(p, config, known.mean, mode), [b, config.static]);
    const moved = alignment(p, config, object, flatFrames(x), s, flatFrames(timeFirst(at)), mode);
    at = add(at, timeFirst(reshape(moved, [b, t, d])));
  }
  const shift = x.graph.stopGradient(sub(at, placesInOrder(config, order!, z)));

  const views = found.mean.shape[1]! / b;
  const all = views === 1 ? order! : concat(Array(views).fill(order!), 1);
  const shifts = views === 1 ? shift : concat([shift, x.graph.constant(0, [t, (views - 1) * b, d], shift.type)], 1);
  const corrected = (v: Tensor) => add(placesInOrder(config, all, v), shifts);
  return { mean: corrected(found.mean), logvar: inOrder(all, found.logvar), sample: corrected(found.sample) };
}

/** Positions z, `[T, B, d_m]`, of objects in another order: each object counts from a first position of its own. */
function placesInOrder(config: ModelConfig, order: Tensor, z: Tensor): Tensor {
  const first = z.graph.constant(firstPositions(config.objects), [config.dynamic], z.type);
  return sub(inOrder(order, add(z, first)), first);
}

/** What is of objects, K in a row, `[T, B, K·d]` or `[T, B·K, d]`, in another order. */
function inOrder(order: Tensor, v: Tensor): Tensor {
  const [t, b, k] = order.shape as [number, number, number];
  return reshape(matmul(order, reshape(v, [t, b, k, v.size / (t * b * k)])), v.shape);
}
