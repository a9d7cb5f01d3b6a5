import { add, mul, square, type Tensor } from '../../../graph/index.js';
import type { Affine, NormMode, ParameterSource } from '../../../nn/index.js';
import { type Activation, activate, slope } from './activation.js';
import { batchStatistics } from './batch-statistics.js';

/** Batch norm and nonlinearity of one layer, and the way back through both. */
export interface Normalized {
  /** Chunks `[m, C]` after batch norm and nonlinearity. */
  readonly outputs: readonly Tensor[];
  /** The same, computed again from what the way back needs in any case. */
  readonly again: readonly (() => Tensor)[];
  /**
   * @param gradients of the outputs
   * @returns `scaled` times `scale` is the gradient of the layer's input; the product is left undone so that the matrix product
   *   that comes next can have it in its (small) weights
   */
  backward(gradients: readonly Tensor[]): {
    readonly scaled: readonly Tensor[];
    readonly scale: Tensor;
    readonly ofWeight: Tensor;
    readonly ofBias: Tensor;
  };
}

/**
 * Batch normalisation over the rows of all chunks together, then a nonlinearity, with the gradient written out:
 *
 *   d = y − μ,  σ² = mean(d²),  a = w/√(σ² + ε),  u = a·d + b,  out = act(u)
 *
 * With g = ∂L/∂u over M rows:  ∂L/∂b = Σ g,  ∂L/∂w = Σ g·d / √(σ² + ε),
 *
 *   ∂L/∂y = a · ( g − Σg / M − d · Σ(g·d) / (M (σ² + ε)) )
 *
 * @param ys chunks `[m, C]` of a layer's output
 * @param affine w and b, `[C]`
 */
export function normalize(
  p: ParameterSource,
  ys: readonly Tensor[],
  mode: Exclude<NormMode, 'running'>,
  { weight, bias }: Affine,
  activation: Activation,
): Normalized {
  const { wide, rows, centred, inverse } = batchStatistics(p, ys, mode);
  const scale = mul(weight, inverse);
  const output = (d: Tensor) => activate(add(mul(d, wide.repeat(scale)), wide.repeat(bias)), activation);
  const again = centred.map((d) => () => output(p.graph.recompute(d)));

  return {
    outputs: centred.map((d) => wide.back(output(d))),
    again: again.map((make) => () => wide.back(make())),
    backward(gradients) {
      const gs = gradients.map((g, i) => mul(wide.of(g), slope(again[i]!(), activation)));
      const sumG = wide.sums(gs);
      const sumGd = wide.sums(gs.map((g, i) => mul(g, centred[i]!)));
      const ofMean = wide.repeat(mul(sumG, -1 / rows));
      const ofVariance = wide.repeat(mul(mul(sumGd, square(inverse)), -1 / rows));
      return {
        scaled: gs.map((g, i) => wide.back(add(g, add(mul(centred[i]!, ofVariance), ofMean)))),
        scale,
        ofWeight: mul(sumGd, inverse),
        ofBias: sumG,
      };
    },
  };
}
