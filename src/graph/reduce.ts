import { add, div, exp, log, mul, sub } from './elementwise.js';
import { expand, reshape } from './shape.js';
import { normalizeAxis, type Tensor } from './tensor.js';

type Axes = number | readonly number[];

/** Sum over axes (all when not given), which are dropped. */
export function sum(x: Tensor, axes?: Axes): Tensor {
  return reduce('ReduceSum', x, axes, (g) => expand(g, x.shape));
}

/** Sum over axes, which stay with length 1. */
export function sumKeep(x: Tensor, axes: Axes): Tensor {
  return reshape(sum(x, axes), keptShape(x, axes));
}

/** Mean over axes (all when not given), which are dropped. */
export function mean(x: Tensor, axes?: Axes): Tensor {
  const s = sum(x, axes);
  return mul(s, s.size / x.size);
}

/** Largest value along axes, which stay with length 1. A constant to differentiation: it serves to shift exponents. */
export function maxKeep(x: Tensor, axes: Axes): Tensor {
  const m = reduce('ReduceMax', x, axes, undefined);
  return reshape(x.graph.stopGradient(m), keptShape(x, axes));
}

/** log Σ e^x along one axis, which is dropped. Shifted by the largest value, so it neither overflows nor underflows. */
export function logSumExp(x: Tensor, axis: number): Tensor {
  const m = maxKeep(x, axis);
  const s = sum(exp(sub(x, m)), axis);
  return add(log(s), reshape(m, s.shape));
}

/** Log-softmax along one axis. */
export function logSoftmax(x: Tensor, axis: number): Tensor {
  return sub(x, reshape(logSumExp(x, axis), keptShape(x, axis)));
}

/** Softmax along one axis. */
export function softmax(x: Tensor, axis: number): Tensor {
  const e = exp(sub(x, maxKeep(x, axis)));
  return div(e, sumKeep(e, axis));
}

function reduce(op: string, x: Tensor, axes: Axes | undefined, spread: ((g: Tensor) => Tensor) | undefined): Tensor {
  const list = axisList(op, x, axes);
  if (list.length === 0) return x;
  const shape = x.shape.filter((_, i) => !list.includes(i));
  return x.graph.node({
    op,
    inputs: [x, x.graph.constant(list, [list.length], 'int64')],
    shapes: [shape],
    attributes: { keepdims: 0 },
    ...(spread && { backward: ([g]) => [spread(reshape(g!, keptShape(x, list))), undefined] }),
  })[0]!;
}

function axisList(op: string, x: Tensor, axes: Axes | undefined): number[] {
  const list = axes === undefined ? x.shape.map((_, i) => i) : typeof axes === 'number' ? [axes] : axes;
  return list.map((a) => normalizeAxis(op, a, x.shape)).sort((a, b) => a - b);
}

function keptShape(x: Tensor, axes: Axes): number[] {
  const list = axisList('reduce', x, axes);
  return x.shape.map((d, i) => (list.includes(i) ? 1 : d));
}
