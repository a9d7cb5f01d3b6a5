import { add, div, mean, mul, reshape, sqrt, square, sub, type Tensor } from '../graph/index.js';
import { constant } from './initializers.js';
import type { ParameterSource } from './parameters.js';

/** PyTorch's epsilon, added to the variance. */
export const EPSILON = 1e-5;
/** PyTorch's momentum: the share of the running statistics that one batch replaces. */
const MOMENTUM = 0.1;

/**
 * Which statistics normalise a batch:
 *
 * - `train`: its own, and the running statistics move towards them
 * - `batch`: its own; the running statistics stay (an augmented view must not colour those used on real data)
 * - `running`: the running statistics
 */
export type NormMode = 'train' | 'batch' | 'running';

/** What a batch norm scales by and shifts by once it has normalised, `[C]`. */
export interface Affine {
  readonly weight: Tensor;
  readonly bias: Tensor;
}

/** A batch norm's own scale and shift, `[C]`. */
export function normParameters(p: ParameterSource, channels: number): Affine {
  return {
    weight: p.parameter('weight', { shape: [channels], initializer: constant(1) }),
    bias: p.parameter('bias', { shape: [channels], initializer: constant(0) }),
  };
}

/** Running mean and variance, `[C]`. */
export function runningStatistics(p: ParameterSource, channels: number): { mean: Tensor; variance: Tensor } {
  return {
    mean: p.buffer('running_mean', { shape: [channels], initializer: constant(0) }),
    variance: p.buffer('running_var', { shape: [channels], initializer: constant(1) }),
  };
}

/**
 * Moves the running statistics towards those of a batch: (1 − momentum)·old + momentum·new, the variance unbiased.
 *
 * @param variance the biased one, over `count` values
 */
export function updateStatistics(p: ParameterSource, batchMean: Tensor, variance: Tensor, count: number): void {
  const { graph } = p;
  const running = runningStatistics(p, batchMean.size);
  const move = (old: Tensor, value: Tensor) => add(mul(old, 1 - MOMENTUM), mul(graph.stopGradient(value), MOMENTUM));
  p.update('running_mean', move(running.mean, batchMean));
  p.update('running_var', move(running.variance, mul(variance, count / Math.max(1, count - 1))));
}

/**
 * Batch normalisation (Ioffe and Szegedy, 2015) over axis 1, as PyTorch's `BatchNorm2d`. The variance is that of the
 * centred values: mean(x²) − mean(x)² would lose it to cancellation where the mean is large.
 *
 * @param x `[N, C, …]`
 * @param affine default: its own scale and shift
 */
export function batchNorm(p: ParameterSource, x: Tensor, mode: NormMode, affine?: Affine): Tensor {
  const c = x.shape[1]!;
  const { weight, bias } = affine ?? normParameters(p, c);
  // One axis after the other: a few short sums round less than one long one.
  const axes = x.shape.flatMap((_, i) => (i === 1 ? [] : [i])).reverse();
  const meanOf = (t: Tensor) => axes.reduce((rest, axis) => mean(rest, axis), t);
  const alongChannels = (t: Tensor) =>
    reshape(
      t,
      x.shape.map((_, i) => (i === 1 ? c : 1)),
    );

  if (mode === 'running') {
    const { scale, shift } = runningAffine(p, { weight, bias });
    return add(mul(x, alongChannels(scale)), alongChannels(shift));
  }
  const m = meanOf(x);
  const centred = sub(x, alongChannels(m));
  const variance = meanOf(square(centred));
  if (mode === 'train') updateStatistics(p, m, variance, x.size / c);
  const scale = div(weight, sqrt(add(variance, EPSILON)));
  return add(mul(centred, alongChannels(scale)), alongChannels(bias));
}

/**
 * Batch norm by running statistics is an affine map.
 *
 * @param affine `[C]`
 * @returns its scale and shift, of the same shape
 */
export function runningAffine(p: ParameterSource, { weight, bias }: Affine): { scale: Tensor; shift: Tensor } {
  const running = runningStatistics(p, weight.shape.at(-1)!);
  const scale = div(weight, sqrt(add(running.variance, EPSILON)));
  return { scale, shift: sub(bias, mul(running.mean, scale)) };
}
