import { describe, expect, test } from 'vitest';
import type { Operand, Tensor } from '../../src/graph/index.js';
import * as g from '../../src/graph/index.js';
import {
  arrayOf,
  at,
  broadcastPairs,
  checkGradient,
  checkOperation,
  distinct,
  evaluate,
  expectClose,
  forAll,
  type Numbers,
  numbers,
  seeds,
  shapes,
} from './check.js';

const sigma = (x: number) => 1 / (1 + Math.exp(-x));

describe('operations on one tensor', () => {
  /** The operation, the same on one number, and where its argument may lie. */
  const unary: [string, (x: Tensor) => Tensor, (x: number) => number, [number, number]?][] = [
    ['neg', g.neg, (x) => -x],
    ['square', g.square, (x) => x * x],
    ['exp', g.exp, Math.exp],
    ['log', g.log, Math.log, [0.3, 3]],
    ['sqrt', g.sqrt, Math.sqrt, [0.3, 3]],
    ['abs', g.abs, Math.abs],
    ['sigmoid', g.sigmoid, sigma, [-4, 4]],
    ['tanh', g.tanh, Math.tanh, [-3, 3]],
    ['relu', g.relu, (x) => Math.max(x, 0)],
    ['leakyRelu', g.leakyRelu, (x) => (x > 0 ? x : 0.2 * x)],
    ['leakyRelu of slope 0.01', (x) => g.leakyRelu(x, 0.01), (x) => (x > 0 ? x : 0.01 * x)],
    ['clip', (x) => g.clip(x, -0.43, 0.37), (x) => Math.min(Math.max(x, -0.43), 0.37)],
    ['softplus', g.softplus, (x) => Math.log1p(Math.exp(x)), [-6, 6]],
  ];
  test.each(unary)('%s', async (_, operation, reference, range) => {
    await forAll([shapes(0, 4), seeds], async (shape, seed) => {
      const x = range ? numbers(shape, seed, ...range) : distinct(shape, seed);
      await checkOperation(operation, [x], { shape, data: Float64Array.from(x.data, reference) });
    });
  });

  test('sign and leakySlope give values and no gradient of their own', async () => {
    const x: Numbers = { shape: [5], data: [-2, -1e-20, 0, 1e-20, 3] };
    for (const real of ['float32', 'float64'] as const) {
      const [signs, slopes] = await evaluate((t) => [g.sign(t), g.leakySlope(t, 0.2)], [x], real);
      expect(signs!.data).toEqual(Float64Array.of(-1, -1, 0, 1, 1));
      expectClose(slopes!.data, [0.2, 0.2, 0.2, 1, 1], 1e-7);
    }
    await expect(checkGradient(g.sign, [x])).rejects.toThrow('does not depend on');
  });

  test('at a kink: relu and abs have gradient 0 at 0, leakyRelu its slope, clip that of x on its bounds', async () => {
    const slopeAt = (f: (x: Tensor) => Tensor, at: number) =>
      evaluate((t) => g.gradients(g.sum(f(t)), [t]), [{ shape: [1], data: [at] }]).then(([d]) => d!.data[0]);
    expect(await slopeAt(g.relu, 0)).toBe(0);
    expect(await slopeAt(g.abs, 0)).toBe(0);
    expect(await slopeAt((x) => g.leakyRelu(x, 0.2), 0)).toBe(0.2);
    expect(await slopeAt((x) => g.clip(x, -1, 1), 1)).toBe(1);
    expect(await slopeAt((x) => g.clip(x, -1, 1), 1.5)).toBe(0);
  });

  test('nothing overflows where the answer is finite', async () => {
    const x: Numbers = { shape: [4], data: [-1e4, -90, 90, 1e4] };
    for (const real of ['float32', 'float64'] as const) {
      const outputs = await evaluate(
        (t) => [g.softplus(t), ...g.gradients(g.sum(g.softplus(t)), [t]), g.sigmoid(t), g.tanh(t)],
        [x],
        real,
      );
      expectClose(outputs[0]!.data, [0, 0, 90, 1e4], 1e-7);
      for (const o of outputs.slice(1, 3)) expectClose(o.data, [0, 0, 1, 1], 1e-7);
      expectClose(outputs[3]!.data, [-1, -1, 1, 1], 1e-7);
    }
  });
});

