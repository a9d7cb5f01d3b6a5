import { add, exp, logSumExp, mul, neg, reshape, slice, square, sub, sum, type Tensor } from '../graph/index.js';
import type { DynamicPrior, Gaussian, Mixture } from '../model/index.js';

/**
 * KL[q(s | x) ‖ N(0, I)], averaged over the batch: −½ Σ (1 + log σ² − μ² − σ²).
 *
 * @param s `[B, d_s]`
 */
export function staticKl({ mean, logvar }: Gaussian): Tensor {
  const inner = sub(add(logvar, 1), add(square(mean), exp(logvar)));
  return mul(sum(inner), -0.5 / mean.shape[0]!);
}

/**
 * Σ_t KL[q(z_t | z_<t, x) ‖ p(z_t | z_<t)], each analytic given the sampled z_<t, averaged over the batch: of lower variance
 * than the log-ratio of eq. 3 and of the same expectation.
 *
 * @param q and p `[T, B, d_m]`; where p(z_1) is a mixture, the bound of {@link mixtureKl} is the first step's
 */
export function dynamicKl(q: Gaussian, p: DynamicPrior): Tensor {
  const [t, b] = q.mean.shape as [number, number];
  if (!p.first) return mul(sum(doubleKl(q, p)), 0.5 / b);
  const first = sum(mixtureKl(part(q, 0, 1), p.first));
  if (t === 1) return mul(first, 1 / b);
  return mul(add(first, mul(sum(doubleKl(part(q, 1, t), part(p, 1, t))), 0.5)), 1 / b);
}

/**
 * The least that is known of KL[q ‖ Σ_k π_k p_k] to be no less than it: −log Σ_k π_k e^(−KL[q ‖ p_k]) (Hershey and Olsen, "Approximating
 * the Kullback Leibler divergence between Gaussian mixture models", 2007, eq. 20, for one q). With it in the place of the KL eq. 3 stays
 * a lower bound; it is exact for K = 1, and as far as one component alone has all of q.
 *
 * @param q `[1, B, d]`
 * @returns `[B]`
 */
function mixtureKl(q: Gaussian, p: Mixture): Tensor {
  const [, b, d] = q.mean.shape as [number, number, number];
  const k = p.mean.shape[0]!;
  const sequences = { mean: reshape(q.mean, [b, 1, d]), logvar: reshape(q.logvar, [b, 1, d]) };
  const components = { mean: reshape(p.mean, [1, k, d]), logvar: reshape(p.logvar, [1, k, d]) };
  const each = mul(sum(doubleKl(sequences, components), 2), -0.5);
  return neg(logSumExp(add(each, reshape(p.logWeights, [1, k])), 1));
}

/** Steps of trajectories, from one to before another. */
function part({ mean, logvar }: Gaussian, from: number, to: number): Gaussian {
  return { mean: slice(mean, 0, from, to), logvar: slice(logvar, 0, from, to) };
}

/** 2 KL[q ‖ p] of each dimension. */
function doubleKl(q: Gaussian, p: Gaussian): Tensor {
  // Not a quotient by the prior's variance: its gradient would square that, which float32 cannot hold below a log-variance of −50.
  const ratio = add(exp(sub(q.logvar, p.logvar)), mul(square(sub(q.mean, p.mean)), exp(neg(p.logvar))));
  return add(sub(p.logvar, q.logvar), sub(ratio, 1));
}
