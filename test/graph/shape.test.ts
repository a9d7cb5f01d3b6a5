import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as g from '../../src/graph/index.js';
import {
  arrayOf,
  at,
  broadcastPairs,
  checkGradient,
  checkOperation,
  evaluate,
  expectClose,
  forAll,
  numbers,
  seeds,
  shapes,
} from './check.js';

const shapeAndAxis = shapes(1, 4).chain((shape) =>
  fc.record({ shape: fc.constant(shape), axis: fc.nat(shape.length - 1) }),
);
/** The same axis counted from the end, for every other seed. */
const either = (axis: number, rank: number, seed: number) => (seed % 2 === 0 ? axis : axis - rank);

test('reshape', async () => {
  await forAll(
    [shapes(0, 4), seeds],
    async (shape, seed) => {
      const x = numbers(shape, seed);
      const size = g.sizeOf(shape);
      for (const target of [[size], [1, size, 1], [...shape].reverse()]) {
        await checkOperation((t) => g.reshape(t, target), [x], { shape: target, data: x.data });
      }
    },
    4,
  );
});

test('transpose', async () => {
  const orders = shapes(1, 4).chain((shape) =>
    fc.record({
      shape: fc.constant(shape),
      order: fc.shuffledSubarray(
        shape.map((_, i) => i),
        { minLength: shape.length },
      ),
    }),
  );
  await forAll([orders, seeds], async ({ shape, order }, seed) => {
    const x = numbers(shape, seed);
    const expected = arrayOf(
      order.map((a) => shape[a]!),
      (...index) =>
        at(
          x,
          shape.map((_, a) => index[order.indexOf(a)]!),
        ),
    );
    await checkOperation((t) => g.transpose(t, order), [x], expected);
  });
});

test('expand', async () => {
  await forAll([broadcastPairs, seeds], async ({ a, shape }, seed) => {
    const x = numbers(a, seed);
    await checkOperation(
      (t) => g.expand(t, shape),
      [x],
      arrayOf(shape, (...i) => at(x, i)),
    );
  });
});

test('concat', async () => {
  await forAll(
    [shapeAndAxis, fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 }), seeds],
    async ({ shape, axis }, lengths, seed) => {
      const parts = lengths.map((d, k) => numbers(shape.with(axis, d), seed + k));
      const whole = shape.with(
        axis,
        lengths.reduce((a, b) => a + b, 0),
      );
      const expected = arrayOf(whole, (...index) => {
        let [k, i] = [0, index[axis]!];
        while (i >= lengths[k]!) i -= lengths[k++]!;
        return at(parts[k]!, index.with(axis, i));
      });
      await checkOperation((...ts) => g.concat(ts, either(axis, shape.length, seed)), parts, expected);
    },
  );
});

test('split, all pieces used or only some', async () => {
  await forAll(
    [shapeAndAxis, fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 2, maxLength: 3 }), seeds],
    async ({ shape, axis }, lengths, seed) => {
      const whole = shape.with(
        axis,
        lengths.reduce((a, b) => a + b, 0),
      );
      const x = numbers(whole, seed);
      const starts = lengths.map((_, k) => lengths.slice(0, k).reduce((a, b) => a + b, 0));
      const piece = (k: number) =>
        arrayOf(shape.with(axis, lengths[k]!), (...i) => at(x, i.with(axis, i[axis]! + starts[k]!)));
      const split = (t: g.Tensor) => g.split(t, either(axis, shape.length, seed), lengths);
      for (const real of ['float32', 'float64'] as const) {
        const found = await evaluate(split, [x], real);
        expect(found.map((f) => f.shape)).toEqual(lengths.map((_, k) => piece(k).shape));
        found.forEach((f, k) => {
          expectClose(f.data, piece(k).data, 1e-7);
        });
      }
      await checkGradient(split, [x]);
      await checkGradient((t) => split(t)[1]!, [x]);
    },
  );
});

