import { encodeOnnx, Graph } from '../../dist/graph/index.js';
import { createSession } from '../../dist/runtime/node.js';
import { dataInput } from '../../dist/train/step.js';

/** What PyTorch's step is given: weights, x and its motion view, the order of the content view, noise. */
export async function peerTensors(setup, weights, inputs) {
  const { values, motion } = await views(setup, inputs);
  const named = ({ shape, data }) => ({ shape, data });
  return new Map([
    ...[...weights].map(([name, w]) => [`weights/${name}`, w]),
    ['x', named(values)],
    ['x_motion', named(motion)],
    ['permutation', { shape: inputs.order.shape, data: BigInt64Array.from(Array.from(inputs.order.data, BigInt)) }],
    ['noise_s', named(inputs.noiseStatic)],
    ['noise_z', named(inputs.noiseDynamic)],
    ['noise_motion', named(inputs.noiseMotion)],
  ]);
}

/** Model and objective by the names of `test/fixtures/pytorch/cdsvae.py`. */
export function peerSettings({ model, config }) {
  const o = config.objective;
  return {
    model: {
      kind: 'video',
      variant: model.posterior,
      size: model.frame.size,
      channels: model.frame.channels,
      width: model.width,
      g: model.features,
      hidden: model.hidden,
      d_s: model.static,
      d_m: model.dynamic,
    },
    objective: { alpha: o.alphaStatic, beta: o.betaStatic, gamma: o.gamma, tau: o.temperature, N: o.dataSize },
  };
}

/** x and its motion view as numbers, by the very operations that the step does. */
async function views({ parts, config }, inputs) {
  const graph = new Graph();
  const [, ...frame] = inputs.x.shape;
  const x = dataInput(graph, [config.batch, ...frame], config.data);
  graph.output('values', x);
  graph.output('motion', parts.motion(x));
  const session = await createSession(encodeOnnx(graph), { threads: 1 });
  const results = await session.run(Object.fromEntries(graph.inputs.map(({ name }) => [name, inputs[name]])));
  await session.release();
  return results;
}
