import { sumTo } from './elementwise.js';
import { isOpen, refuseOpen, reshapeTarget } from './open-batch.js';
import {
  broadcastShape,
  checkShape,
  formatShape,
  graphError,
  normalizeAxis,
  type Shape,
  sameShape,
  sizeOf,
  type Tensor,
} from './tensor.js';

/** The same elements in another shape. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  checkShape('reshape', shape);
  if (sizeOf(shape) !== x.size) throw graphError('reshape', `${x} does not have the elements of ${formatShape(shape)}`);
  const target = x.graph.constant(reshapeTarget(shape), [shape.length], 'int64');
  return x.graph.node({
    op: 'Reshape',
    inputs: [x, target],
    shapes: [shape],
    backward: ([g]) => [reshape(g!, x.shape), undefined],
  })[0]!;
}

/** Axes in another order: axis i of the result is axis `order[i]` of x. */
export function transpose(x: Tensor, order: readonly number[]): Tensor {
  if (order.length !== x.rank || order.some((_, i) => !order.includes(i))) {
    throw graphError('transpose', `[${order}] is not an order of the axes of ${x}`);
  }
  if (order.every((a, i) => a === i)) return x;
  const inverse = order.map((_, i) => order.indexOf(i));
  return x.graph.node({
    op: 'Transpose',
    inputs: [x],
    shapes: [order.map((a) => x.shape[a]!)],
    attributes: { perm: order },
    backward: ([g]) => [transpose(g!, inverse)],
  })[0]!;
}

/** Repeats axes of length 1, and adds axes in front, to reach `shape`. */
export function expand(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  if (!sameShape(broadcastShape('expand', x.shape, shape), shape)) {
    throw graphError('expand', `${x} does not broadcast to ${formatShape(shape)}`);
  }
  const lead = shape.length - x.rank;
  // A target of 1 keeps x's own length, which is how an axis whose length is open until the graph runs is kept.
  const target = shape.map((d, i) => {
    if (!isOpen(d)) return d;
    if (x.shape[i - lead] !== d) throw graphError('expand', `${x} cannot be repeated to an open batch`);
    return 1;
  });
  return x.graph.node({
    op: 'Expand',
    inputs: [x, x.graph.constant(target, [shape.length], 'int64')],
    shapes: [shape],
    backward: ([g]) => [sumTo(g!, x.shape), undefined],
  })[0]!;
}

/** Joins tensors along an axis; their other axes agree. */
export function concat(xs: readonly Tensor[], axis: number): Tensor {
  const first = xs[0];
  if (!first) throw graphError('concat', 'nothing to join');
  const a = normalizeAxis('concat', axis, first.shape);
  if (xs.length === 1) return first;
  for (const x of xs) {
    if (x.rank !== first.rank || x.shape.some((d, i) => i !== a && d !== first.shape[i]) || x.type !== first.type) {
      throw graphError('concat', `${first} and ${x} do not join along axis ${axis}`);
    }
  }
  if (xs.length > first.graph.widest) {
    return concat(
      inGroups(xs, first.graph.widest).map((group) => concat(group, a)),
      a,
    );
  }
  const lengths = xs.map((x) => x.shape[a]!);
  if (lengths.some(isOpen) && !lengths.every(isOpen)) {
    throw graphError('concat', `lengths [${lengths}] along axis ${axis}: an open batch and a fixed length do not join`);
  }
  const shape = first.shape.with(
    a,
    lengths.reduce((s, d) => s + d, 0),
  );
  return first.graph.node({
    op: 'Concat',
    inputs: xs,
    shapes: [shape],
    attributes: { axis: a },
    backward: ([g]) => split(g!, a, lengths),
  })[0]!;
}

