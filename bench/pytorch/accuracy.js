/**
 * How far float32 is from the truth, here and in PyTorch: `npm run bench:accuracy`, a quarter of an hour or so; with `-- --write` a section of
 * docs/performance.md. One case, by more batches: `-- --width 64 --batch 16 --batches 9`.
 *
 * Truth is PyTorch in float64 on the same weights, batch and noise. Beside it: the loss and the whole gradient (relative distance,
 * L2) of the fast frame coder, of the plain one, and of PyTorch, all in float32. Odd batches, short and long sequences, three sizes
 * of frames, and frames near white, where a variance is a small difference of large numbers. The medians of some batches: where a
 * rounding turns the slope of one LeakyReLU, a gradient jumps by 1e-4 or so, in either library, and the largest jumps are most of an
 * error. (Of such a jump 87 to 99 % of the error in the weights of the layer before lie in one of its channels.)
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { prepareStep, stepCase } from '../../dist/bench/step-case.js';
import { median } from '../../dist/bench/timing.js';
import { decodeSafetensors, encodeSafetensors } from '../../dist/formats/safetensors.js';
import { encodeOnnx } from '../../dist/graph/index.js';
import { createSession } from '../../dist/runtime/node.js';
import { trainingGraph } from '../../dist/train/step.js';
import { markdownTable, writeSection } from '../document.js';
import { Party } from './party.js';
import { peerSettings, peerTensors } from './peer-inputs.js';
import { findPython, INSTALL, peerEnv } from './python.js';

const CASES = [
  { width: 16, batch: 4, frames: 1, size: 32 },
  { width: 16, batch: 7, frames: 20 },
  { width: 16, batch: 64 },
  { width: 16, batch: 16, white: true },
  { width: 64, batch: 4 },
  { width: 64, batch: 5, frames: 3, size: 128 },
  { width: 64, batch: 7, frames: 5, size: 32, posterior: 'smoothing' },
  { width: 64, batch: 16 },
  { width: 64, batch: 16, white: true },
  { width: 64, batch: 64, frames: 2 },
];
/** Bounds: of the loss; and of the gradient, as a multiple of PyTorch's own distance. */
const BOUNDS = { loss: 1e-5, gradient: 3 };

const { values: flags } = parseArgs({
  options: {
    width: { type: 'string' },
    batch: { type: 'string' },
    /** Of each case. */
    batches: { type: 'string', default: '5' },
    write: { type: 'boolean', default: false },
  },
});
const cases = CASES.filter((c) => ['width', 'batch'].every((k) => flags[k] === undefined || c[k] === Number(flags[k])));
if (flags.write && cases.length < CASES.length) {
  process.stderr.write('error: --write writes the table of all cases: leave out --width and --batch\n');
  process.exit(2);
}

