import { describe, expect, test } from 'vitest';
import { add, encodeOnnx, Graph, gradients, mul, sigmoid, sum } from '../../src/graph/index.js';
import { codersOf } from '../../src/model/index.js';
import { alignment } from '../../src/model/objects/alignment.js';
import { drawObjects } from '../../src/model/objects/draw.js';
import { FlatParameters } from '../../src/nn/index.js';
import { Random } from '../../src/random.js';
import { createSession } from '../../src/runtime/node.js';
import { modelLayout } from '../../src/train/step.js';
import { littleModel } from './little-model.js';

const SIZE = 32;
const N = 4;
const config = littleModel({
  frame: { kind: 'video', size: SIZE, channels: 2 },
  frames: 2,
  width: 4,
  static: 6,
  dynamic: 4,
  objects: 2,
});
/** Down and right for both objects, in pixels. */
const MOVED = [0.3, -0.4, -0.2, 0.5];

/** Objects are drawn where z says, and aligned from so many times MOVED beside: how far off they are found, in pixels, `[N, 2K]`. */
function build(times: number) {
  const graph = new Graph('float64');
  const coders = codersOf(config);
  const layout = modelLayout(config, coders);
  const flat = graph.input('parameters', [layout.parameters.size]);
  const buffers = graph.input('buffers', [layout.buffers.size]);
  const p = new FlatParameters(graph, layout, { parameters: flat, buffers });
  const normals = (name: string, ...shape: number[]) => {
    const values = new Float64Array(shape.reduce((a, b) => a * b));
    return graph.constant(Random.of(8, name).normals(values), shape);
  };
  const s = normals('s', N / 2, config.static);
  // One at the left and one at the right, so that neither has a part in what the other looks like.
  const z = add(mul(normals('z', N, 4), 0.05), graph.constant([0, 0.6, 0, -0.6], [4]));
  const x = graph.stopGradient(sigmoid(drawObjects(p, config, coders.object!, s, z, 'running')));
  const beside = add(
    z,
    graph.constant(
      MOVED.map((v) => (-times * v * 4) / SIZE),
      [4],
    ),
  );
  const found = alignment(p, config, coders.object!, x, s, beside, 'running');
  return { graph, layout, flat, found: mul(found, SIZE / 4) };
}

/** @param strength standard deviation of weights */
async function aligned(times: number, strength: number): Promise<number[]> {
  const { graph, layout, found } = build(times);
  graph.output('found', found);
  const session = await createSession(encodeOnnx(graph), { threads: 1 });
  try {
    const out = await session.run({
      parameters: {
        type: 'float64',
        shape: [layout.parameters.size],
        data: Random.of(3, 'parameters')
          .normals(new Float64Array(layout.parameters.size))
          .map((v) => strength * v),
      },
      buffers: { type: 'float64', shape: [layout.buffers.size], data: new Float64Array(layout.buffers.size).fill(1) },
    });
    return [...(out.found!.data as Float64Array)];
  } finally {
    await session.release();
  }
}

describe('alignment', () => {
  test('finds how far objects are from where they are drawn', async () => {
    const shares = (found: number[], times: number) => found.map((v, i) => v / (times * MOVED[i % 4]!));
    // All of a small way, and most of one of half a pixel, over which slopes bend.
    for (const share of shares(await aligned(0.01, 1), 0.01)) expect(Math.abs(share - 1)).toBeLessThan(0.02);
    for (const share of shares(await aligned(1, 1), 1)) {
      expect(share).toBeGreaterThan(0.4);
      expect(share).toBeLessThan(1);
    }
  });

  test('leaves objects that are where they are drawn, and those that are hardly drawn', async () => {
    for (const found of [await aligned(0, 1), await aligned(1, 0.01)]) {
      for (const v of found) expect(Math.abs(v)).toBeLessThan(1e-4);
    }
  });

  test('goes no farther than slopes say anything', async () => {
    const found = await aligned(40, 1);
    for (const v of found) expect(Math.abs(v)).toBeLessThanOrEqual(2);
  });

  test('has no gradient', () => {
    const { flat, found } = build(1);
    expect(() => gradients(sum(found), [flat])).toThrow(/does not depend on "parameters"/);
  });
});
