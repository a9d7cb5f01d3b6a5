import { add } from './elementwise.js';
import { isOpen } from './open-batch.js';
import { pad } from './shape.js';
import { graphError, normalizeAxis, type Tensor } from './tensor.js';

/** Where each row of a result comes from; −1 is a row of zeros. */
export type RowTable = Int32Array;

/**
 * Rows of a matrix in the order of a fixed table: row i of the result is row `table[i]` of x, or zeros where that is −1.
 *
 * Its gradient is of the same kind: when no row of x is used more than k times, the adjoint is a sum of k such gathers
 * ({@link adjointTables}), with no scatter anywhere.
 *
 * @param x `[R, C]`
 * @returns `[table.length, C]`
 */
export function gatherRows(x: Tensor, table: RowTable): Tensor {
  if (x.rank !== 2 || isOpen(x.shape[0]!))
    throw graphError('gatherRows', `a matrix of fixed shape is needed, not ${x}`);
  const rows = x.shape[0]!;
  for (const r of table) {
    if (r < -1 || r >= rows) throw graphError('gatherRows', `row ${r} is not in ${x}`);
  }
  const zeros = table.includes(-1);
  const source = zeros ? pad(x, 0, 0, 1) : x;
  const index = x.graph.constant(zeros ? table.map((r) => (r < 0 ? rows : r)) : table, [table.length], 'int32');
  const [y] = x.graph.node({
    op: 'Gather',
    inputs: [source, index],
    shapes: [[table.length, x.shape[1]!]],
    attributes: { axis: 0 },
  });
  return x.graph.differentiable([x], [y!], ([g]) => [
    adjointTables(table, rows)
      .map((t) => gatherRows(g!, t))
      .reduce(add),
  ])[0]!;
}

/**
 * Tables whose gathers, summed, are the adjoint of gathering by `table`: row r of the sum is Σ over {i : table[i] = r} of
 * row i. As many tables as the most-used row has uses (at least one).
 */
export function adjointTables(table: RowTable, rows: number): RowTable[] {
  const tables: RowTable[] = [new Int32Array(rows).fill(-1)];
  const uses = new Int32Array(rows);
  table.forEach((r, i) => {
    if (r < 0) return;
    const k = uses[r]!++;
    if (k === tables.length) tables.push(new Int32Array(rows).fill(-1));
    tables[k]![r] = i;
  });
  return tables;
}

/**
 * Elements along an axis in an order given at each run: `y[…, i, …] = x[…, order[i], …]`.
 *
 * @param order int32 `[n]`, a permutation of 0 … n − 1; `inverse` is the permutation that undoes it. Neither can be checked
 *   here; whoever feeds them sees to it.
 */
export function permute(x: Tensor, axis: number, order: Tensor, inverse: Tensor): Tensor {
  const a = normalizeAxis('permute', axis, x.shape);
  for (const t of [order, inverse]) {
    if (t.type !== 'int32' || t.rank !== 1 || t.shape[0] !== x.shape[a]) {
      throw graphError('permute', `an order of axis ${axis} of ${x} must be int32[${x.shape[a]}], not ${t}`);
    }
  }
  return x.graph.node({
    op: 'Gather',
    inputs: [x, order],
    shapes: [x.shape],
    attributes: { axis: a },
    backward: ([g]) => [permute(g!, a, inverse, order), undefined],
  })[0]!;
}
