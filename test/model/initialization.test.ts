import { expect, test } from 'vitest';
import { encodeOnnx, Graph, mean, mul, stack } from '../../src/graph/index.js';
import { codersOf, frameDims, type ModelConfig, trainingPass } from '../../src/model/index.js';
import { createSession } from '../../src/runtime/node.js';
import { modelLayout, parameterInputs } from '../../src/train/step.js';
import { numbers } from '../graph/check.js';
import { littleModel } from './little-model.js';

const config = littleModel({
  frame: { kind: 'features', features: 6 },
  frames: 5,
  mlp: 16,
  features: 16,
  hidden: 16,
  static: 8,
  dynamic: 4,
});

/** Mean log-variance of q(s | x) and of q(z | x), at the first weights. */
async function firstLogvars(model: ModelConfig): Promise<[s: number, z: number]> {
  const coders = codersOf(model);
  const layout = modelLayout(model, coders);
  const graph = new Graph();
  const drawn = (shape: number[], seed: number) => graph.constant(numbers(shape, seed).data, shape, graph.real);
  const order = graph.constant([0, 1, 2, 3, 4], [5], 'int32');
  const x = drawn([3, 5, ...frameDims(model.frame)], 1);
  const noise = { noiseStatic: drawn([3, 8], 2), noiseDynamic: drawn([3, 5, 4], 3), noiseMotion: drawn([3, 5, 4], 4) };
  const { s, z } = trainingPass(parameterInputs(graph, layout), model, coders, {
    ...{ x, motion: mul(x, 0.9), order, inverse: order },
    ...noise,
  });
  graph.output('logvars', stack([mean(s.logvar), mean(z.logvar)], 0));
  const session = await createSession(encodeOnnx(graph), { threads: 1 });
  const data = Float32Array.from(layout.parameters.initialize(0));
  const { logvars } = await session.run({ parameters: { type: 'float32', shape: [data.length], data } });
  await session.release();
  return [Number(logvars!.data[0]), Number(logvars!.data[1])];
}

test.each(['causal', 'smoothing'] as const)('posteriors begin sure of themselves: %s', async (posterior) => {
  const [s, z] = await firstLogvars({ ...config, posterior });
  expect(s).toBeCloseTo(-4, 0);
  expect(z).toBeCloseTo(-3, 0);
  const [released] = await firstLogvars({ ...config, posterior, initialization: 'normal' });
  expect(released).toBeCloseTo(0, 0);
});
