import { DATA_TYPE } from './data-type.js';
import type { Graph } from './graph.js';
import { sum } from './reduce.js';
import { reshape } from './shape.js';
import { broadcastShape, formatShape, graphError, type Shape, sameShape, Tensor } from './tensor.js';

/** An operand: a tensor, or a number that becomes a constant of the other operand's type. */
export type Operand = Tensor | number;

/** a + b, broadcast. */
export function add(a: Operand, b: Operand): Tensor {
  if (a === 0 && b instanceof Tensor) return b;
  if (b === 0 && a instanceof Tensor) return a;
  return binary('add', 'Add', a, b, (g) => [g, g]);
}

/** a − b, broadcast. */
export function sub(a: Operand, b: Operand): Tensor {
  if (b === 0 && a instanceof Tensor) return a;
  return binary('sub', 'Sub', a, b, (g) => [g, neg(g)]);
}

/** a · b, element by element, broadcast. */
export function mul(a: Operand, b: Operand): Tensor {
  if (a === 1 && b instanceof Tensor) return b;
  if (b === 1 && a instanceof Tensor) return a;
  return binary('mul', 'Mul', a, b, (g, x, y) => [mul(g, y), mul(g, x)]);
}

/** a / b, broadcast. */
export function div(a: Operand, b: Operand): Tensor {
  if (b === 1 && a instanceof Tensor) return a;
  // Not −g·x / y²: float32 holds no square below 1e-38.
  return binary('div', 'Div', a, b, (g, x, y) => [div(g, y), neg(mul(div(g, y), div(x, y)))]);
}

/** The larger of a and b; at a tie the gradient goes to a. */
export function maximum(a: Operand, b: Operand): Tensor {
  return binary('maximum', 'Max', a, b, (g, x, y) => [where(less(x, y), 0, g), where(less(x, y), g, 0)]);
}

/** The smaller of a and b; at a tie the gradient goes to a. */
export function minimum(a: Operand, b: Operand): Tensor {
  return binary('minimum', 'Min', a, b, (g, x, y) => [where(less(y, x), 0, g), where(less(y, x), g, 0)]);
}

/** a < b, as booleans. */
export function less(a: Operand, b: Operand): Tensor {
  const [x, y] = lift('less', a, b);
  return x.graph.node({
    op: 'Less',
    inputs: [x, y],
    shapes: [broadcastShape('less', x.shape, y.shape)],
    type: 'bool',
  })[0]!;
}

/** `a` where the condition holds, `b` elsewhere; all three broadcast. */
export function where(condition: Tensor, a: Operand, b: Operand): Tensor {
  if (condition.type !== 'bool') throw graphError('where', `the condition must be bool, not ${condition}`);
  const [x, y] = lift('where', a, b);
  const shape = broadcastShape('where', condition.shape, broadcastShape('where', x.shape, y.shape));
  return condition.graph.node({
    op: 'Where',
    inputs: [condition, x, y],
    shapes: [shape],
    type: x.type,
    backward: ([g]) => [undefined, sumTo(where(condition, g!, 0), x.shape), sumTo(where(condition, 0, g!), y.shape)],
  })[0]!;
}

/** −x. */
export function neg(x: Tensor): Tensor {
  return unary('neg', 'Neg', x, (g) => neg(g));
}

/** x². */
export function square(x: Tensor): Tensor {
  requireReal('square', x);
  return mul(x, x);
}

/** e^x. */
export function exp(x: Tensor): Tensor {
  return unary('exp', 'Exp', x, (g, y) => mul(g, y));
}

/** Natural logarithm. */
export function log(x: Tensor): Tensor {
  return unary('log', 'Log', x, (g) => div(g, x));
}

/** √x. */
export function sqrt(x: Tensor): Tensor {
  return unary('sqrt', 'Sqrt', x, (g, y) => div(mul(g, 0.5), y));
}

/** |x|; its gradient at 0 is 0. */
export function abs(x: Tensor): Tensor {
  return unary('abs', 'Abs', x, (g) => mul(g, sign(x)));
}

/** −1, 0 or 1. No gradient flows. */
export function sign(x: Tensor): Tensor {
  return unary('sign', 'Sign', x, () => undefined);
}

/** 1 / (1 + e^−x). */
export function sigmoid(x: Tensor): Tensor {
  return unary('sigmoid', 'Sigmoid', x, (g, y) => mul(g, mul(y, sub(1, y))));
}

/** Hyperbolic tangent. */
export function tanh(x: Tensor): Tensor {
  return unary('tanh', 'Tanh', x, (g, y) => mul(g, sub(1, square(y))));
}

/** max(x, 0); its gradient at 0 is 0. */
export function relu(x: Tensor): Tensor {
  return unary('relu', 'Relu', x, (g, y) => mul(g, sign(y)));
}

/** x where positive, slope · x elsewhere; 0 < slope < 1. */
export function leakyRelu(x: Tensor, slope = 0.2): Tensor {
  requireReal('leakyRelu', x);
  const backward = (g: Tensor) => mul(g, leakySlope(x, slope));
  // The runtime has no float64 kernel for LeakyRelu.
  if (x.type === 'float64') {
    const y = maximum(x, mul(x, slope));
    return x.graph.differentiable([x], [y], ([g]) => [backward(g!)])[0]!;
  }
  return unary('leakyRelu', 'LeakyRelu', x, backward, { alpha: { float: slope } });
}

