import { graphError, type Shape, type Tensor } from './tensor.js';

/**
 * A batch size left open until the graph runs.
 *
 * Shapes in a graph are numbers. An exported model must take any number of sequences, so it is built with this prime as its
 * batch size: it passes through shape inference like any other number, and a dimension that is a multiple of it is
 * "so many times the batch" when the graph is encoded. A dimension that happens to be one is
 * taken for it; of what is exported, none comes near.
 */
export const OPEN_BATCH = 1_000_003;

/** Whether a dimension is a multiple of the open batch. */
export function isOpen(dimension: number): boolean {
  return dimension > 0 && dimension % OPEN_BATCH === 0;
}

/** Name of an open dimension in the encoded graph: `batch`, `batch*15`. */
export function openName(dimension: number): string {
  const times = dimension / OPEN_BATCH;
  return times === 1 ? 'batch' : `batch*${times}`;
}

/** @throws CdsvaeError `graph` when an axis is open, for operations that need its length as the graph is built */
export function refuseOpen(op: string, x: Tensor, axis: number): void {
  if (isOpen(x.shape[axis]!)) throw graphError(op, `axis ${axis} of ${x} is an open batch`);
}

/** Target of a Reshape node: an open dimension becomes −1, "whatever is left", of which there can be one. */
export function reshapeTarget(shape: Shape): number[] {
  if (shape.filter(isOpen).length > 1) throw graphError('reshape', `${shape.filter(isOpen)}: more than one open batch`);
  return shape.map((d) => (isOpen(d) ? -1 : d));
}
