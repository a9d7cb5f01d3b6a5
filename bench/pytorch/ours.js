/**
 * This library's side of the comparison, a process of its own that answers requests as `peer.py` does:
 *
 *     {"do": "prepare", "case": {…}, "tensors": PATH}   writes weights, batch and noise for PyTorch, and says what they are of
 *     {"do": "step"}                                    -> {"seconds": …, "loss": …, "memory": bytes}
 *
 * The step is the one that training takes, augmentation included; PyTorch is given x^m as made.
 */
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { createTrainer, prepareStep } from '../../dist/bench/step-case.js';
import { encodeSafetensors } from '../../dist/formats/safetensors.js';
import { encodeOnnx, Graph } from '../../dist/graph/index.js';
import { createSession } from '../../dist/runtime/node.js';
import { dataInput } from '../../dist/train/step.js';

const LEARNING_RATE = 1e-3;

let trainer;
let inputs;
let steps = 0;

/** x and its motion view as numbers, by the very operations that the step does. */
async function views({ parts, config, model }, given, [, ...frame]) {
  const graph = new Graph();
  const x = dataInput(graph, [config.batch, ...frame], config.data);
  graph.output('values', x);
  graph.output('motion', parts.motion(x));
  const session = await createSession(encodeOnnx(graph), { threads: 1 });
  const wanted = Object.fromEntries(graph.inputs.map(({ name }) => [name, given[name]]));
  const { values, motion } = await session.run(wanted);
  await session.release();
  return { values, motion, model };
}

async function prepare({ case: c, tensors }) {
  const prepared = prepareStep(c);
  const { setup } = prepared;
  trainer = await createTrainer(prepared, { threads: c.threads });
  inputs = prepared.inputs(1);
  const { values, motion } = await views(setup, inputs, inputs.x.shape);
  const named = ({ shape, data }) => ({ shape, data });
  writeFileSync(
    tensors,
    encodeSafetensors(
      new Map([
        ...[...trainer.weights()].map(([name, w]) => [`weights/${name}`, w]),
        ['x', named(values)],
        ['x_motion', named(motion)],
        ['permutation', { shape: inputs.order.shape, data: BigInt64Array.from(Array.from(inputs.order.data, BigInt)) }],
        ['noise_s', named(inputs.noiseStatic)],
        ['noise_z', named(inputs.noiseDynamic)],
        ['noise_motion', named(inputs.noiseMotion)],
      ]),
    ),
  );
  const { model, config } = setup;
  const { objective: o, adam } = config;
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
    adam: { lr: LEARNING_RATE, betas: [adam.beta1, adam.beta2], eps: adam.epsilon },
  };
}

async function step() {
  const begun = performance.now();
  const { loss } = await trainer.step(++steps, LEARNING_RATE, inputs);
  const seconds = (performance.now() - begun) / 1000;
  return { seconds, loss, memory: process.resourceUsage().maxRSS * 1024 };
}

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  const answer = request.do === 'prepare' ? await prepare(request) : await step();
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
