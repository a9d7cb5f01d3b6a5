import { add, div, leakyRelu, leakySlope, mul, sqrt, square, sub, type Tensor, tanh } from '../../../graph/index.js';
import {
  EPSILON,
  type NormMode,
  normParameters,
  type ParameterSource,
  runningStatistics,
  updateStatistics,
} from '../../../nn/index.js';
import { WideRows } from './wide-rows.js';

/** Nonlinearities that follow a batch norm. */
export type Activation = 'leaky' | 'tanh';

/** Batch norm and nonlinearity of one layer, and the way back through both. */
export interface Normalized {
  /** Chunks `[m, C]` after batch norm and nonlinearity. */
  readonly outputs: readonly Tensor[];
  /** The same, computed again from what the way back needs in any case. */
  readonly again: readonly (() => Tensor)[];
  /** The batch norm's own parameters, `[C]`. */
  readonly weight: Tensor;
  readonly bias: Tensor;
  /**
   * @param gradients of the outputs
   * @returns `scaled` times `scale` is the gradient of the layer's input. It is left undone so that the matrix product that
   *   comes next can have the scale in its (small) weights.
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
 */
export function normalize(
  p: ParameterSource,
  ys: readonly Tensor[],
  mode: Exclude<NormMode, 'running'>,
  activation: Activation,
): Normalized {
  const [m, channels] = ys[0]!.shape as [number, number];
  const rows = ys.length * m;
  const { weight, bias } = normParameters(p, channels);
  const wide = new WideRows(m, channels);

  const mean = mul(wide.sums(ys.map((y) => wide.of(y))), 1 / rows);
  const centred = ys.map((y) => sub(wide.of(y), wide.repeat(mean)));
  const variance = mul(wide.sums(centred.map(square)), 1 / rows);
  if (mode === 'train') updateStatistics(p, mean, variance, rows);
  const inverse = div(1, sqrt(add(variance, EPSILON)));
  const scale = mul(weight, inverse);
  const output = (d: Tensor) => activate(add(mul(d, wide.repeat(scale)), wide.repeat(bias)), activation);
  const again = centred.map((d) => () => output(p.graph.recompute(d)));

  return {
    outputs: centred.map((d) => wide.back(output(d))),
    again: again.map((make) => () => wide.back(make())),
    weight,
    bias,
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

/**
 * Batch norm by running statistics is an affine map, and is folded into the weights before it.
 *
 * @returns scale of the weights' output channels and what is added after, `[C]`
 */
export function runningAffine(p: ParameterSource, channels: number): { scale: Tensor; shift: Tensor } {
  const { weight, bias } = normParameters(p, channels);
  const running = runningStatistics(p, channels);
  const scale = div(weight, sqrt(add(running.variance, EPSILON)));
  return { scale, shift: sub(bias, mul(running.mean, scale)) };
}

export function activate(u: Tensor, activation: Activation): Tensor {
  return activation === 'tanh' ? tanh(u) : leakyRelu(u);
}

/** Derivative of the nonlinearity, from its output. */
function slope(output: Tensor, activation: Activation): Tensor {
  return activation === 'tanh' ? sub(1, square(output)) : leakySlope(output);
}
