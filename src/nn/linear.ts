import { gemm, type Tensor } from '../graph/index.js';
import { constant, type Initializer } from './initializers.js';
import type { ParameterSource } from './parameters.js';

/**
 * y = x·Wᵀ + b, as PyTorch's `Linear`.
 *
 * @param x `[N, inputs]`
 * @param bias how b begins; `none`: there is no b
 * @returns `[N, outputs]`
 */
export function linear(
  p: ParameterSource,
  x: Tensor,
  outputs: number,
  weight: Initializer,
  bias: Initializer | 'none' = constant(0),
): Tensor {
  const w = p.parameter('weight', { shape: [outputs, x.shape[1]!], initializer: weight });
  if (bias === 'none') return gemm(x, w, { transposeB: true });
  const b = p.parameter('bias', { shape: [outputs], initializer: bias });
  return gemm(x, w, { transposeB: true, plus: b });
}
