import { expect, test } from 'vitest';
import { add, encodeOnnx, Graph, gradients, mul, sum } from '../../src/graph/index.js';
import type { FrameCoder } from '../../src/model/coder/coder.js';
import { type CoderConfig, fastCoder, referenceCoder } from '../../src/model/index.js';
import { FlatLayout, FlatParameters, type ParameterSource, recordParameters, scoped } from '../../src/nn/index.js';
import { createSession } from '../../src/runtime/node.js';
import { feed, type Numbers, numbers } from '../graph/check.js';

/** What a coder makes of frames and of latents, the gradient of a weighed sum of both, and the running statistics after it. */
async function run(coder: FrameCoder, inputs: readonly [frames: Numbers, latents: Numbers]) {
  const graph = new Graph('float64');
  const [frames, latents] = inputs.map((v, i) => graph.input(`x${i}`, v.shape));
  const build = (p: ParameterSource) => [
    coder.encode(scoped(p, 'encoder'), frames!, 'train'),
    coder.decode(scoped(p, 'decoder'), latents!, 'train'),
  ];
  const specs = recordParameters(build, graph);
  const layout = { parameters: new FlatLayout(specs, 'parameter'), buffers: new FlatLayout(specs, 'buffer') };
  const vectors = {
    parameters: graph.input('parameters', [layout.parameters.size]),
    buffers: graph.input('buffers', [layout.buffers.size]),
  };
  const source = new FlatParameters(graph, layout, vectors);
  const outputs = build(source);
  const loss = outputs
    .map((y, i) => sum(mul(y, graph.constant(numbers(y.shape, 100 + i, 0.5, 1.5).data, y.shape))))
    .reduce(add);
  const wanted = [...source.parameters];
  const found = gradients(
    loss,
    wanted.map(([, t]) => t),
  );
  const gradient = new Map(wanted.map(([name], i) => [name, found[i]!]));
  outputs.forEach((y, i) => {
    graph.output(`y${i}`, y);
  });
  graph.output(
    'gradient',
    layout.parameters.join((name) => gradient.get(name)!),
  );
  graph.output('updated', source.updatedBuffers());

  // The same by name, whatever the order in which a coder keeps them; scales, shifts and statistics that change something.
  const arrays = new Map(
    specs.map(({ name, shape }) => {
      const bound = shape.length > 1 ? Math.sqrt(3 / shape.slice(1).reduce((a, b) => a * b)) : undefined;
      return [name, bound ? numbers(shape, name.length, -bound, bound) : numbers(shape, name.length, 0.5, 1.5)];
    }),
  );
  const given = (kind: 'parameters' | 'buffers') => {
    const data = layout[kind].fromNamed(arrays, new Float64Array(layout[kind].size), 'test');
    return { type: 'float64' as const, shape: [data.length], data };
  };
  const session = await createSession(encodeOnnx(graph), { threads: 1 });
  const out = await session.run({ ...feed(graph, inputs), parameters: given('parameters'), buffers: given('buffers') });
  await session.release();
  const data = (name: string) => out[name]!.data as Float64Array;
  return new Map<string, Float64Array>([
    ['features', data('y0')],
    ['logits', data('y1')],
    ...[...layout.parameters.toNamed(data('gradient'))].map(([k, v]) => [`gradient of ${k}`, v.data] as const),
    ...[...layout.buffers.toNamed(data('updated'))].map(([k, v]) => [k, v.data] as const),
  ]);
}

/** At width 64 the second layer of either coder has the channels of which products by Winograd are made. */
test.each([
  { width: 64, encoder: 'dense', images: 3 },
  { width: 64, encoder: 'pooled', images: 3 },
  { width: 3, encoder: 'pooled', images: 4 },
] as const)('the fast coder gives what the plain one gives: %o', async ({ width, encoder, images }) => {
  const frame = { kind: 'video', size: 16, channels: 3 } as const;
  const config: CoderConfig = { frame, width, encoder, mlp: 1, features: 6, initialization: 'scaled' };
  const inputs = [numbers([images, 16, 16, 3], 1, 0, 1), numbers([images, 5], 2)] as const;
  const expected = await run(referenceCoder(config, frame), inputs);
  for (const chunkBytes of [undefined, 20_000]) {
    const found = await run(fastCoder(config, frame, chunkBytes), inputs);
    expect([...found.keys()].sort()).toEqual([...expected.keys()].sort());
    for (const [name, values] of expected) {
      const largest = (of: Float64Array) => of.reduce((max, v) => Math.max(max, Math.abs(v)), 0);
      const off = largest(values.map((v, i) => v - found.get(name)![i]!));
      expect(off, name).toBeLessThan(1e-11 * Math.max(largest(values), 1e-3));
    }
  }
});
