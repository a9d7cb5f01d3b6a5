import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DatasetWriter } from '../../src/data/writer.js';
import { Random } from '../../src/random.js';
import { listCheckpoints, loadCheckpoint } from '../../src/train/checkpoint.js';
import { type MetricsLine, readMetrics } from '../../src/train/metrics-log.js';
import { cdsvae, type Ended, type Running, requireDist, startNode } from '../cli/dist.js';
import { readCurves } from '../formats/read-events.js';
import { CRASH_ROOT } from './crashing-files.js';

/*
 * Real trainings through the command line, killed and resumed: whatever happens to them, they leave the bits of one that
 * nothing happened to.
 */

const STEPS = 60;
const SETTINGS = [
  ...['width=2', 'hidden=8', 'static=8', 'dynamic=4', 'features=8'].map((s) => `model.${s}`),
  // Everything that is state: moments, a learning rate with a course, a best step that is not the last (as elements are not bounded).
  ...['learningRate=0.3', 'clipElement=0', 'warmup=5', 'schedule=cosine'].map((s) => `optimizer.${s}`),
  ...['validateEvery=5', 'sampleEvery=12', 'validateOn=8'].map((s) => `train.${s}`),
];

const root = mkdtempSync(join(CRASH_ROOT, 'cdsvae-kill-'));
const runPath = (name: string) => join(root, name);
const options = { cwd: root };

/** The command that begins a run. */
const begin = (name: string, seed = 4) => [
  ...['train', 'data', '--out', name, '--seed', `${seed}`, '--threads', '1'],
  ...['--steps', `${STEPS}`, '--batch', '4', '--checkpoint-every', '3'],
  ...SETTINGS.flatMap((s) => ['--set', s]),
];
const resume = (name: string) => ['train', '--out', name, '--resume'];
/** What a user does after a crash. */
const goOn = (name: string) => (existsSync(join(runPath(name), 'config.yaml')) ? resume(name) : begin(name));
const start = (args: readonly string[]) => startNode([requireDist(), ...args], options);

/** Squares that move; every sequence has a place, a size, a shade and a direction of its own. */
function writeData(folder: string): void {
  const [count, frames, side] = [40, 3, 32];
  const writer = new DatasetWriter(folder, {
    info: {
      name: 'squares',
      kind: 'video',
      frames,
      frame: [side, side, 1],
      dtype: 'uint8',
      divisor: 255,
      range: [0, 1],
      factors: [],
    },
    count,
    splits: { train: [0, 28], validation: [28, 36], test: [36, 40] },
  });
  for (let i = 0; i < count; i++) {
    const random = Random.of(1, 'squares', i);
    const [x, y, size, shade] = [
      random.integer(20),
      random.integer(20),
      4 + random.integer(8),
      80 + random.integer(170),
    ];
    const [dx, dy] = [random.integer(5) - 2, random.integer(5) - 2];
    const inside = (p: number, from: number) => p >= from && p < from + size;
    const values = Uint8Array.from({ length: frames * side * side }, (_, k) => {
      const [t, row, column] = [Math.floor(k / side ** 2), Math.floor(k / side) % side, k % side];
      return inside(row, y + t * dy) && inside(column, x + t * dx) ? shade : 0;
    });
    writer.write(i, values);
  }
  writer.finish();
}

/** Lines of the log without what no two runs share. */
const linesOf = (name: string): MetricsLine[] =>
  readMetrics(join(runPath(name), 'metrics.jsonl')).map(({ seconds: _, ...line }) => line as MetricsLine);

/** Files below a folder of a run by their paths. */
function filesIn(name: string, folder: string): Record<string, string> {
  const path = join(runPath(name), folder);
  const entries = readdirSync(path, { recursive: true, withFileTypes: true }).filter((e) => e.isFile());
  const files = entries.map((e) => join(e.parentPath, e.name));
  return Object.fromEntries(files.map((f) => [f.slice(path.length), readFileSync(f).toString('latin1')]));
}

/** All that two runs of the same seed have in common, to be compared byte for byte. */
function outcome(name: string) {
  const { step, path } = listCheckpoints(runPath(name)).at(-1)!;
  const { best } = loadCheckpoint(path).state as { best: { step: number } };
  // Not times: those are in the state, whose hash is in the manifest.
  const tensors = (at: number) =>
    Object.fromEntries(
      Object.entries(filesIn(name, `checkpoints/step-${at}`)).filter(([file]) => file.endsWith('.safetensors')),
    );
  const events = readdirSync(runPath(name)).filter((n) => n.includes('tfevents'));
  const curves = readCurves(events.sort().map((n) => readFileSync(join(runPath(name), n))));
  return {
    config: readFileSync(join(runPath(name), 'config.yaml'), 'utf8'),
    lines: linesOf(name),
    checkpoint: tensors(step),
    bestCheckpoint: tensors(best.step),
    step,
    best,
    model: filesIn(name, 'model'),
    samples: filesIn(name, 'samples'),
    curves: { ...curves, stepsPerSecond: curves.stepsPerSecond?.map(([at]) => at) },
  };
}

