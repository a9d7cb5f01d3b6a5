/**
 * Encoding, decoding and swapping in sequences a second, in Node, in the browser's WebAssembly (run by Node) and in PyTorch:
 * `npm run bench:inference`, some minutes; into docs/performance.md.
 */
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepareStep, stepCase } from '../dist/bench/step-case.js';
import { median, secondsSince } from '../dist/bench/timing.js';
import { tunables } from '../dist/cli/terminal/supervise.js';
import { wrapSession } from '../dist/runtime/onnx-runtime.js';
import { createModel } from '../dist/trained/create.js';
import { markdownTable, writeSection } from './document.js';
import { Party } from './pytorch/party.js';
import { findPython, peerEnv } from './pytorch/python.js';

const BATCH = 16;
/** Of each act: so many times at least, and for so many seconds. */
const [TIMES, SECONDS] = [7, 3];
const WHAT = ['encode', 'decode', 'swap'];
const WIDTHS = [16, 64];
const threads = availableParallelism();
/** How a graph is made ready to run on so many threads. */
const ENGINES = {
  node: async (n) => {
    const { createSession } = await import('../dist/runtime/node.js');
    return (bytes) => createSession(bytes, { threads: n });
  },
  // The browser's build gets its threads from web workers; this is the same WebAssembly with Node's.
  web: async (n) => {
    const ort = await import('onnxruntime-web');
    ort.env.wasm.numThreads = n;
    const options = { executionProviders: ['wasm'], graphOptimizationLevel: 'all', enableMemPattern: false };
    return async (bytes) => wrapSession(ort, await ort.InferenceSession.create(bytes, options));
  },
};

if (process.argv[2] === 'child') {
  const { engine, width, threads: n } = JSON.parse(process.argv[3]);
  process.send(await ours(engine, width, n));
  process.disconnect();
} else {
  const rows = [];
  for (const width of WIDTHS) {
    for (const [engine, n] of [
      ['node', threads],
      ['node', 1],
      ['web', threads],
      ['web', 1],
    ]) {
      if (n === 1 && threads === 1 && rows.some((r) => r.width === width && r.engine === engine)) continue;
      rows.push({ width, engine, threads: n, seconds: await child({ engine, width, threads: n }) });
    }
    rows.push({ width, engine: 'PyTorch', threads, seconds: await pytorch(width) });
  }
  const names = { node: 'Node', web: 'WebAssembly' };
  const table = rows.map(({ width, engine, threads: n, seconds }) => [
    `width ${width}, ${names[engine] ?? engine}, ${n} ${n === 1 ? 'thread' : 'threads'}`,
    ...WHAT.map((what) => (seconds ? (BATCH / seconds[what]).toFixed(1) : 'not installed')),
  ]);
  for (const [name, ...cells] of table) process.stdout.write(`${name.padEnd(40)} ${cells.join('  ')}\n`);
  const head = ['sequences a second', ...WHAT];
  writeSection('inference', [
    ...markdownTable(head, table),
    '',
    `Batches of ${BATCH} sequences of 8 frames of 64×64×3; medians of ${TIMES} times or more, of ${SECONDS} s or more. A swap encodes two batches and decodes one.`,
  ]);
}

/** Measures an engine in a process of its own, since the threads of WebAssembly are fixed once for a process. */
function child(request) {
  return new Promise((resolve, reject) => {
    const process_ = fork(import.meta.filename, ['child', JSON.stringify(request)], {
      env: { ...process.env, ...tunables(process.env) },
    });
    let result;
    process_.on('message', (message) => {
      result = message;
      // WebAssembly's workers would keep it from ending.
      process_.kill();
    });
    process_.on('close', () => (result ? resolve(result) : reject(new Error(`${JSON.stringify(request)} failed`))));
  });
}

async function ours(engine, width, n) {
  const createSession = await ENGINES[engine](n);
  const { setup, inputs } = prepareStep(stepCase({ width, batch: BATCH }));
  const { parameters, buffers } = setup.layout;
  const weights = new Map(
    [parameters, buffers].flatMap((layout) => [...layout.toNamed(Float32Array.from(layout.initialize(0)))]),
  );
  const model = await createModel(setup.model, weights, createSession);
  const { shape, data } = inputs(1).x;
  const clips = { shape, data: Float32Array.from(data, (v) => v / 255) };
  const { s, z } = await model.encode(clips);
  const acts = {
    encode: () => model.encode(clips),
    decode: () => model.decode(s, z),
    swap: () => model.swap(clips, clips),
  };
  const seconds = {};
  for (const [what, act] of Object.entries(acts)) {
    seconds[what] = await typical(async () => {
      const begun = performance.now();
      await act();
      return secondsSince(begun);
    });
  }
  return seconds;
}

/** Median of the seconds that an act says it took, but of the first, which makes room. */
async function typical(act) {
  await act();
  const times = [];
  const begun = performance.now();
  while (times.length < TIMES || secondsSince(begun) < SECONDS) times.push(await act());
  return median(times);
}

async function pytorch(width) {
  const python = findPython();
  if (python === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'cdsvae-bench-'));
  const tensors = join(folder, 'tensors.safetensors');
  const writer = new Party(process.execPath, [join(import.meta.dirname, 'pytorch/ours.js')], {});
  const peer = new Party(python, ['-u', join(import.meta.dirname, 'pytorch/peer.py')], peerEnv(threads));
  try {
    const made = await writer.ask({ do: 'prepare', case: stepCase({ width, batch: BATCH }), tensors });
    await peer.ask({ do: 'prepare', form: 'lean', tensors, threads, ...made });
    const seconds = {};
    for (const what of WHAT) {
      seconds[what] = await typical(async () => (await peer.ask({ do: 'forward', what })).seconds);
    }
    return seconds;
  } finally {
    writer.end();
    peer.end();
    rmSync(folder, { recursive: true, force: true });
  }
}