test('slice', async () => {
  await forAll(
    [shapeAndAxis, fc.nat(3), fc.integer({ min: 1, max: 4 }), seeds],
    async ({ shape, axis }, from, length, seed) => {
      const x = numbers(shape, seed);
      const start = Math.min(from, shape[axis]! - 1);
      const stop = Math.min(start + length, shape[axis]!);
      const expected = arrayOf(shape.with(axis, stop - start), (...i) => at(x, i.with(axis, i[axis]! + start)));
      await checkOperation((t) => g.slice(t, either(axis, shape.length, seed), start, stop), [x], expected);
    },
  );
});

test('pad', async () => {
  await forAll([shapeAndAxis, fc.nat(2), fc.nat(2), seeds], async ({ shape, axis }, before, after, seed) => {
    const x = numbers(shape, seed);
    const expected = arrayOf(shape.with(axis, before + shape[axis]! + after), (...i) => {
      const from = i[axis]! - before;
      return from < 0 || from >= shape[axis]! ? 0 : at(x, i.with(axis, from));
    });
    await checkOperation((t) => g.pad(t, either(axis, shape.length, seed), before, after), [x], expected);
  });
});

describe('stack and unstack', () => {
  test('stack', async () => {
    await forAll([shapes(0, 3), fc.nat(3), fc.integer({ min: 1, max: 3 }), seeds], async (shape, a, count, seed) => {
      const axis = a % (shape.length + 1);
      const parts = Array.from({ length: count }, (_, k) => numbers(shape, seed + k));
      const expected = arrayOf(shape.toSpliced(axis, 0, count), (...i) => at(parts[i[axis]!]!, i.toSpliced(axis, 1)));
      await checkOperation((...ts) => g.stack(ts, either(axis, shape.length + 1, seed)), parts, expected);
    });
  });

  test('unstack undoes it', async () => {
    await forAll([shapeAndAxis, seeds], async ({ shape, axis }, seed) => {
      const x = numbers(shape, seed);
      const unstack = (t: g.Tensor) => g.unstack(t, either(axis, shape.length, seed));
      const found = await evaluate(unstack, [x]);
      expect(found).toHaveLength(shape[axis]!);
      found.forEach((f, k) => {
        expect(f).toEqual(arrayOf(shape.toSpliced(axis, 1), (...i) => at(x, i.toSpliced(axis, 0, k))));
      });
      await checkGradient(unstack, [x]);
      await checkOperation((t) => g.stack(unstack(t), axis), [x], x);
    });
  });
});

test('what changes nothing makes no node', () => {
  const graph = new g.Graph();
  const x = graph.input('x', [2, 3]);
  const same = [
    g.reshape(x, [2, 3]),
    g.transpose(x, [0, 1]),
    g.expand(x, [2, 3]),
    g.concat([x], 0),
    g.split(x, 1, [3])[0],
    g.slice(x, 1, 0, 3),
    g.pad(x, 1, 0, 0),
  ];
  for (const y of same) expect(y).toBe(x);
  expect(graph.nodes).toHaveLength(0);
});

test('the small functions on shapes', () => {
  expect(g.sizeOf([])).toBe(1);
  expect(g.sizeOf([2, 0, 3])).toBe(0);
  expect(g.formatShape([2, 3])).toBe('[2, 3]');
  expect(g.sameShape([2], [2, 1])).toBe(false);
  expect(g.sameShape([2, 1], [2, 1])).toBe(true);
  expect(g.broadcastShape('f', [4, 1], [3])).toEqual([4, 3]);
  expect(() => g.broadcastShape('f', [4, 2], [3])).toThrow('f: shapes [4, 2] and [3] do not broadcast');
  expect(g.normalizeAxis('f', -1, [4, 2])).toBe(1);
  for (const axis of [2, -3, 0.5, Number.NaN]) {
    expect(() => g.normalizeAxis('f', axis, [4, 2])).toThrow(`f: axis ${axis} is not an axis of [4, 2]`);
  }
});
