import {
  add,
  div,
  less,
  log,
  matmul,
  mul,
  reshape,
  square,
  stack,
  sub,
  sum,
  type Tensor,
  unstack,
  where,
} from '../../graph/index.js';
import type { Experts } from './experts.js';

/** τ, pixels that an object's position may be from the one before: what decides where appearance does not. */
const NEAR = 2;

/**
 * Which of the objects seen in a frame is which, by their appearance so far: one after the other, frames are put in the order in which
 * glimpses that belong together are of one object. As object k, what is seen as j costs
 *
 *   Σ_d [(μⱼ − mₖ)² / v + log v] + |positionⱼ − positionₖ|² / τ²,   v = σⱼ² + 1/Pₖ
 *
 * where mₖ and 1/Pₖ are mean and variance of the product of the glimpses of k so far, and positionₖ is its last. (A recurrent network tells
 * where objects are, and loses track of which is which where they lie over one another: data association, as in the tracking of targets.)
 * Two objects are exchanged where that costs less: for two objects that is the best order.
 *
 * @param each what each glimpse says, K of each frame, `[T, B·K, d]`
 * @param positions in pixels, `[T, B, K, 2]`
 * @returns for each frame a matrix of 0 and 1 that puts what is seen in order, `[T, B, K, K]`. No gradient flows
 */
export function association(each: Experts, positions: Tensor): Tensor {
  const [t, b, k] = positions.shape as [number, number, number];
  const { graph, type } = positions;
  const d = each.mean.shape[2]!;
  const frames = (v: Tensor, size: number) => unstack(reshape(graph.stopGradient(v), [t, b, k, size]), 0);
  const means = frames(each.mean, d);
  const precisions = frames(each.precision, d);
  const at = frames(positions, 2);
  const asSeen = graph.constant(
    matrixOf(k, (row, column) => row === column),
    [1, k, k],
    type,
  );
  /** Of what is seen as j to object k, `[B, K, K]`. */
  const between = (seen: Tensor, object: Tensor, size: number, of: (j: Tensor, k: Tensor) => Tensor) =>
    of(reshape(seen, [b, k, 1, size]), reshape(object, [b, 1, k, size]));

  // For each sequence: that no square is below 0 says so in as many rows as there are, which may be any number.
  const squares = sum(square(reshape(at[0]!, [b, 1, 2 * k])), 2);
  const same = where(less(reshape(squares, [b, 1, 1]), 0), 0, asSeen);
  const orders = [same];
  let precision = precisions[0]!;
  let weighted = mul(precision, means[0]!);
  let last = at[0]!;
  for (let i = 1; i < t; i++) {
    const variance = between(precisions[i]!, precision, d, (j, k) => add(div(1, j), div(1, k)));
    const apart = between(means[i]!, div(weighted, precision), d, sub);
    const appearance = sum(add(div(square(apart), variance), log(variance)), 3);
    const distance = sum(square(between(at[i]!, last, 2, sub)), 3);
    const order = exchanges(add(appearance, mul(distance, 1 / NEAR ** 2)), same);
    const own = matmul(order, precisions[i]!);
    precision = add(precision, own);
    weighted = add(weighted, mul(own, matmul(order, means[i]!)));
    last = matmul(order, at[i]!);
    orders.push(order);
  }
  return stack(orders, 0);
}

/**
 * Exchanges two objects wherever that costs less.
 *
 * @param costs of what is seen as j, as object k, `[B, K, K]`
 * @param same the matrix that leaves all as it is, `[B, K, K]`, as is what is returned
 */
function exchanges(costs: Tensor, same: Tensor): Tensor {
  const { graph, type } = costs;
  const [b, k] = costs.shape as [number, number];
  let order = same;
  for (let i = 0; i < k; i++) {
    for (let j = i + 1; j < k; j++) {
      const both = (row: number, column: number) => Number([i, j].includes(row) && [i, j].includes(column));
      // What both cost as they are, less what they cost the other way round.
      const signs = matrixOf(k, (row, column) => both(row, column) * (row === column ? 1 : -1));
      const gain = sum(mul(matmul(order, costs), graph.constant(signs, [1, k, k], type)), [1, 2]);
      const exchanged = matrixOf(k, (row, column) => (both(row, column) ? row !== column : row === column));
      const exchange = where(less(0, reshape(gain, [b, 1, 1])), graph.constant(exchanged, [1, k, k], type), same);
      order = matmul(exchange, order);
    }
  }
  return order;
}

function matrixOf(k: number, entry: (row: number, column: number) => number | boolean): Float64Array {
  return Float64Array.from({ length: k * k }, (_, at) => Number(entry(Math.floor(at / k), at % k)));
}
