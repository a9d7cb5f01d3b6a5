import { add, div, exp, log, mul, sub } from './elementwise.js';
import { isOpen } from './open-batch.js';
import { expand, reshape } from './shape.js';
import { graphError, normalizeAxis, type Tensor } from './tensor.js';

type Axes = number | readonly number[];

/** Sum over axes (all when not given), which are dropped. */
export function sum(x: Tensor, axes?: Axes): Tensor {
  return sumFor('sum', x, axes);
}

/** Sum over axes, which stay with length 1. */
export function sumKeep(x: Tensor, axes: Axes): Tensor {
  return reshape(sumFor('sumKeep', x, axes), keptShape('sumKeep', x, axes));
}

/** Mean over axes (all when not given), which are dropped. */
export function mean(x: Tensor, axes?: Axes): Tensor {
  const s = sumFor('mean', x, axes);
  if (isOpen(x.size / s.size)) throw graphError('mean', `of ${x} over axes whose length is an open batch`);
  return mul(s, s.size / x.size);
}

/** Largest value along axes, which stay with length 1. A constant to differentiation: it serves to shift exponents. */
export function maxKeep(x: Tensor, axes: Axes): Tensor {
  const m = reduce('maxKeep', 'ReduceMax', x, axes, undefined);
  return reshape(x.graph.stopGradient(m), keptShape('maxKeep', x, axes));
}

/** log Σ e^x along one axis, which is dropped. Shifted by the largest value, so it neither overflows nor underflows. */
export function logSumExp(x: Tensor, axis: number): Tensor {
  normalizeAxis('logSumExp', axis, x.shape);
  const m = maxKeep(x, axis);
  const s = sum(exp(sub(x, m)), axis);
  return add(log(s), reshape(m, s.shape));
}

/** Log-softmax along one axis. */
export function logSoftmax(x: Tensor, axis: number): Tensor {
  const kept = keptShape('logSoftmax', x, axis);
  return sub(x, reshape(logSumExp(x, axis), kept));
}

/** Softmax along one axis. */
export function softmax(x: Tensor, axis: number): Tensor {
  normalizeAxis('softmax', axis, x.shape);
  const e = exp(sub(x, maxKeep(x, axis)));
  return div(e, sumKeep(e, axis));
}

function sumFor(name: string, x: Tensor, axes: Axes | undefined): Tensor {
  return reduce(name, 'ReduceSum', x, axes, (g) => expand(g, x.shape));
}

/** @param name the operation's, for messages; `op` is the node's */
function reduce(
  name: string,
  op: string,
  x: Tensor,
  axes: Axes | undefined,
  spread: ((g: Tensor) => Tensor) | undefined,
): Tensor {
  const list = axisList(name, x, axes);
  if (list.length === 0) return x;
  const shape = x.shape.filter((_, i) => !list.includes(i));
  return x.graph.node({
    op,
    inputs: [x, x.graph.constant(list, [list.length], 'int64')],
    shapes: [shape],
    attributes: { keepdims: 0 },
    ...(spread && { backward: ([g]) => [spread(reshape(g!, keptShape(name, x, list))), undefined] }),
  })[0]!;
}

function axisList(name: string, x: Tensor, axes: Axes | undefined): number[] {
  const given = axes === undefined ? x.shape.map((_, i) => i) : typeof axes === 'number' ? [axes] : axes;
  const list = given.map((a) => normalizeAxis(name, a, x.shape)).sort((a, b) => a - b);
  if (new Set(list).size < list.length) throw graphError(name, `axes [${given}] name an axis of ${x} twice`);
  return list;
}

function keptShape(name: string, x: Tensor, axes: Axes): number[] {
  const list = axisList(name, x, axes);
  return x.shape.map((d, i) => (list.includes(i) ? 1 : d));
}