/**
 * Derivative of {@link leakyRelu} from its input, or from its output, which has the same sign: 1 where positive, `slope`
 * elsewhere. Clip(y · 1e30, slope, 1) takes one pass where a comparison and a choice take two.
 */
export function leakySlope(y: Tensor, slope = 0.2): Tensor {
  requireReal('leakySlope', y);
  return clip(mul(y, 1e30), slope, 1);
}

/** x kept within [low, high]. The gradient is that of x inside and 0 outside. */
export function clip(x: Tensor, low: number, high: number): Tensor {
  requireReal('clip', x);
  if (!(low <= high)) throw graphError('clip', `nothing lies between ${low} and ${high}`);
  const bound = (v: number) => x.graph.constant(v, [], x.type);
  return x.graph.node({
    op: 'Clip',
    inputs: [x, bound(low), bound(high)],
    shapes: [x.shape],
    backward: ([g]) => [where(less(x, low), 0, where(less(high, x), 0, g!))],
  })[0]!;
}

/** log(1 + e^x), computed as max(x, 0) + log(1 + e^−|x|), which never overflows. Below the type's epsilon it is 0. */
export function softplus(x: Tensor): Tensor {
  requireReal('softplus', x);
  const y = add(relu(x), log(add(exp(neg(abs(x))), 1)));
  return x.graph.differentiable([x], [y], ([g]) => [mul(g!, sigmoid(x))])[0]!;
}

/** The same values in another type. Gradients flow between the floating-point types only. */
export function cast(x: Tensor, type: Tensor['type']): Tensor {
  if (x.type === type) return x;
  const real = (t: Tensor['type']) => t === 'float32' || t === 'float64';
  return x.graph.node({
    op: 'Cast',
    inputs: [x],
    shapes: [x.shape],
    type,
    attributes: { to: DATA_TYPE[type] },
    backward: ([g]) => [real(x.type) ? cast(g!, x.type) : undefined],
  })[0]!;
}

/**
 * Adjoint of broadcasting: `g` summed down to `shape`. One axis after the other, the last first: a few short sums round less
 * than one long one.
 */
export function sumTo(g: Tensor, shape: Shape): Tensor {
  if (sameShape(g.shape, shape)) return g;
  const extra = g.rank - shape.length;
  if (extra < 0 || shape.some((d, i) => d !== 1 && d !== g.shape[extra + i])) {
    throw graphError('sumTo', `${g} was not broadcast from ${formatShape(shape)}`);
  }
  const axes = g.shape.flatMap((d, i) => (i < extra || (shape[i - extra] === 1 && d !== 1) ? [i] : []));
  return reshape(
    axes.reduceRight((rest, axis) => sum(rest, axis), g),
    shape,
  );
}

/** @param name the operation's, for messages; `op` is the node's */
function unary(
  name: string,
  op: string,
  x: Tensor,
  backward: (g: Tensor, y: Tensor) => Tensor | undefined,
  attributes: Parameters<Graph['node']>[0]['attributes'] = {},
): Tensor {
  requireReal(name, x);
  const y: Tensor = x.graph.node({
    op,
    inputs: [x],
    shapes: [x.shape],
    attributes,
    backward: ([g]) => [backward(g!, y)],
  })[0]!;
  return y;
}

/** @param name the operation's, for messages; `op` is the node's */
function binary(
  name: string,
  op: string,
  a: Operand,
  b: Operand,
  backward: (g: Tensor, x: Tensor, y: Tensor) => [Tensor, Tensor],
): Tensor {
  const [x, y] = lift(name, a, b);
  requireReal(name, x);
  const shape = broadcastShape(name, x.shape, y.shape);
  // The runtime broadcasts along the last axis first: where that is 1 it goes element by element, fifty times slower.
  if (shape.length > 0 && shape.at(-1) === 1) {
    return reshape(binary(name, op, withoutLastAxis(x), withoutLastAxis(y), backward), shape);
  }
  return x.graph.node({
    op,
    inputs: [x, y],
    shapes: [shape],
    backward: ([g]) => {
      const [gx, gy] = backward(g!, x, y);
      return [sumTo(gx, x.shape), sumTo(gy, y.shape)];
    },
  })[0]!;
}

function withoutLastAxis(x: Tensor): Tensor {
  return reshape(x, x.shape.slice(0, -1));
}

function lift(op: string, a: Operand, b: Operand): [Tensor, Tensor] {
  const like = a instanceof Tensor ? a : b;
  if (!(like instanceof Tensor)) throw graphError(op, `one operand must be a tensor, not ${a} and ${b}`);
  const { graph, type } = like;
  const tensor = (v: Operand) => (v instanceof Tensor ? v : graph.constant(v, [], type));
  const [x, y] = [tensor(a), tensor(b)];
  if (x.type !== y.type) throw graphError(op, `operands ${x} and ${y} differ in type`);
  if (x.graph !== y.graph) throw graphError(op, `operands ${x} and ${y}: one belongs to another graph`);
  return [x, y];
}

function requireReal(op: string, x: Tensor): void {
  if (x.type !== 'float32' && x.type !== 'float64') throw graphError(op, `${x} is not a floating-point tensor`);
}
