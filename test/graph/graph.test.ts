import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { CdsvaeError } from '../../src/errors.js';
import {
  add,
  concat,
  encodeOnnx,
  exp,
  Graph,
  gradients,
  mul,
  sigmoid,
  softplus,
  split,
  square,
  sub,
  sum,
  type Tensor,
  tanh,
} from '../../src/graph/index.js';
import { createSession } from '../../src/runtime/node.js';
import { checkGradient, evaluate, expectClose, type Numbers, numbers } from './check.js';

describe('computing anew', () => {
  test('what is computed from it are nodes of their own, shared among themselves, with the same values', async () => {
    const graph = new Graph();
    const x = graph.input('x', [2, 3]);
    const build = (t: Tensor) => exp(add(t, 1));
    const first = build(x);
    const again = build(graph.recompute(x));
    expect(again.name).not.toBe(first.name);
    expect(build(graph.recompute(x)).name).toBe(again.name);
    expect(graph.nodes).toHaveLength(4);
    const values = await evaluate((t) => [build(t!), build(t!.graph.recompute(t!))], [numbers([2, 3], 1)]);
    expect(values[1]).toEqual(values[0]);
  });

  test('a value with a recipe is made by it', () => {
    const graph = new Graph();
    const kept = graph.input('x', [2]);
    const y = exp(kept);
    y.recipe = () => exp(graph.recompute(kept));
    expect(graph.recompute(y).name).not.toBe(y.name);
    expect(graph.nodes.map((n) => n.op)).toEqual(['Exp', 'Exp']);
  });

  test('the engine computes them twice too', async () => {
    const graph = new Graph();
    const x = graph.input('x', [2]);
    graph.output('y', mul(exp(x), 3));
    graph.output('z', mul(exp(graph.recompute(x)), 5));
    const profile = join(mkdtempSync(join(tmpdir(), 'cdsvae-graph-')), 'profile');
    const session = await createSession(encodeOnnx(graph), { threads: 1, profile });
    await session.run({ x: { type: 'float32', shape: [2], data: new Float32Array(2) } });
    await session.release();
    const [file] = readdirSync(dirname(profile));
    const events: { name: string }[] = JSON.parse(readFileSync(join(dirname(profile), file!), 'utf8'));
    expect(events.filter((e) => /^Exp.*_kernel_time$/.test(e.name))).toHaveLength(2);
    rmSync(dirname(profile), { recursive: true });
  });
});

describe('the widest a node may be', () => {
  test('more tensors are joined, and more are cut, by several nodes', async () => {
    const graph = new Graph('float32', 3);
    const x = graph.input('x', [29]);
    const pieces = split(x, 0, new Array(29).fill(1));
    graph.output('y', concat(pieces.reverse(), 0));
    for (const { op, inputs, outputs } of graph.nodes) {
      expect(op === 'Split' ? outputs.length : inputs.length).toBeLessThanOrEqual(3);
    }
    const session = await createSession(encodeOnnx(graph), { threads: 1 });
    const data = Float32Array.from({ length: 29 }, (_, i) => i);
    const { y } = await session.run({ x: { type: 'float32', shape: [29], data } });
    expect(y!.data).toEqual(data.toReversed());
    await session.release();
  });
});

