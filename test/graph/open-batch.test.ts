import { describe, expect, test } from 'vitest';
import {
  add,
  concat,
  encodeOnnx,
  expand,
  Graph,
  gemm,
  logSoftmax,
  matmul,
  mean,
  mul,
  OPEN_BATCH,
  pad,
  reshape,
  slice,
  split,
  stack,
  sum,
  type Tensor,
  tanh,
  transpose,
  unstack,
} from '../../src/graph/index.js';
import { createSession } from '../../src/runtime/node.js';
import { numbers } from './check.js';

const [T, F, D] = [3, 4, 2];

/** Something of everything that a model does with its batch: x `[B, T, F]`. */
function network(graph: Graph, batch: number): Record<string, Tensor> {
  const x = graph.input('x', [batch, T, F]);
  const w = graph.constant(numbers([F, D], 7).data, [F, D]);
  const rows = gemm(reshape(x, [batch * T, F]), w);
  const z = reshape(rows, [batch, T, D]);
  const steps = unstack(transpose(z, [1, 0, 2]), 0);
  let h = expand(graph.constant(0.5, [1, D]), [1, D]);
  const states = steps.map((s) => {
    h = tanh(add(s, h));
    return h;
  });
  const [a, b] = split(stack(states, 1), 2, [1, D - 1]);
  return {
    rows,
    states: concat([b!, a!], 2),
    repeated: expand(slice(z, 1, 1, 2), [batch, T, D]),
    frames: reshape(expand(reshape(mean(z, 1), [batch, 1, D]), [batch, 5, D]), [batch * 5, D]),
    total: sum(mul(z, z), [1, 2]),
    shares: logSoftmax(z, 2),
    products: matmul(z, transpose(z, [0, 2, 1])),
    twice: concat([z, mul(z, -1)], 0),
    padded: pad(z, 1, 1, 2),
  };
}

describe('a graph with an open batch', () => {
  test('gives at any batch size what a graph of that size gives', async () => {
    const open = await session(OPEN_BATCH);
    for (const batch of [1, 3, 7]) {
      const fixed = await session(batch);
      const data = Float32Array.from(numbers([batch, T, F], batch).data);
      const inputs = { x: { type: 'float32', shape: [batch, T, F], data } } as const;
      const [found, expected] = [await open.run(inputs), await fixed.run(inputs)];
      expect(Object.keys(found)).toEqual(Object.keys(expected));
      expect(found).toEqual(expected);
      await fixed.release();
    }
    await open.release();
  });

  async function session(batch: number) {
    const graph = new Graph();
    for (const [name, t] of Object.entries(network(graph, batch))) graph.output(name, t);
    return createSession(encodeOnnx(graph), { threads: 1 });
  }

  test('names its open dimensions', () => {
    const graph = new Graph();
    const x = graph.input('x', [OPEN_BATCH, 3, 2]);
    graph.output('y', reshape(x, [OPEN_BATCH * 3, 2]));
    const text = new TextDecoder('latin1').decode(encodeOnnx(graph));
    expect(text).toContain('batch');
    expect(text).toContain('batch*3');
  });

  test('refuses what would need the batch size', () => {
    const graph = new Graph();
    const x = graph.input('x', [OPEN_BATCH, 2]);
    const bad: [() => unknown, RegExp][] = [
      [() => expand(graph.constant(0, [1, 2]), [OPEN_BATCH, 2]), /^expand: .*open batch/],
      [() => mean(x, 0), /^mean: .*open batch/],
      [() => mean(x), /^mean: .*open batch/],
      [() => slice(x, 0, 0, 5), /^slice: .*open batch/],
      [() => split(x, 0, [5, OPEN_BATCH - 5]), /^split: .*open batch/],
      [() => unstack(x, 0), /^unstack: .*open batch/],
      [() => concat([x, graph.constant(0, [1, 2])], 0), /^concat: .*open batch/],
      [() => pad(x, 0, 1, 0), /^pad: .*open batch/],
      [
        () => reshape(graph.input('z', [OPEN_BATCH, OPEN_BATCH]), [OPEN_BATCH, 1, OPEN_BATCH]),
        /^reshape: .*open batch/,
      ],
      [() => graph.constant(0, [OPEN_BATCH, 2]), /^constant: .*open batch/],
    ];
    for (const [build, message] of bad) expect(build).toThrow(message);
  });
});
