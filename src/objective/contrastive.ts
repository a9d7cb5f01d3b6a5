import {
  add,
  concat,
  div,
  gemm,
  logSumExp,
  mean,
  mul,
  reshape,
  sqrt,
  square,
  sub,
  sum,
  sumKeep,
  type Tensor,
} from '../graph/index.js';
import { timeFirst } from '../model/index.js';

/**
 * The contrastive estimate of mutual information, eq. 7 and 8. Of the 2B vectors of a batch and its other view, the positive
 * of i is its own other view, the negatives are the 2B − 2 others:
 *
 *   mean_i log( φ(i, i⁺) / Σ_{j≠i} φ(i, j) ) + log(2B − 1),  φ = e^(cos/τ)
 *
 * It lies below log(2B − 1), and is 0 when nothing distinguishes the positive from the others.
 *
 * @param a and b two views, `[B, d]`
 * @param temperature τ
 * @returns a scalar
 */
export function contrastive(a: Tensor, b: Tensor, temperature: number): Tensor {
  const n = a.shape[0]!;
  const x = concat([unit(a), unit(b)], 0);
  const similarity = mul(gemm(x, x, { transposeB: true }), 1 / temperature);
  // A vector is no negative of itself: its own similarity is moved out of the sum's reach.
  const self = x.graph.constant(diagonal(2 * n, -1e30), [2 * n, 2 * n], x.type);
  const positive = mul(sum(mul(unit(a), unit(b)), 1), 1 / temperature);
  const all = logSumExp(add(similarity, self), 1);
  return add(mean(sub(concat([positive, positive], 0), all)), Math.log(2 * n - 1));
}

/** Rows scaled to length 1; a tiny constant keeps a row of zeros where it is. */
function unit(x: Tensor): Tensor {
  return div(x, sqrt(add(sumKeep(square(x), 1), 1e-24)));
}

function diagonal(n: number, value: number): Float64Array {
  const m = new Float64Array(n * n);
  for (let i = 0; i < n; i++) m[i * n + i] = value;
  return m;
}

/** Trajectories as one vector each: time first `[T, B, d]` → `[B, T·d]`. */
export function flatTrajectory(z: Tensor): Tensor {
  const [t, b, d] = z.shape as [number, number, number];
  return reshape(timeFirst(z), [b, t * d]);
}
