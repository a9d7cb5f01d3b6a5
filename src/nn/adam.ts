import { add, div, minimum, mul, slice, sqrt, square, sub, sum, type Tensor } from '../graph/index.js';

/** Settings of {@link adam} that stay the same from step to step. */
export interface AdamSettings {
  /** Decay of the mean of the gradient, 0 to 1. */
  readonly beta1: number;
  /** Decay of the mean of its square, 0 to 1. */
  readonly beta2: number;
  /** Added to the denominator. */
  readonly epsilon: number;
  /** Largest norm of the whole gradient; longer ones are scaled down to it. 0: off. */
  readonly clip: number;
}

/** Parameters and the two moments of their gradients, each one flat vector `[P]`. */
export interface AdamState {
  readonly parameters: Tensor;
  readonly mean: Tensor;
  readonly variance: Tensor;
}

/** What {@link adamSchedule} gives a step: learning rate / (1 − β₁ᵗ) and 1 / (1 − β₂ᵗ). */
export const ADAM_INPUTS = 2;

/** Values of the step-dependent input of {@link adam} at step t = 1, 2, …. */
export function adamSchedule(step: number, learningRate: number, { beta1, beta2 }: AdamSettings): [number, number] {
  return [learningRate / (1 - beta1 ** step), 1 / (1 - beta2 ** step)];
}

/**
 * One step of Adam (Kingma and Ba, 2015, algorithm 1), as PyTorch's:
 *
 *   m' = β₁m + (1 − β₁)g,  v' = β₂v + (1 − β₂)g²,  θ' = θ − lr/(1 − β₁ᵗ) · m' / (√(v'/(1 − β₂ᵗ)) + ε)
 *
 * @param gradient `[P]`
 * @param schedule `[2]`, from {@link adamSchedule}
 * @returns the new state and the norm of the gradient before clipping, a scalar
 */
export function adam(
  state: AdamState,
  gradient: Tensor,
  schedule: Tensor,
  settings: AdamSettings,
): AdamState & { gradientNorm: Tensor } {
  const { beta1, beta2, epsilon, clip } = settings;
  const gradientNorm = sqrt(sum(square(gradient)));
  // PyTorch's clip_grad_norm_, its 1e-6 included.
  const g = clip > 0 ? mul(gradient, minimum(div(clip, add(gradientNorm, 1e-6)), 1)) : gradient;
  const rate = slice(schedule, 0, 0, 1);
  const correction = slice(schedule, 0, 1, 2);
  const mean = add(mul(state.mean, beta1), mul(g, 1 - beta1));
  const variance = add(mul(state.variance, beta2), mul(square(g), 1 - beta2));
  const step = div(mul(mean, rate), add(sqrt(mul(variance, correction)), epsilon));
  return { parameters: sub(state.parameters, step), mean, variance, gradientNorm };
}
