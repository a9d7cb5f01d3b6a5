import { gemm, type Tensor } from '../../../graph/index.js';

/**
 * Σ_i a_iᵀ · b_i over n chunks, each product added to the sum of those before it by the same operation that makes it. Factors are
 * asked for one after the other: what they are gathered into need not be there for all chunks at once.
 *
 * @param a `[rows, I]` and b `[rows, O]` of a chunk
 * @returns `[I, O]`
 */
export function sumOfProducts(n: number, a: (i: number) => Tensor, b: (i: number) => Tensor): Tensor {
  let sum: Tensor | undefined;
  for (let i = 0; i < n; i++) sum = gemm(a(i), b(i), { transposeA: true, ...(sum && { plus: sum }) });
  return sum!;
}
