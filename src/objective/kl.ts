import { add, exp, mul, neg, square, sub, sum, type Tensor } from '../graph/index.js';
import type { Gaussian } from '../model/index.js';

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
 * @param q and p `[T, B, d_m]`
 */
export function dynamicKl(q: Gaussian, p: Gaussian): Tensor {
  // Not a quotient by the prior's variance: its gradient would square that, which float32 cannot hold below a log-variance of −50.
  const ratio = add(exp(sub(q.logvar, p.logvar)), mul(square(sub(q.mean, p.mean)), exp(neg(p.logvar))));
  const inner = add(sub(p.logvar, q.logvar), sub(ratio, 1));
  return mul(sum(inner), 0.5 / q.mean.shape[1]!);
}
