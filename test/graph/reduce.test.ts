import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Tensor } from '../../src/graph/index.js';
import * as g from '../../src/graph/index.js';
import {
  at,
  checkGradient,
  checkOperation,
  distinct,
  evaluate,
  expectClose,
  forAll,
  indexOf,
  type Numbers,
  numbers,
  seeds,
  shapes,
} from './check.js';

/** A shape and some of its axes, counted from either end. */
const reductions = shapes(1, 4).chain((shape) =>
  fc.record({
    shape: fc.constant(shape),
    axes: fc.subarray(
      shape.map((_, i) => i),
      { minLength: 1 },
    ),
    fromEnd: fc.boolean(),
  }),
);

/** Applies `f` to the values along the axes: the plain loop of every reduction. */
function along(x: Numbers, axes: readonly number[], f: (values: number[]) => number): Numbers {
  const kept = x.shape.map((d, i) => (axes.includes(i) ? 1 : d));
  const groups = Array.from({ length: g.sizeOf(kept) }, () => [] as number[]);
  for (let flat = 0; flat < g.sizeOf(x.shape); flat++) {
    const index = indexOf(flat, x.shape);
    const place = kept.reduce((p, d, i) => p * d + (d === 1 ? 0 : index[i]!), 0);
    groups[place]!.push(at(x, index));
  }
  return { shape: kept, data: groups.map(f) };
}

const dropped = (x: Numbers, axes: readonly number[]): Numbers => ({
  ...x,
  shape: x.shape.filter((_, i) => !axes.includes(i)),
});
const total = (v: number[]) => v.reduce((a, b) => a + b, 0);

describe('sums', () => {
  test('sum, sumKeep, mean', async () => {
    await forAll([reductions, seeds], async ({ shape, axes, fromEnd }, seed) => {
      const x = numbers(shape, seed);
      const named = fromEnd ? axes.map((a) => a - shape.length) : axes;
      const sums = along(x, axes, total);
      await checkOperation((t) => g.sum(t, named), [x], dropped(sums, axes));
      await checkOperation((t) => g.sumKeep(t, named), [x], sums);
      await checkOperation(
        (t) => g.mean(t, named),
        [x],
        dropped(
          along(x, axes, (v) => total(v) / v.length),
          axes,
        ),
      );
    });
  });

  test('over all axes, over one given as a number, over none', async () => {
    const x = numbers([2, 3], 4);
    await checkOperation((t) => g.sum(t), [x], { shape: [], data: [total([...(x.data as Float64Array)])] });
    await checkOperation((t) => g.mean(t), [x], { shape: [], data: [total([...(x.data as Float64Array)]) / 6] });
    await checkOperation((t) => g.sum(t, -1), [x], dropped(along(x, [1], total), [1]));
    await checkOperation((t) => g.sum(g.square(t), []), [x], {
      shape: [2, 3],
      data: Float64Array.from(x.data, (v) => v * v),
    });
  });

  test('of a scalar', async () => {
    const x = numbers([], 4);
    await checkOperation((t) => g.sum(g.square(t)), [x], { shape: [], data: [x.data[0]! ** 2] });
    await checkOperation((t) => g.mean(g.square(t)), [x], { shape: [], data: [x.data[0]! ** 2] });
  });
});

describe('largest values and exponentials', () => {
  const logSumExp = (v: number[]) => Math.log(total(v.map(Math.exp)));

  test('maxKeep is a constant to differentiation', async () => {
    await forAll([reductions, seeds], async ({ shape, axes }, seed) => {
      const x = distinct(shape, seed);
      const expected = along(x, axes, (v) => Math.max(...v));
      for (const real of ['float32', 'float64'] as const) {
        const [found] = await evaluate((t) => g.maxKeep(t, axes), [x], real);
        expect(found!.shape).toEqual(expected.shape);
        expectClose(found!.data, expected.data, 1e-7);
      }
      await expect(checkGradient((t) => g.maxKeep(t, axes), [x])).rejects.toThrow('does not depend on');
    });
  });

  test('logSumExp, logSoftmax, softmax', async () => {
    await forAll([shapes(1, 4), fc.nat(3), seeds], async (shape, a, seed) => {
      const axis = a % shape.length;
      const x = numbers(shape, seed, -3, 3);
      const reduced = along(x, [axis], logSumExp);
      const each = (f: (v: number, logsum: number) => number): Numbers => ({
        shape,
        data: Array.from({ length: g.sizeOf(shape) }, (_, i) => f(x.data[i]!, at(reduced, indexOf(i, shape)))),
      });
      await checkOperation((t) => g.logSumExp(t, axis), [x], dropped(reduced, [axis]));
      await checkOperation(
        (t) => g.logSoftmax(t, axis),
        [x],
        each((v, l) => v - l),
      );
      await checkOperation(
        (t) => g.softmax(t, axis - shape.length),
        [x],
        each((v, l) => Math.exp(v - l)),
      );
    });
  });

  test('neither overflows nor underflows', async () => {
    const x: Numbers = { shape: [2, 2], data: [1000, 999, -1000, -1001] };
    for (const real of ['float32', 'float64'] as const) {
      const l = Math.log(1 + Math.exp(-1));
      const [lse, logs, shares] = await evaluate(
        (t) => [g.logSumExp(t, 1), g.logSoftmax(t, 1), g.softmax(t, 1)],
        [x],
        real,
      );
      expectClose(lse!.data, [1000 + l, -1000 + l], 1e-6);
      expectClose(logs!.data, [-l, -1 - l, -l, -1 - l], 1e-4);
      expectClose(shares!.data, [Math.exp(-l), Math.exp(-1 - l), Math.exp(-l), Math.exp(-1 - l)], 1e-6);
    }
  });

  test('second derivatives', async () => {
    const second = (f: (t: Tensor) => Tensor) => (t: Tensor) => g.gradients(g.sum(g.square(f(t))), [t]);
    const x = numbers([2, 3], 6);
    for (const f of [
      (t: Tensor) => g.softmax(t, 1),
      (t: Tensor) => g.logSumExp(t, 1),
      (t: Tensor) => g.softplus(t),
      (t: Tensor) => g.tanh(g.div(g.exp(t), g.sigmoid(t))),
      (t: Tensor) => g.matmul(t, g.transpose(g.tanh(t), [1, 0])),
    ]) {
      await checkGradient(second(f), [x]);
    }
  });
});
