import {
  add,
  div,
  gemm,
  leakyRelu,
  leakySlope,
  mul,
  reshape,
  sqrt,
  square,
  sub,
  type Tensor,
  tanh,
} from '../../../graph/index.js';
import {
  EPSILON,
  type NormMode,
  normParameters,
  type ParameterSource,
  runningStatistics,
  updateStatistics,
} from '../../../nn/index.js';

/** Nonlinearities that follow a batch norm. */
export type Activation = 'leaky' | 'tanh';

/** Batch norm and nonlinearity of one layer, and the way back through both. */
export interface Normalized {
  /** Chunks `[m, C]` after batch norm and nonlinearity. */
  readonly outputs: readonly Tensor[];
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
 * Sums over rows are products with a row of ones, several times faster than the runtime's reductions.
 *
 * @param ys chunks `[m, C]` of a layer's output
 */
export function normalize(
  p: ParameterSource,
  ys: readonly Tensor[],
  mode: Exclude<NormMode, 'running'>,
  activation: Activation,
): Normalized {
  const channels = ys[0]!.shape[1]!;
  const rows = ys.length * ys[0]!.shape[0]!;
  const { weight, bias } = normParameters(p, channels);

  const mean = mul(columnSums(ys), 1 / rows);
  const centred = ys.map((y) => sub(y, mean));
  const variance = mul(columnSums(centred.map(square)), 1 / rows);
  if (mode === 'train') updateStatistics(p, mean, variance, rows);
  const inverse = div(1, sqrt(add(variance, EPSILON)));
  const scale = mul(weight, inverse);
  const outputs = centred.map((d) => activate(add(mul(d, scale), bias), activation));

  return {
    outputs,
    weight,
    bias,
    backward(gradients) {
      const gs = gradients.map((g, i) => mul(g, slope(outputs[i]!, activation)));
      const sumG = columnSums(gs);
      const sumGd = columnSums(gs.map((g, i) => mul(g, centred[i]!)));
      const ofMean = mul(sumG, -1 / rows);
      const ofVariance = mul(mul(sumGd, square(inverse)), -1 / rows);
      return {
        scaled: gs.map((g, i) => add(g, add(mul(centred[i]!, ofVariance), ofMean))),
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

/**
 * Sum of the rows of all chunks, `[C]`, in two stages: √m sums of √m rows, then their sum. That rounds far less than one long
 * sum, and gives the matrix product wider rows to work on.
 */
function columnSums(chunks: readonly Tensor[]): Tensor {
  return chunks
    .map((x) => {
      const [rows, channels] = x.shape as [number, number];
      const side = powerOfTwoNearRoot(rows);
      const partial = reshape(onesTimes(reshape(x, [rows / side, side * channels])), [side, channels]);
      return reshape(onesTimes(partial), [channels]);
    })
    .reduce(add);
}

function onesTimes(x: Tensor): Tensor {
  return gemm(x.graph.constant(1, [1, x.shape[0]!], x.type), x);
}

/** The largest power of two that divides n and is at most √n. */
function powerOfTwoNearRoot(n: number): number {
  let p = 1;
  while (n % (2 * p) === 0 && 4 * p * p <= n) p *= 2;
  return p;
}
