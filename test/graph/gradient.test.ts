import { describe, expect, test } from 'vitest';
import {
  add,
  cast,
  div,
  encodeOnnx,
  exp,
  Graph,
  gradients,
  mean,
  mul,
  split,
  square,
  sub,
  sum,
  type Tensor,
} from '../../src/graph/index.js';
import { checkGradient, evaluate, expectClose, numbers } from './check.js';

describe('gradients', () => {
  test('by an intermediate value and by what it came from, at once', async () => {
    const [dx, dy] = await evaluate(
      (x) => {
        const y = exp(x!);
        return gradients(sum(square(y)), [x!, y]);
      },
      [{ shape: [2], data: [0.1, -0.4] }],
    );
    const y = [Math.exp(0.1), Math.exp(-0.4)];
    expectClose(
      dy!.data,
      y.map((v) => 2 * v),
      1e-12,
    );
    expectClose(
      dx!.data,
      y.map((v) => 2 * v * v),
      1e-12,
    );
  });

  test('of a quotient by numbers whose squares float32 does not hold', async () => {
    const [dx, dy] = await evaluate(
      (x, y) => gradients(sum(div(x!, y!)), [x!, y!]),
      [
        { shape: [3], data: [0, 1e20, 2e-22] },
        { shape: [3], data: [1e-23, 1e20, 1e-22] },
      ],
      'float32',
    );
    expectClose(dx!.data, [1e23, 1e-20, 1e22], 1e-6);
    expectClose(dy!.data, [0, -1e-20, -2e22], 1e-6);
  });

  test('by the loss itself, and by the same tensor twice', async () => {
    const [one, a, b] = await evaluate(
      (x) => {
        const loss = sum(square(x!));
        return gradients(loss, [loss, x!, x!]);
      },
      [numbers([2], 1)],
    );
    expect(one!.data).toEqual(Float64Array.of(1));
    expect(a).toEqual(b);
  });

  test('a long chain and a wide fan do not overflow the stack', () => {
    const graph = new Graph();
    const x = graph.input('x', [1]);
    let y: Tensor = x;
    for (let i = 0; i < 5000; i++) y = add(mul(y, 0.5), x);
    const [dx] = gradients(sum(y), [x]);
    graph.output('dx', dx!);
    expect(encodeOnnx(graph).length).toBeGreaterThan(1000);
  });

  test('only what lies on a path from wrt to the loss is differentiated', () => {
    const graph = new Graph();
    const x = graph.input('x', [2]);
    const k = graph.input('k', [2], 'int32');
    // Neither an operation without a gradient beside the path nor a Cast of integers stands in the way.
    const beside = graph.node({ op: 'Round', inputs: [graph.input('other', [2])], shapes: [[2]] })[0]!;
    const [dx] = gradients(sum(mul(mul(x, beside), cast(k, 'float32'))), [x]);
    expect(dx!.shape).toEqual([2]);
  });

  test('pieces of a split that the loss does not use count as zeros', async () => {
    await checkGradient((x) => square(split(x!, 0, [1, 2, 1])[1]!), [numbers([4, 2], 1)]);
  });

  test('each gradient has the type of its tensor', () => {
    const graph = new Graph('float32');
    const x = graph.input('x', [2], 'float64');
    const [dx] = gradients(cast(mean(square(x)), 'float32'), [x]);
    expect(dx!.type).toBe('float64');
  });
});

test('what the loss does not depend on has a gradient of zeros where that is asked for', async () => {
  const x = numbers([2], 1);
  const [, dy] = await evaluate((a, b) => gradients(sum(square(a!)), [a!, b!], 'zeros'), [x, numbers([3], 2)]);
  expect(dy).toEqual({ shape: [3], data: new Float64Array(3) });
});

describe('errors', () => {
  const graph = new Graph();
  const x = graph.input('x', [2]);
  const y = graph.input('y', [3]);

  test('a loss that is no scalar', () => {
    expect(() => gradients(square(x), [x])).toThrow('gradients: the loss must be a scalar, not float32[2]');
  });

  test('a loss that does not depend on what it is differentiated by', () => {
    expect(() => gradients(sum(square(x)), [x, y])).toThrow('gradients: the loss does not depend on "y" float32[3]');
    const stopped = graph.stopGradient(square(x));
    expect(() => gradients(sum(stopped), [x])).toThrow('does not depend on "x"');
  });

  test('an operation without a gradient on the way is named', () => {
    const rounded = graph.node({ op: 'Round', inputs: [x], shapes: [[2]] })[0]!;
    expect(() => gradients(sum(rounded), [x])).toThrow(/gradients: .*Round.* float32\[2\] has no gradient/);
  });

  test('a rule that gives a gradient of another shape', () => {
    const [wrong] = graph.differentiable([x], [exp(x)], () => [sub(y, 1)]);
    expect(() => gradients(sum(wrong!), [x])).toThrow('a gradient of shape [3] for a tensor float32[2]');
  });
});