/** Says which of the files and lines differ, rather than print them. */
function expectSame(name: string, expected: ReturnType<typeof outcome>): void {
  const found = outcome(name);
  expect(found.lines.map((l) => l.step)).toEqual(expected.lines.map((l) => l.step));
  expect(found.lines).toEqual(expected.lines);
  for (const part of ['model', 'checkpoint', 'bestCheckpoint', 'samples'] as const) {
    expect(Object.keys(found[part]).sort()).toEqual(Object.keys(expected[part]).sort());
    for (const [file, bytes] of Object.entries(expected[part])) {
      expect(found[part][file] === bytes, `${part}${file} is the same`).toBe(true);
    }
  }
  expect([found.step, found.best, found.config]).toEqual([expected.step, expected.best, expected.config]);
  expect(found.curves).toEqual(expected.curves);
}

const checkpointed = (name: string) => listCheckpoints(runPath(name)).at(-1)?.step ?? 0;
const lastStep = (name: string) => readMetrics(join(runPath(name), 'metrics.jsonl')).at(-1)?.step ?? 0;
const namesIn = (path: string) => (existsSync(path) ? readdirSync(path) : []);
const starts = (name: string) => namesIn(runPath(name)).filter((n) => n.includes('tfevents')).length;

/** Waits until something holds, or the process has ended. */
async function until(condition: () => boolean, running: Running): Promise<void> {
  let over = false;
  void running.ended.then(() => {
    over = true;
  });
  while (!over && !condition()) await sleep(1);
}

/** Waits until a start of a run has come `count` steps beyond the checkpoint that it began with. */
async function advance(name: string, running: Running, count: number, startsBefore: number): Promise<void> {
  // From then on the log holds what the checkpoint covers and what is new.
  await until(() => starts(name) > startsBefore, running);
  const from = checkpointed(name);
  await until(() => lastStep(name) >= from + count, running);
}

