import { concat, type Tensor } from '../../../graph/index.js';

/** Rows with a row of zeros after them, for tables to name where there is no pixel. */
export function withZeroRow(x: Tensor): Tensor {
  return concat([x, x.graph.constant(0, [1, x.shape[1]!], x.type)], 0);
}

/** Rows by a table that names no row beyond x. Its gradient is nobody's business: who uses it writes the adjoint out. */
export function gather(x: Tensor, table: Tensor): Tensor {
  return x.graph.node({
    op: 'Gather',
    inputs: [x, table],
    shapes: [[table.size, x.shape[1]!]],
    attributes: { axis: 0 },
  })[0]!;
}
