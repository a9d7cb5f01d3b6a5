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
import { peerSettings, peerTensors } from './peer-inputs.js';

const LEARNING_RATE = 1e-3;

let trainer;
let inputs;
let steps = 0;

async function prepare({ case: c, tensors }) {
  const prepared = prepareStep(c);
  trainer = await createTrainer(prepared, { threads: c.threads });
  inputs = prepared.inputs(1);
  writeFileSync(tensors, encodeSafetensors(await peerTensors(prepared.setup, trainer.weights(), inputs)));
  return { ...peerSettings(prepared.setup), adam: adamOf(prepared.setup) };
}

function adamOf({ config }) {
  const { beta1, beta2, epsilon } = config.adam;
  return { lr: LEARNING_RATE, betas: [beta1, beta2], eps: epsilon };
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