/** Sends a signal to the supervisor and the process that computes, as a terminal does. */
function signalGroup(running: Running, signal: NodeJS.Signals): void {
  try {
    process.kill(-running.child.pid!, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

const expectEnded = (ended: Ended, code: number) => expect(ended, ended.stderr).toMatchObject({ code, signal: null });

let whole: ReturnType<typeof outcome>;
beforeAll(async () => {
  writeData(join(root, 'data'));
  expectEnded(await cdsvae(begin('whole'), options), 0);
  whole = outcome('whole');
}, 120_000);
afterAll(() => rmSync(root, { recursive: true, force: true }));

test('the undisturbed run is all there', () => {
  const every = (n: number) => Array.from({ length: Math.floor(STEPS / n) }, (_, i) => (i + 1) * n);
  const trained = whole.lines.filter((l) => 'learningRate' in l).map((l) => l.step);
  expect(trained).toEqual(every(1));
  expect(whole.lines.filter((l) => 'validation' in l).map((l) => l.step)).toEqual(every(5));
  expect(Object.keys(whole.samples).sort()).toEqual(
    every(12)
      .map((n) => `/step-${n}.png`)
      .sort(),
  );
  const vectors = ['buffers', 'mean', 'parameters', 'variance'];
  expect(Object.keys(whole.checkpoint).sort()).toEqual(vectors.map((v) => `/${v}.safetensors`));
  expect(whole.step).toBe(STEPS);
  expect(whole.best.step).toBeLessThan(STEPS);
  // It learns: bits that never change would agree as well.
  const [first, last] = [whole.lines[0]!, whole.lines.findLast((l) => 'learningRate' in l)!];
  expect(last.loss).toBeLessThan(0.9 * (first.loss as number));
});

/** What is waited for before a kill; a random pause follows. */
const MOMENTS = {
  /** From the first moment on: loading, taking the lock, writing the settings, reading the checkpoint. */
  start: { pause: 1400, wait: async () => {} },
  step: {
    pause: 25,
    wait: (name: string, running: Running, random: Random, before: number) =>
      advance(name, running, 1 + random.integer(12), before),
  },
  save: {
    pause: 8,
    wait: async (name: string, running: Running, random: Random, before: number) => {
      await advance(name, running, random.integer(8), before);
      await until(
        () => namesIn(join(runPath(name), 'checkpoints')).some((n) => /^\.(saving|removing)/.test(n)),
        running,
      );
    },
  },
  draw: { pause: 150, wait: (_: string, running: Running) => running.until(/phase=draw/).catch(() => {}) },
  end: {
    pause: 60,
    wait: async (name: string, running: Running, _: Random, before: number) => {
      await until(() => starts(name) > before, running);
      await until(() => namesIn(runPath(name)).some((n) => /model/.test(n)), running);
    },
  },
};
const ORDER: readonly (keyof typeof MOMENTS)[] = [
  ...(['start', 'step', 'save', 'start', 'step', 'draw', 'step', 'save'] as const),
  ...(['start', 'step', 'save', 'step', 'draw', 'end', 'start', 'end'] as const),
];

test('killed again and again and resumed, it leaves the same bits', async () => {
  const random = Random.of(2021, 'kills');
  const killed: string[] = [];
  let ended: Ended | undefined;
  for (const kind of ORDER) {
    const { pause, wait } = MOMENTS[kind];
    const before = starts('killed');
    const running = start(goOn('killed'));
    await wait('killed', running, random, before);
    await sleep(random.uniform(0, pause));
    signalGroup(running, 'SIGKILL');
    ended = await running.ended;
    if (ended.signal !== 'SIGKILL') {
      expectEnded(ended, 0);
      break;
    }
    killed.push(`${kind} (${checkpointed('killed')})`);
    ended = undefined;
  }
  if (!ended) expectEnded(await start(goOn('killed')).ended, 0);
  console.info(`killed ${killed.length} times; at, with the last checkpoint in brackets: ${killed.join(', ')}`);
  expect(killed.length).toBeGreaterThanOrEqual(12);
  expectSame('killed', whole);
  const leftovers = readdirSync(runPath('killed'), { recursive: true, encoding: 'utf8' });
  expect(leftovers.filter((n) => /(^|\/)\./.test(n))).toEqual([]);
}, 240_000);

test('stopped by SIGINT, then by SIGTERM, it has saved, and goes on to the same bits', async () => {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    const before = starts('stopped');
    const running = start(goOn('stopped'));
    await advance('stopped', running, 4, before);
    // Ctrl-C reaches both processes, kill only the one it is given.
    if (signal === 'SIGINT') signalGroup(running, signal);
    else running.child.kill(signal);
    expectEnded(await running.ended, code);
    expect(checkpointed('stopped')).toBe(lastStep('stopped'));
    expect(lastStep('stopped')).toBeGreaterThanOrEqual(signal === 'SIGINT' ? 4 : 8);
    expect(existsSync(join(runPath('stopped'), 'model'))).toBe(false);
    expect(namesIn(runPath('stopped')).filter((n) => n.startsWith('.'))).toEqual([]);
  }
  expectEnded(await cdsvae(resume('stopped'), options), 0);
  expectSame('stopped', whole);
}, 120_000);

test('a second writer is refused while the first goes on, to the same bits once more', async () => {
  const first = start(begin('again'));
  await advance('again', first, 2, 0);
  // Held where it is, so that it cannot end before the second has been refused.
  signalGroup(first, 'SIGSTOP');
  const lock = namesIn(runPath('again')).find((n) => n.startsWith('.lock'))!;
  const { pid } = JSON.parse(readFileSync(join(runPath('again'), lock), 'utf8')) as { pid: number };
  const holder = new RegExp(`again: process ${pid} has been writing to this run since \\d{4}-`);
  for (const second of await Promise.all([cdsvae(resume('again'), options), cdsvae(begin('again', 5), options)])) {
    expectEnded(second, 3);
    expect(second.stderr).toMatch(holder);
    expect(second.stdout).toBe('');
  }
  signalGroup(first, 'SIGCONT');
  expectEnded(await first.ended, 0);
  expectSame('again', whole);
}, 120_000);

test('another seed gives other bits', async () => {
  expectEnded(await cdsvae(begin('other', 5), options), 0);
  const other = outcome('other');
  expect(other.lines.map((l) => l.step)).toEqual(whole.lines.map((l) => l.step));
  expect(other.lines[0]!.loss).not.toBe(whole.lines[0]!.loss);
  for (const file of ['/weights.safetensors', '/encoder.onnx'])
    expect(other.model[file] === whole.model[file]).toBe(false);
  for (const [file, bytes] of Object.entries(whole.checkpoint)) expect(other.checkpoint[file] === bytes).toBe(false);
}, 120_000);
