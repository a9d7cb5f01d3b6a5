import { abs, mul, softplus, square, sub, sum, type Tensor } from '../graph/index.js';
import { fromLogits, type ModelConfig } from '../model/index.js';

/** Likelihoods p(x | s, z), each up to a constant. */
export const LIKELIHOODS = ['gaussian', 'bernoulli', 'l1'] as const;

/**
 * - `gaussian`: Σ (x − x̂)², a normal distribution of variance 1/2 (the scale of the authors' code)
 * - `bernoulli`: cross-entropy with values in [0, 1]; not for features, which have no bounds
 * - `l1`: Σ |x − x̂|, a Laplace distribution of scale 1
 */
export type Likelihood = (typeof LIKELIHOODS)[number];

/**
 * −log p(x | s, z): summed over all values of a sequence, averaged over the batch.
 *
 * @param x `[B, T, …frame]`
 * @param logits of the same shape, from the decoder
 */
export function reconstruction(config: ModelConfig, likelihood: Likelihood, x: Tensor, logits: Tensor): Tensor {
  const loss = () => {
    switch (likelihood) {
      case 'gaussian':
        return square(sub(x, fromLogits(config, logits)));
      case 'l1':
        return abs(sub(x, fromLogits(config, logits)));
      case 'bernoulli':
        // −x·log σ(l) − (1 − x)·log(1 − σ(l)) = log(1 + e^l) − x·l
        return sub(softplus(logits), mul(x, logits));
    }
  };
  // Each frame by itself first: one float32 sum that runs over millions of pixels rounds the loss in its fifth digit.
  const frame = x.shape.map((_, axis) => axis).slice(2);
  return mul(sum(sum(loss(), frame)), 1 / x.shape[0]!);
}

/**
 * T Σ ē², where ē is the mean over time of the error x − x̂: the part of the squared error that stays, averaged over the batch.
 * What is left of it, Σ_t (e_t − ē)², is the error in what moves.
 *
 * @param x `[B, T, …frame]`
 * @param logits of the same shape, from the decoder
 */
export function steadyError(config: ModelConfig, x: Tensor, logits: Tensor): Tensor {
  const [b, t] = x.shape as [number, number];
  const kept = square(sum(sub(x, fromLogits(config, logits)), 1));
  const frame = kept.shape.map((_, axis) => axis).slice(1);
  return mul(sum(sum(kept, frame)), 1 / (b * t));
}
