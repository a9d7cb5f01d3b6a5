import fc from 'fast-check';
import { expect, test } from 'vitest';
import { adjointTables, gatherRows, permute } from '../../src/graph/index.js';
import { Random } from '../../src/random.js';
import { arrayOf, at, checkOperation, forAll, type Numbers, numbers, seeds, shapes } from './check.js';

/** A table over so many rows: some repeated, some −1, some rows never used. */
const tables = fc.integer({ min: 1, max: 5 }).chain((rows) =>
  fc.record({
    rows: fc.constant(rows),
    table: fc
      .array(fc.integer({ min: -1, max: rows - 1 }), { minLength: 1, maxLength: 9 })
      .map((t) => Int32Array.from(t)),
  }),
);

test('gatherRows with repeated rows and −1', async () => {
  await forAll(
    [tables, fc.integer({ min: 1, max: 3 }), seeds],
    async ({ rows, table }, columns, seed) => {
      const x = numbers([rows, columns], seed);
      const expected = arrayOf([table.length, columns], (i, j) => (table[i]! < 0 ? 0 : at(x, [table[i]!, j])));
      await checkOperation((t) => gatherRows(t, table), [x], expected);
    },
    15,
  );
});

test('gatherRows when no row is taken gives zeros and the gradient zero', async () => {
  const table = Int32Array.of(-1, -1, -1);
  await checkOperation(
    (t) => gatherRows(t, table),
    [numbers([2, 2], 3)],
    arrayOf([3, 2], () => 0),
  );
});

test('adjointTables: the sum of their gathers is the transpose of the table', async () => {
  await forAll(
    [tables],
    async ({ rows, table }) => {
      const adjoint = adjointTables(table, rows);
      const uses = Array.from({ length: rows }, (_, r) => table.filter((t) => t === r).length);
      expect(adjoint).toHaveLength(Math.max(1, ...uses));
      for (let r = 0; r < rows; r++) {
        const sources = adjoint.map((t) => t[r]!).filter((i) => i >= 0);
        expect(sources.sort((a, b) => a - b)).toEqual([...table.keys()].filter((i) => table[i] === r));
      }
    },
    15,
  );
});

test('permute', async () => {
  const cases = shapes(1, 4).chain((shape) => fc.record({ shape: fc.constant(shape), axis: fc.nat(shape.length - 1) }));
  await forAll([cases, seeds], async ({ shape, axis }, seed) => {
    const x = numbers(shape, seed);
    const order = Random.of(seed, 'order').permutation(shape[axis]!);
    const inverse = order.map((_, i) => order.indexOf(i));
    const index = (data: Int32Array): Numbers => ({ shape: [data.length], data, type: 'int32' });
    const expected = arrayOf(shape, (...i) => at(x, i.with(axis, order[i[axis]!]!)));
    await checkOperation(
      (t, o, v) => permute(t!, axis - shape.length, o!, v!),
      [x, index(order), index(inverse)],
      expected,
    );
  });
});