describe('sharing', () => {
  test('the same expression written twice is one node', () => {
    const graph = new Graph();
    const [x, y] = [graph.input('x', [2, 3]), graph.input('y', [2, 3])];
    const build = () => mul(exp(add(x, y)), sub(x, 2));
    const first = build();
    const count = graph.nodes.length;
    expect(build()).toBe(first);
    expect(graph.nodes).toHaveLength(count);
    expect(count).toBe(4);
  });

  test('operands in another order, other attributes, other shapes are other nodes', () => {
    const graph = new Graph();
    const x = graph.input('x', [4]);
    sub(x, 1);
    sub(1, x);
    split(x, 0, [1, 3]);
    split(x, 0, [3, 1]);
    split(x, 0, [2, 2]);
    sum(x);
    expect(graph.nodes).toHaveLength(6);
  });

  test('small constants are shared when shape, type and values agree; large ones are not compared', () => {
    const graph = new Graph();
    const one = graph.constant(1);
    expect(graph.constant([1], [])).toBe(one);
    expect(graph.constant(1, [1])).not.toBe(one);
    expect(graph.constant(1, [], 'float64')).not.toBe(one);
    expect(graph.constant(0, [2, 3])).not.toBe(graph.constant(0, [3, 2]));
    expect(graph.constant(-0)).not.toBe(graph.constant(0));
    const large = new Float32Array(1025);
    expect(graph.constant(large)).not.toBe(graph.constant(large));
  });

  test('a constant keeps its values when the array given changes', async () => {
    const graph = new Graph();
    const values = Float32Array.of(1, 2);
    graph.output('y', add(graph.constant(values), 0.5));
    values.fill(9);
    const session = await createSession(encodeOnnx(graph), { threads: 1 });
    expect((await session.run({})).y!.data).toEqual(Float32Array.of(1.5, 2.5));
    await session.release();
  });

  test('an expression of x and the same expression of a stopped x share values, not gradients', async () => {
    const x = numbers([3], 1);
    const twoWays = (t: Tensor) => {
      const stopped = t.graph.stopGradient(t);
      const before = t.graph.nodes.length;
      const parts = [mul(t, t), mul(t, stopped), mul(stopped, stopped), exp(t), exp(stopped)];
      expect(t.graph.nodes.length - before).toBe(2);
      return parts;
    };
    const slopes = await evaluate(
      (t) => {
        const parts = twoWays(t!);
        const constant = [parts[2]!, parts[4]!];
        for (const c of constant) expect(() => gradients(sum(c), [t!])).toThrow('does not depend on');
        return [parts[0]!, parts[1]!, parts[3]!].flatMap((p) => gradients(sum(p), [t!]));
      },
      [x],
    );
    expectClose(
      slopes[0]!.data,
      Float64Array.from(x.data, (v) => 2 * v),
      1e-12,
    );
    expectClose(slopes[1]!.data, x.data, 1e-12);
    expectClose(slopes[2]!.data, Float64Array.from(x.data, Math.exp), 1e-12);
  });

  test('the same when the stopped expression came first', async () => {
    const build = (t: Tensor) => {
      const constant = exp(t.graph.stopGradient(t));
      return gradients(sum(mul(constant, exp(t))), [t]);
    };
    const [slope] = await evaluate(build, [{ shape: [1], data: [0.5] }]);
    expectClose(slope!.data, [Math.exp(1)], 1e-12);
  });
});

describe('differentiable', () => {
  test('its rule is used for what is computed from its outputs, also where the bare value was used before', async () => {
    const build = (t: Tensor) => {
      const y = exp(t);
      const bare = tanh(y);
      const [ruled] = t.graph.differentiable([t], [y], ([g]) => [mul(g!, 10)]);
      return [bare, tanh(ruled!)].flatMap((v) => gradients(sum(v), [t]));
    };
    const [bare, ruled] = await evaluate(build, [{ shape: [1], data: [0.3] }]);
    const y = Math.exp(0.3);
    const slope = 1 - Math.tanh(y) ** 2;
    expectClose(bare!.data, [slope * y], 1e-12);
    expectClose(ruled!.data, [slope * 10], 1e-12);
  });

  test('adds no node', () => {
    const graph = new Graph();
    const x = graph.input('x', [2]);
    const y = exp(x);
    graph.differentiable([x], [y], ([g]) => [g]);
    expect(graph.nodes).toHaveLength(1);
  });

  /** (x·y, x + y, x − y) under one rule that must cope with any of them unused. */
  const three = (x: Tensor, y: Tensor) =>
    x.graph.differentiable([x, y], [mul(x, y), add(x, y), sub(x, y)], ([product, total, difference]) => {
      const sums = (parts: (Tensor | undefined)[]) =>
        parts.filter((p) => p !== undefined).reduce<Tensor | undefined>((a, b) => (a ? add(a, b) : b), undefined);
      return [
        sums([product && mul(product, y), total, difference]),
        sums([product && mul(product, x), total, difference && mul(difference, -1)]),
      ];
    });

  test.each([[[0]], [[1]], [[2]], [[0, 2]], [[0, 1, 2]]])(
    'with several outputs, of which %j are used',
    async (used) => {
      await checkGradient(
        (x, y) => used.map((i) => square(three(x!, y!)[i]!)),
        [numbers([2, 3], 1), numbers([2, 3], 2)],
      );
    },
  );
});