describe('operations on two tensors, broadcast', () => {
  const binary: [string, (a: Operand, b: Operand) => Tensor, (a: number, b: number) => number][] = [
    ['add', g.add, (a, b) => a + b],
    ['sub', g.sub, (a, b) => a - b],
    ['mul', g.mul, (a, b) => a * b],
    ['div', g.div, (a, b) => a / b],
    ['maximum', g.maximum, Math.max],
    ['minimum', g.minimum, Math.min],
  ];
  test.each(binary)('%s', async (name, operation, reference) => {
    await forAll([broadcastPairs, seeds], async ({ a, b, shape }, seed) => {
      const x = distinct(a, seed);
      // Shifted by an irrational number: never equal to an element of x, never 0.
      const y: Numbers = { shape: b, data: Float64Array.from(distinct(b, seed + 1).data, (v) => v + Math.SQRT2) };
      const apart =
        name === 'maximum' || name === 'minimum' ? { ...y, data: Float64Array.from(y.data, (v) => v - 1.4) } : y;
      const expected = arrayOf(shape, (...i) => reference(at(x, i), at(apart, i)));
      await checkOperation(operation, [x, apart], expected);
    });
  });

  test.each(binary)('%s with a number on either side', async (_, operation, reference) => {
    const x = numbers([3, 2], 5, 0.5, 0.9);
    for (const n of [0, 1, 2.5, -0.5]) {
      if (n !== 0 || operation !== g.div) {
        await checkOperation(
          (t) => operation(t, n),
          [x],
          arrayOf([3, 2], (...i) => reference(at(x, i), n)),
        );
      }
      await checkOperation(
        (t) => operation(n, t),
        [x],
        arrayOf([3, 2], (...i) => reference(n, at(x, i))),
      );
    }
  });

  test('a tensor with itself', async () => {
    const x = numbers([2, 3], 8, 0.5, 2);
    for (const [, operation, reference] of binary.slice(0, 4)) {
      await checkOperation(
        (t) => operation(t, t),
        [x],
        arrayOf([2, 3], (...i) => reference(at(x, i), at(x, i))),
      );
    }
  });

  test('at a tie the gradient of maximum and minimum goes to the first', async () => {
    const x: Numbers = { shape: [2], data: [1, 2] };
    for (const operation of [g.maximum, g.minimum]) {
      const [da, db] = await evaluate((a, b) => g.gradients(g.sum(operation(a, b)), [a, b]), [x, x]);
      expect([...(da!.data as Float64Array), ...(db!.data as Float64Array)]).toEqual([1, 1, 0, 0]);
    }
  });

  test('adding 0 and multiplying by 1 make no node', () => {
    const graph = new g.Graph();
    const x = graph.input('x', [2]);
    for (const y of [g.add(x, 0), g.add(0, x), g.sub(x, 0), g.mul(x, 1), g.mul(1, x), g.div(x, 1)]) expect(y).toBe(x);
    expect(graph.nodes).toHaveLength(0);
  });
});

describe('comparison and choice', () => {
  test('less', async () => {
    await forAll([broadcastPairs, seeds], async ({ a, b, shape }, seed) => {
      const [x, y] = [numbers(a, seed), numbers(b, seed + 1)];
      for (const real of ['float32', 'float64'] as const) {
        const [found] = await evaluate(g.less, [x, y], real);
        expect(found).toEqual(arrayOf(shape, (...i) => (at(x, i) < at(y, i) ? 1 : 0)));
      }
    });
  });

  test('where, its three operands broadcast', async () => {
    await forAll([broadcastPairs, seeds], async ({ a, b, shape }, seed) => {
      const choice = numbers(shape, seed + 2);
      const condition: Numbers = { shape, type: 'bool', data: Uint8Array.from(choice.data, (v) => (v < 0 ? 1 : 0)) };
      const [x, y] = [numbers(a, seed), numbers(b, seed + 1)];
      const expected = arrayOf(shape, (...i) => (at(condition, i) ? at(x, i) : at(y, i)));
      await checkOperation(g.where, [condition, x, y], expected);
    });
  });

  test('where with a number, and a condition that is broadcast', async () => {
    const condition: Numbers = { shape: [2, 1], type: 'bool', data: [1, 0] };
    const x = numbers([2, 3], 1);
    const chosen = (keep: number) => arrayOf([2, 3], (i, j) => (i === keep ? at(x, [i, j]) : -7));
    await checkOperation((c, t) => g.where(c!, t!, -7), [condition, x], chosen(0));
    await checkOperation((c, t) => g.where(c!, -7, t!), [condition, x], chosen(1));
  });
});

describe('types and broadcasting', () => {
  test('cast', async () => {
    const x: Numbers = { shape: [4], data: [0, 1, 2.5, 3.75] };
    for (const type of ['uint8', 'int32', 'int64', 'float32', 'float64'] as const) {
      const [found] = await evaluate((t) => g.cast(t, type), [x], 'float64');
      expect(found!.data).toEqual(type.startsWith('float') ? Float64Array.from(x.data) : Float64Array.of(0, 1, 2, 3));
    }
    const [flags] = await evaluate((t) => g.cast(g.less(t, 2), 'float64'), [x], 'float64');
    expect(flags!.data).toEqual(Float64Array.of(1, 1, 0, 0));
  });

  test('gradients flow through casts between floating-point types', async () => {
    const x = numbers([3], 2);
    const build = (t: Tensor) => g.square(g.cast(g.cast(t, 'float32'), 'float64'));
    const [dx] = await evaluate((t) => g.gradients(g.sum(build(t)), [t]), [x]);
    expectClose(
      dx!.data,
      Float64Array.from(x.data, (v) => 2 * v),
      1e-6,
    );
    await expect(evaluate((t) => g.gradients(g.sum(g.cast(g.cast(t, 'int32'), 'float64')), [t]), [x])).rejects.toThrow(
      'does not depend on',
    );
  });

  test('sumTo is the adjoint of broadcasting', async () => {
    await forAll([broadcastPairs, seeds], async ({ a, shape }, seed) => {
      const x = numbers(shape, seed);
      const expected = new Float64Array(g.sizeOf(a));
      arrayOf(shape, (...i) => {
        let flat = 0;
        a.forEach((d, axis) => {
          flat = flat * d + (d === 1 ? 0 : i[i.length - a.length + axis]!);
        });
        expected[flat]! += at(x, i);
        return 0;
      });
      await checkOperation((t) => g.sumTo(t, a), [x], { shape: a, data: expected });
    });
  });
});
