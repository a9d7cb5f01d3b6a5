import { add, gemm, mul, reshape, sigmoid, split, type Tensor, tanh, unstack } from '../graph/index.js';
import { uniform } from './initializers.js';
import type { ParameterSource } from './parameters.js';

/** State of an LSTM: output h and memory c, both `[R, hidden]`. */
export interface LstmState {
  readonly h: Tensor;
  readonly c: Tensor;
}

/**
 * One layer of an LSTM (Hochreiter and Schmidhuber, 1997) with PyTorch's names and gate order i, f, g, o:
 *
 *   i, f, o = σ(…), g = tanh(…) of x·W_ihᵀ + b_ih + h·W_hhᵀ + b_hh;  c' = f·c + i·g;  h' = o·tanh(c')
 *
 * The input's share of all time steps is one matrix product ({@link project}); only h·W_hhᵀ is left for each step.
 */
export class LstmLayer {
  readonly #inputWeight: Tensor;
  readonly #stateWeight: Tensor;
  readonly #bias: Tensor;

  /** @param suffix PyTorch's, `_l0`, `_l0_reverse`, `_l1` */
  constructor(
    p: ParameterSource,
    suffix: string,
    inputs: number,
    readonly hidden: number,
  ) {
    // PyTorch's initialisation of recurrent layers.
    const initializer = uniform(1 / Math.sqrt(hidden));
    const get = (name: string, shape: number[]) => p.parameter(`${name}${suffix}`, { shape, initializer });
    this.#inputWeight = get('weight_ih', [4 * hidden, inputs]);
    this.#stateWeight = get('weight_hh', [4 * hidden, hidden]);
    this.#bias = add(get('bias_ih', [4 * hidden]), get('bias_hh', [4 * hidden]));
  }

  /** The input's share of the gates, x·W_ihᵀ + b: `[N, inputs]` → `[N, 4·hidden]`. */
  project(x: Tensor): Tensor {
    return gemm(x, this.#inputWeight, { transposeB: true, plus: this.#bias });
  }

  /**
   * {@link project} for inputs that come in two parts, [a, b].
   *
   * @param a `[N, A]`
   * @returns a's share with the bias, `[N, 4·hidden]`, and what adds to it that of b, `[N, inputs − A]`
   */
  projectParts(a: Tensor): { share: Tensor; rest: (b: Tensor, share: Tensor) => Tensor } {
    const n = a.shape[1]!;
    const [wa, wb] = split(this.#inputWeight, 1, [n, this.#inputWeight.shape[1]! - n]);
    return {
      share: gemm(a, wa!, { transposeB: true, plus: this.#bias }),
      rest: (b, share) => gemm(b, wb!, { transposeB: true, plus: share }),
    };
  }

  /** One step. @param gates the input's share, `[R, 4·hidden]`; no state: zeros */
  step(gates: Tensor, state: LstmState | undefined): LstmState {
    const a = state ? gemm(state.h, this.#stateWeight, { transposeB: true, plus: gates }) : gates;
    const n = this.hidden;
    const [i, f, g, o] = split(a, 1, [n, n, n, n]);
    const candidate = mul(sigmoid(i!), tanh(g!));
    const c = state ? add(mul(sigmoid(f!), state.c), candidate) : candidate;
    return { h: mul(sigmoid(o!), tanh(c)), c };
  }
}

/**
 * A whole sequence through one layer.
 *
 * @param x time first, `[T, R, inputs]`
 * @returns h of every step, in the order of time, each `[R, hidden]`
 */
export function lstm(layer: LstmLayer, x: Tensor, direction: 'forward' | 'backward' = 'forward'): Tensor[] {
  const [t, r, n] = x.shape;
  const gates = unstack(reshape(layer.project(reshape(x, [t! * r!, n!])), [t!, r!, 4 * layer.hidden]), 0);
  const order = direction === 'forward' ? gates : gates.reverse();
  let state: LstmState | undefined;
  const outputs = order.map((g) => {
    state = layer.step(g, state);
    return state.h;
  });
  return direction === 'forward' ? outputs : outputs.reverse();
}

/**
 * A whole sequence through two layers, from its first step to its last and back.
 *
 * @param p where they are, under PyTorch's names
 * @param x time first, `[T, R, inputs]`
 * @returns for each step the output of either, each `[R, hidden]`
 */
export function bidirectionalLstm(
  p: ParameterSource,
  x: Tensor,
  hidden: number,
): { forward: Tensor[]; backward: Tensor[] } {
  const layer = (suffix: string) => new LstmLayer(p, suffix, x.shape[2]!, hidden);
  return { forward: lstm(layer('_l0'), x), backward: lstm(layer('_l0_reverse'), x, 'backward') };
}

/**
 * A plain recurrent network, h' = tanh(x·W_ihᵀ + b_ih + h·W_hhᵀ + b_hh), as PyTorch's `RNN`.
 *
 * @param x time first, `[T, R, inputs]`
 * @returns h of every step, each `[R, hidden]`
 */
export function rnn(p: ParameterSource, x: Tensor, hidden: number): Tensor[] {
  const [t, r, n] = x.shape;
  const initializer = uniform(1 / Math.sqrt(hidden));
  const get = (name: string, shape: number[]) => p.parameter(`${name}_l0`, { shape, initializer });
  const wi = get('weight_ih', [hidden, n!]);
  const wh = get('weight_hh', [hidden, hidden]);
  const bias = add(get('bias_ih', [hidden]), get('bias_hh', [hidden]));
  const shares = gemm(reshape(x, [t! * r!, n!]), wi, { transposeB: true, plus: bias });
  let h: Tensor | undefined;
  return unstack(reshape(shares, [t!, r!, hidden]), 0).map((share) => {
    h = tanh(h ? gemm(h, wh, { transposeB: true, plus: share }) : share);
    return h;
  });
}
