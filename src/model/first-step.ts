import { add, less, logSoftmax, matmul, maxKeep, mul, reshape, slice, type Tensor, where } from '../graph/index.js';
import { constant, type ParameterSource, scoped, uniform } from '../nn/index.js';
import type { ModelConfig } from './config.js';
import type { Gaussian } from './gaussian.js';

/*
 * p(z_1). In the paper it is one normal distribution: the prior's LSTM is given z_0 = 0, so that what comes out of it, h_1, is the same for all
 * sequences. But sequences begin in one of a few motions. Their z_1 lie in as many clusters, and one normal distribution over all of them draws
 * mostly what is between: motions there are not, of which the decoder has never seen one.
 *
 * So there may be K components, to each of which the prior's linear maps give mean and log-variance: the first of h_1, the others of vectors
 * o_2 … o_K that are learned in its place, with weights π = softmax(10 · logits) (a mixture in the place of the prior, as Tomczak and Welling, "VAE
 * with a VampPrior", 2018, have it). The LSTM goes on as ever, from z_1 and its own state. With K = 1 it is the paper's.
 */

/**
 * A component where no sequence is keeps the place that it began at, and is drawn from as often as its weight says. By Adam a number goes at most
 * the learning rate a step, 1 in some 500 steps: logits that were such numbers themselves would leave it a weight for thousands.
 */
const SWIFTNESS = 10;

/** A mixture of K normal distributions: means and log-variances `[K, d]`, log π `[K]`. */
export interface Mixture extends Gaussian {
  readonly logWeights: Tensor;
}

/** What z_1 has besides the LSTM's own output: o_2 … o_K `[K − 1, hidden]`, log π `[K]`. */
export interface FirstStep {
  readonly outputs: Tensor;
  readonly logWeights: Tensor;
}

/** @returns undefined where z_1 has but the LSTM's own output */
export function firstStep(p: ParameterSource, { priorComponents: k, hidden }: ModelConfig): FirstStep | undefined {
  if (k === 1) return undefined;
  const source = scoped(p, 'first');
  // An LSTM's outputs are between −1 and 1.
  const outputs = source.parameter('outputs', { shape: [k - 1, hidden], initializer: uniform(1) });
  const logits = source.parameter('logits', { shape: [k], initializer: constant(0) });
  return { outputs, logWeights: logSoftmax(mul(logits, SWIFTNESS), 0) };
}

/**
 * Draws a component for each sequence, by the largest of log π_k + g_k (Gumbel, 1954).
 *
 * @param own the LSTM's output `[B, hidden]`, which is the first component's
 * @param noise g, standard Gumbel `[B, K]`; with a first column far above all others there is no drawing, and the LSTM goes on
 * @returns the output drawn, `[B, hidden]`
 */
export function drawOutput({ outputs, logWeights }: FirstStep, own: Tensor, noise: Tensor): Tensor {
  const k = logWeights.shape[0]!;
  const score = add(noise, reshape(logWeights, [1, k]));
  const drawn = where(less(score, maxKeep(score, 1)), 0, noise.graph.constant(1, [1, 1], noise.type));
  return add(mul(own, slice(drawn, 1, 0, 1)), matmul(slice(drawn, 1, 1, k), outputs));
}
