import { gemm, type Tensor } from '../graph/index.js';
import { constant, type Initializer } from './initializers.js';
import type { ParameterSource } from './parameters.js';

/**
 * y = x·Wᵀ + b, as PyTorch's `Linear`.
 *
 * @param x `[N, inputs]`
 * @returns `[N, outputs]`
 */
export function linear(
  p: ParameterSource,
  x: Tensor,
  outputs: number,
  weight: Initializer,
  bias = constant(0),
): Tensor {
  const w = p.parameter('weight', { shape: [outputs, x.shape[1]!], initializer: weight });
  const b = p.parameter('bias', { shape: [outputs], initializer: bias });
  return gemm(x, w, { transposeB: true, plus: b });
}
