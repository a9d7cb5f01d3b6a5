import { add, exp, logSumExp, mean, mul, neg, relu, reshape, square, sub, sum, type Tensor } from '../graph/index.js';
import type { Gaussian } from '../model/index.js';

/** A distribution and a sample of it, `[…, B, d]`. */
type Sampled = Gaussian & { readonly sample: Tensor };

/** How I(s; z) is estimated: on whole trajectories, or step by step as in the authors' code. */
export const MWS_ESTIMATES = ['trajectory', 'frame'] as const;
export type MwsEstimate = (typeof MWS_ESTIMATES)[number];

/** Mutual information by minibatch weighted sampling, each a scalar in nats. */
export interface MutualInformation {
  /** I(s; z_1:T) by whole trajectories. */
  readonly trajectory: Tensor;
  /** I(s; z_t), averaged over t, each sample's share clipped below at 0. */
  readonly frame: Tensor;
  /** I(s; x_1:T). */
  readonly staticData: Tensor;
  /** I(z_1:T; x_1:T). */
  readonly dynamicData: Tensor;
}

/**
 * Estimates by minibatch weighted sampling (A.3; Chen et al., "Isolating sources of disentanglement", 2018): the aggregate
 * posterior at a sample i is the sum over the batch of the posteriors of all j, divided by N·M,
 *
 *   log q(·_i) ≈ log Σ_j q(·_i | x_j) − log(N·M),   H = −mean_i log q(·_i)
 *   I(s; z) = H(s) + H(z) − H(s, z),   I(s; x) = mean_i [log q(s_i | x_i) − log q(s_i)]
 *
 * q(z_t | x_j) is taken along x_j's own sampled trajectory, as those are what the batch has.
 *
 * On average over samples no estimate of what is known of x is below log N, which it comes to where all posteriors are one and nothing is
 * known; none is ever above log(N·M), which it comes to where each sample is told from all others by its posterior. Where s has come there,
 * log q(s_i, z_i) is log q(s_i | x_i) + log q(z_i | x_i) − log(N·M): I(s; z) is then I(z; x), passes nothing on to s, and γ I(s; z) keeps
 * down what z knows of x.
 *
 * @param s `[B, d_s]`
 * @param z time first, `[T, B, d_m]`
 * @param dataSize N, sequences in the data
 */
export function mutualInformation(s: Sampled, z: Sampled, dataSize: number): MutualInformation {
  const [t, b] = z.sample.shape as [number, number];
  const logNM = Math.log(dataSize * b);
  const aggregate = (density: Tensor) => sub(logSumExp(density, -1), logNM);

  const densityS = pairwiseLogDensity(s); // [B, B]
  const densityZt = pairwiseLogDensity(z); // [T, B, B]
  const densityZ = sum(densityZt, 0); // [B, B]
  const [logS, logZ, logSZ] = [densityS, densityZ, add(densityS, densityZ)].map(aggregate) as [Tensor, Tensor, Tensor];
  const perFrame = sub(
    sub(aggregate(add(densityZt, reshape(densityS, [1, b, b]))), reshape(logS, [1, b])),
    aggregate(densityZt),
  );
  return {
    trajectory: mean(sub(sub(logSZ, logS), logZ)),
    frame: mul(sum(relu(perFrame)), 1 / (t * b)),
    staticData: sub(mean(ownLogDensity(s)), mean(logS)),
    dynamicData: sub(mul(sum(ownLogDensity(z)), 1 / b), mean(logZ)),
  };
}

/**
 * log q(·_i | x_j) of every sample i under the posterior of every j: `[…, B, d]` → `[…, B, B]`,
 *
 *   −½ Σ_d [ (sample_i − μ_j)² / σ_j² + log σ_j² + log 2π ]
 */
export function pairwiseLogDensity({ mean: mu, logvar, sample }: Sampled): Tensor {
  const insert = (x: Tensor, axis: number) => reshape(x, x.shape.toSpliced(axis, 0, 1));
  const rank = sample.rank;
  const difference = sub(insert(sample, rank - 1), insert(mu, rank - 2));
  const quadratic = sum(mul(square(difference), insert(exp(neg(logvar)), rank - 2)), -1);
  return densityOf(quadratic, insert(sum(logvar, -1), rank - 2), sample.shape.at(-1)!);
}

/** log q(·_i | x_i): `[…, B, d]` → `[…, B]`. */
function ownLogDensity({ mean: mu, logvar, sample }: Sampled): Tensor {
  const quadratic = sum(mul(square(sub(sample, mu)), exp(neg(logvar))), -1);
  return densityOf(quadratic, sum(logvar, -1), sample.shape.at(-1)!);
}

function densityOf(quadratic: Tensor, logDeterminant: Tensor, dimensions: number): Tensor {
  return mul(add(add(quadratic, logDeterminant), dimensions * Math.log(2 * Math.PI)), -0.5);
}