/** Cuts a tensor along an axis into pieces of the given lengths, which must add up to the whole. */
export function split(x: Tensor, axis: number, lengths: readonly number[]): Tensor[] {
  const a = normalizeAxis('split', axis, x.shape);
  if (lengths.reduce((s, d) => s + d, 0) !== x.shape[a] || !lengths.every((d) => Number.isInteger(d) && d > 0)) {
    throw graphError('split', `lengths [${lengths}] do not add up to axis ${axis} of ${x}`);
  }
  if (lengths.length === 1) return [x];
  refuseOpen('split', x, a);
  if (lengths.length > x.graph.widest) {
    const groups = inGroups(lengths, x.graph.widest);
    const wide = groups.map((group) => group.reduce((sum, d) => sum + d, 0));
    return split(x, a, wide).flatMap((part, i) => split(part, a, groups[i]!));
  }
  const shapes = lengths.map((d) => x.shape.with(a, d));
  return [
    ...x.graph.node({
      op: 'Split',
      inputs: [x, x.graph.constant(lengths, [lengths.length], 'int64')],
      shapes,
      attributes: { axis: a },
      backward: (gs) => [
        concat(
          gs.map((g, i) => g ?? x.graph.constant(0, shapes[i]!, x.type)),
          a,
        ),
        undefined,
      ],
    }),
  ];
}

/** Elements `start` (inclusive) to `stop` (exclusive) along an axis. */
export function slice(x: Tensor, axis: number, start: number, stop: number): Tensor {
  const a = normalizeAxis('slice', axis, x.shape);
  const length = x.shape[a]!;
  const whole = Number.isInteger(start) && Number.isInteger(stop);
  if (!(whole && start >= 0 && start < stop && stop <= length)) {
    throw graphError('slice', `${start}:${stop} is not inside axis ${axis} of ${x}`);
  }
  if (start === 0 && stop === length) return x;
  refuseOpen('slice', x, a);
  const index = (v: number) => x.graph.constant([v], [1], 'int64');
  return x.graph.node({
    op: 'Slice',
    inputs: [x, index(start), index(stop), index(a)],
    shapes: [x.shape.with(a, stop - start)],
    backward: ([g]) => [pad(g!, a, start, length - stop), undefined, undefined, undefined],
  })[0]!;
}

/** Adds zeros before and after along an axis. */
export function pad(x: Tensor, axis: number, before: number, after: number): Tensor {
  const a = normalizeAxis('pad', axis, x.shape);
  if (![before, after].every((n) => Number.isInteger(n) && n >= 0)) {
    throw graphError('pad', `${before} before and ${after} after along axis ${axis} of ${x}: 0 or more expected`);
  }
  if (before === 0 && after === 0) return x;
  refuseOpen('pad', x, a);
  const length = x.shape[a]!;
  const pads = new Array<number>(2 * x.rank)
    .fill(0)
    .with(a, before)
    .with(a + x.rank, after);
  return x.graph.node({
    op: 'Pad',
    inputs: [x, x.graph.constant(pads, [pads.length], 'int64')],
    shapes: [x.shape.with(a, before + length + after)],
    backward: ([g]) => [slice(g!, a, before, before + length), undefined],
  })[0]!;
}

/** Puts tensors of one shape side by side along a new axis. */
export function stack(xs: readonly Tensor[], axis: number): Tensor {
  const first = xs[0];
  if (!first) throw graphError('stack', 'nothing to stack');
  const a = normalizeAxis('stack', axis, [...first.shape, 1]);
  for (const x of xs) {
    if (!sameShape(x.shape, first.shape)) throw graphError('stack', `${first} and ${x} differ in shape`);
  }
  return concat(
    xs.map((x) => reshape(x, x.shape.toSpliced(a, 0, 1))),
    a,
  );
}

/** The tensors that stand side by side along an axis, which is dropped. */
export function unstack(x: Tensor, axis: number): Tensor[] {
  const a = normalizeAxis('unstack', axis, x.shape);
  refuseOpen('unstack', x, a);
  const lengths = new Array<number>(x.shape[a]!).fill(1);
  return split(x, a, lengths).map((t) => reshape(t, x.shape.toSpliced(a, 1)));
}

/** Neighbours together, in at most `most` groups of nearly equal size. */
function inGroups<T>(items: readonly T[], most: number): T[][] {
  const count = Math.min(most, Math.ceil(items.length / most));
  return Array.from({ length: count }, (_, i) =>
    items.slice(Math.floor((i * items.length) / count), Math.floor(((i + 1) * items.length) / count)),
  );
}