describe('inputs and outputs', () => {
  test('an input or a constant may be an output, a value may be two', async () => {
    const graph = new Graph();
    const x = graph.input('x', [2]);
    graph.output('same', x);
    graph.output('fixed', graph.constant([3, 4]));
    const y = exp(x);
    graph.output('a', y);
    graph.output('b', y);
    const session = await createSession(encodeOnnx(graph), { threads: 1 });
    const data = Float32Array.of(0, 1);
    const out = await session.run({ x: { type: 'float32', shape: [2], data } });
    expect(out.same!.data).toEqual(data);
    expect(out.fixed!.data).toEqual(Float32Array.of(3, 4));
    expect(out.a!.data).toEqual(out.b!.data);
    await session.release();
  });

  test('names of inputs and outputs never meet those the graph gives', async () => {
    const graph = new Graph();
    const names = ['t0', 't1', 't2', 'c0', 'c1', 'c2'];
    const inputs = names.map((name) => graph.input(name, [1]));
    inputs.forEach((t, i) => {
      graph.output(`t${i + 3}`, add(mul(t, 2), i));
    });
    const session = await createSession(encodeOnnx(graph), { threads: 1 });
    const out = await session.run(
      Object.fromEntries(
        names.map((name, i) => [name, { type: 'float32', shape: [1], data: Float32Array.of(i) } as const]),
      ),
    );
    names.forEach((_, i) => {
      expect(out[`t${i + 3}`]!.data[0]).toBe(3 * i);
    });
    await session.release();
  });

  test('a name is given once', () => {
    const graph = new Graph();
    const x = graph.input('x', [1]);
    graph.output('y', x);
    const taken = (f: () => unknown) => expect(f).toThrow(expect.objectContaining({ code: 'graph' }) as CdsvaeError);
    taken(() => graph.input('x', [1]));
    taken(() => graph.input('y', [1]));
    taken(() => graph.output('y', x));
    taken(() => graph.output('x', x));
  });

  test('a scalar, numbers in a shape and a filled shape as constants of every type', async () => {
    for (const type of ['float32', 'float64', 'uint8', 'int32', 'int64', 'bool'] as const) {
      const [scalar, filled, given] = await evaluate(
        (t) => [
          t.graph.constant(1, [], type),
          t.graph.constant(1, [2, 2], type),
          t.graph.constant([0, 1], [2, 1], type),
        ],
        [numbers([1], 1)],
      );
      expect(scalar!.data).toEqual(Float64Array.of(1));
      expect(filled!.data).toEqual(Float64Array.of(1, 1, 1, 1));
      expect(given!.data).toEqual(Float64Array.of(0, 1));
    }
  });

  test('negative and large int64 constants', async () => {
    const values = [-1, 2 ** 40, -(2 ** 52)];
    const [found] = await evaluate((t) => t.graph.constant(values, [3], 'int64'), [numbers([1], 1)]);
    expect(found!.data).toEqual(Float64Array.from(values));
  });
});

test('a value used many times receives the sum of the gradients', async () => {
  const x: Numbers = numbers([2, 3], 3);
  await checkGradient(
    (t) => {
      const y = sigmoid(t!);
      return [add(mul(y, t!), softplus(y)), square(add(y, mul(y, y))), sum(y, 0)];
    },
    [x],
  );
});