const python = findPython();
if (python === undefined) {
  process.stderr.write(`error: ${INSTALL}\n`);
  process.exit(2);
}
const threads = availableParallelism();
const folder = mkdtempSync(join(tmpdir(), 'cdsvae-accuracy-'));
let wrong = 0;
const rows = [];
try {
  console.log('width  batch   T  size  frames     loss fast  plain  PyTorch     gradient fast  plain  PyTorch');
  for (const c of cases) await compare(stepCase({ threads, ...c }), c.white === true);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
if (flags.write) {
  const who = ['ours', 'plain', 'PyTorch'];
  const head = [
    'width, batch, T, pixels',
    ...who.map((w) => `loss, ${w}`),
    ...who.map((w) => `gradient, ${w}`),
    'ours / PyTorch',
  ];
  writeSection('accuracy', markdownTable(head, rows));
}
console.log(wrong === 0 ? 'all within bounds' : `${wrong} out of bounds`);
process.exitCode = wrong === 0 ? 0 : 1;

async function compare(c, white) {
  const prepared = prepareStep(c);
  const { setup } = prepared;
  const { parameters, buffers } = setup.layout;
  const weights = new Map([
    ...parameters.toNamed(Float32Array.from(parameters.initialize(0))),
    ...buffers.toNamed(Float32Array.from(buffers.initialize(0))),
  ]);
  const plainSetup = prepareStep({ ...c, coder: 'reference' }).setup;
  const runs = [];
  for (let batch = 1; batch <= Number(flags.batches); batch++) {
    const inputs = prepared.inputs(batch);
    if (white) {
      inputs.x.data.forEach((v, i, x) => {
        x[i] = 252 + (v & 3);
      });
    }
    const theirs = await peerGradients(setup, weights, inputs);
    const found = [await gradient(setup, weights, inputs), await gradient(plainSetup, weights, inputs), theirs.float32];
    const truth = theirs.float64;
    runs.push(
      found.map((r) => ({
        loss: Math.abs(r.loss - truth.loss) / Math.abs(truth.loss),
        gradient: distance(r.gradient, truth.gradient),
      })),
    );
  }
  const middle = (what) => [0, 1, 2].map((who) => median(runs.map((r) => r[who][what])));
  const [losses, gradients] = [middle('loss'), middle('gradient')];
  if (!(losses[0] <= BOUNDS.loss && gradients[0] <= BOUNDS.gradient * gradients[2])) wrong++;
  const show = (values) => values.map((v) => v.toExponential(1)).join('  ');
  const ratio = (gradients[0] / gradients[2]).toFixed(2);
  rows.push([
    `${c.width}, ${c.batch}, ${c.frames}, ${c.size}${white ? ', near white' : ''}${c.posterior === 'smoothing' ? ', smoothing' : ''}`,
    ...[...losses, ...gradients].map((v) => v.toExponential(1)),
    ratio,
  ]);
  console.log(
    [
      String(c.width).padStart(5),
      String(c.batch).padStart(5),
      String(c.frames).padStart(2),
      String(c.size).padStart(4),
      (white ? 'near white' : 'noise').padEnd(10),
      show(losses),
      '   ',
      show(gradients),
      `  ${ratio} × PyTorch's`,
    ].join('  '),
  );
}

/** PyTorch's loss and gradient in both types. */
async function peerGradients(setup, weights, inputs) {
  const tensors = join(folder, 'tensors.safetensors');
  writeFileSync(tensors, encodeSafetensors(await peerTensors(setup, weights, inputs)));
  const peer = new Party(python, ['-u', join(import.meta.dirname, 'peer.py')], peerEnv(threads, true));
  const results = {};
  try {
    for (const type of ['float64', 'float32']) {
      const file = join(folder, `${type}.safetensors`);
      const request = { do: 'gradient', form: 'lean', type, tensors, threads, file, ...peerSettings(setup) };
      const { loss } = await peer.ask(request);
      results[type] = { loss, gradient: decodeSafetensors(readFileSync(file)).tensors };
    }
    return results;
  } finally {
    peer.end();
  }
}

/** Loss and gradient of one step in float32 at named weights. */
async function gradient({ config, parts, layout }, weights, inputs) {
  const { parameters, buffers } = layout;
  const session = await createSession(encodeOnnx(trainingGraph(config, { ...parts, gradient: true }, layout)), {
    threads,
  });
  const vector = (data) => ({ type: 'float32', shape: [data.length], data });
  const zeros = () => vector(new Float32Array(parameters.size));
  const out = await session.run({
    ...inputs,
    parameters: vector(parameters.fromNamed(weights, new Float32Array(parameters.size), 'weights')),
    mean: zeros(),
    variance: zeros(),
    buffers: vector(buffers.fromNamed(weights, new Float32Array(buffers.size), 'weights')),
    schedule: vector(new Float32Array(2)),
  });
  await session.release();
  return { loss: out.terms.data[0], gradient: parameters.toNamed(out.gradient.data) };
}

/** Distance of a from b relative to the length of b, over all arrays together. */
function distance(a, b) {
  let [difference, length] = [0, 0];
  for (const [name, { data }] of b) {
    const other = a.get(name).data;
    for (let i = 0; i < data.length; i++) {
      difference += (other[i] - data[i]) ** 2;
      length += data[i] ** 2;
    }
  }
  return Math.sqrt(difference / length);
}
