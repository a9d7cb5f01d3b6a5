import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Graph, gemm, matmul, matrixTranspose } from '../../src/graph/index.js';
import { arrayOf, at, broadcastPairs, checkOperation, forAll, numbers, seeds } from './check.js';

const length = fc.integer({ min: 1, max: 4 });

describe('gemm', () => {
  test.each([
    [false, false],
    [false, true],
    [true, false],
    [true, true],
  ])('transposeA %s, transposeB %s', async (transposeA, transposeB) => {
    await forAll(
      [length, length, length, fc.constantFrom('none', '[]', '[n]', '[1, n]', '[m, 1]', '[m, n]'), seeds],
      async (m, k, n, plus, seed) => {
        const a = numbers(transposeA ? [k, m] : [m, k], seed);
        const b = numbers(transposeB ? [n, k] : [k, n], seed + 1);
        const plusShapes = { none: [], '[]': [], '[n]': [n], '[1, n]': [1, n], '[m, 1]': [m, 1], '[m, n]': [m, n] };
        const c = numbers(plusShapes[plus], seed + 2);
        const expected = arrayOf([m, n], (i, j) => {
          let s = plus === 'none' ? 0 : at(c, [i, j]);
          for (let l = 0; l < k; l++) s += at(a, transposeA ? [l, i] : [i, l]) * at(b, transposeB ? [j, l] : [l, j]);
          return s;
        });
        await checkOperation(
          (x, y, z) => gemm(x!, y!, { transposeA, transposeB, ...(z && { plus: z }) }),
          plus === 'none' ? [a, b] : [a, b, c],
          expected,
        );
      },
      10,
    );
  });
});

describe('matmul', () => {
  test('leading axes broadcast', async () => {
    await forAll([broadcastPairs, length, length, length, seeds], async (lead, m, k, n, seed) => {
      const [la, lb, shape] = [lead.a.slice(-3), lead.b.slice(-3), lead.shape.slice(-3)];
      const a = numbers([...la, m, k], seed);
      const b = numbers([...lb, k, n], seed + 1);
      const rank = Math.max(la.length, lb.length);
      const expected = arrayOf([...(rank === 0 ? [] : shape.slice(-rank)), m, n], (...index) => {
        const [outer, i, j] = [index.slice(0, -2), index.at(-2)!, index.at(-1)!];
        let s = 0;
        for (let l = 0; l < k; l++) s += at(a, [...outer, i, l]) * at(b, [...outer, l, j]);
        return s;
      });
      await checkOperation(matmul, [a, b], expected);
    });
  });

  test('matrixTranspose exchanges the last two axes', async () => {
    const x = numbers([2, 3, 4], 1);
    await checkOperation(
      matrixTranspose,
      [x],
      arrayOf([2, 4, 3], (b, i, j) => at(x, [b, j, i])),
    );
    const graph = new Graph();
    const m = graph.input('m', [3, 2]);
    expect(matrixTranspose(matrixTranspose(m)).shape).toEqual([3, 2]);
  });
});
