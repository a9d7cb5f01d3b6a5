import type { Graph, Tensor } from '../../../graph/index.js';

const tables = new WeakMap<Graph, Map<string, readonly Tensor[]>>();

/** Index tables of a graph, made once and shared by all that ask for them by the same key. */
export function sharedTables(graph: Graph, key: string, make: () => readonly Int32Array[]): readonly Tensor[] {
  const known = tables.get(graph) ?? new Map<string, readonly Tensor[]>();
  tables.set(graph, known);
  const made = known.get(key) ?? make().map((t) => graph.constant(t, [t.length], 'int32'));
  known.set(key, made);
  return made;
}

/** The table with `row` for −1. */
export function zeroRowAt(table: Int32Array, row: number): Int32Array {
  return table.map((r) => (r < 0 ? row : r));
}
