import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { NO_MOTION } from '../../src/augment/index.js';
import { openDataset } from '../../src/data/open.js';
import { DatasetWriter } from '../../src/data/writer.js';
import { CdsvaeError, EXIT_CODES } from '../../src/errors.js';
import { Random } from '../../src/random.js';
import { createSession } from '../../src/runtime/node.js';
import { batchIndices, prepareBatch } from '../../src/train/batches.js';
import { listCheckpoints, loadCheckpoint } from '../../src/train/checkpoint.js';
import { experiment } from '../../src/train/experiment.js';
import type { TrainEvent } from '../../src/train/loop.js';
import { readMetrics } from '../../src/train/metrics-log.js';
import { defaultSettings } from '../../src/train/presets.js';
import { assign } from '../../src/train/settings.js';
import { STEP_TERMS } from '../../src/train/step.js';
import type { TrainOptions, TrainResult } from '../../src/train/train.js';
import { allFinite, Trainer } from '../../src/train/trainer.js';
import { load } from '../../src/trained/load.js';
import { cdsvae, ROOT, requireDist, temporaryFolder, writeLittleData } from '../cli/dist.js';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());
const at = (name: string) => join(folder.path, name);

/** Settings of a model as little as the data of {@link writeLittleData}. */
const LITTLE = ['mlp=8', 'features=6', 'hidden=5', 'static=4', 'dynamic=3'].map((s) => `model.${s}`);

/** Trains by the compiled package: its thread that prepares batches is a file of it. */
async function train({ set = [], ...options }: TrainOptions): Promise<TrainResult> {
  requireDist();
  const entry = pathToFileURL(join(ROOT, 'dist', 'index.js')).href;
  const library = (await import(entry)) as typeof import('../../src/index.js');
  return library.train({
    ...(options.resume ? {} : { batch: 4, threads: 1, set: [...LITTLE, ...set] }),
    ...options,
  });
}

/** The error that a promise ends with. */
async function failure(promise: Promise<unknown>): Promise<CdsvaeError> {
  const error = await promise.then(
    () => expect.fail('it ended without an error'),
    (e: unknown) => e as CdsvaeError,
  );
  expect(error.name, String(error.stack)).toBe('CdsvaeError');
  return error;
}

/** A dataset of features T = 4, F = 6 with a value for each place. */
function writeFeatures(
  name: string,
  value: (sequence: number, place: number) => number,
  splits: { train: [number, number]; validation: [number, number] },
): void {
  const count = splits.validation[1];
  const writer = new DatasetWriter(at(name), {
    info: {
      name,
      kind: 'array',
      frames: 4,
      frame: [6],
      dtype: 'float32',
      divisor: 1,
      range: [-1e31, 1e31],
      factors: [],
    },
    count,
    splits,
  });
  writer.write(
    0,
    Float32Array.from({ length: count * 24 }, (_, i) => value(Math.floor(i / 24), i % 24)),
  );
  writer.finish();
}

/** Every file of a checkpoint as text. */
const checkpointFiles = (run: string, step: number) => {
  const path = join(run, 'checkpoints', `step-${step}`);
  return Object.fromEntries(readdirSync(path).map((f) => [f, readFileSync(join(path, f), 'latin1')]));
};
const metricsOf = (run: string) => readMetrics(join(run, 'metrics.jsonl'));
const stepsKept = (run: string) => listCheckpoints(run).map((c) => c.step);

describe('features', () => {
  test('train end to end: events, logs, picture, checkpoint, a model that loads', async () => {
    writeLittleData(at('little'));
    const phases = new Set<string>();
    const result = await train({
      data: at('little'),
      out: at('run'),
      steps: 6,
      onEvent: (e) => phases.add(e.type === 'progress' ? e.phase : e.type),
    });
    expect([...phases].sort()).toEqual(['done', 'draw', 'note', 'train', 'validate']);
    expect(result).toMatchObject({ run: at('run'), step: 6, interrupted: false });
    expect(result.stepShare).toBeGreaterThan(0);
    expect(result.stepShare).toBeLessThanOrEqual(1);
    expect(result.errorPerValue).toBeCloseTo(result.validation!.reconstruction! / 24, 12);
    expect(readFileSync(result.sheet!).subarray(1, 4).toString()).toBe('PNG');

    const lines = metricsOf(at('run'));
    expect(lines.map((l) => l.step)).toEqual([1, 2, 3, 4, 5, 6, 6]);
    for (const line of lines.slice(0, 6)) {
      expect(Object.keys(line)).toEqual(['step', ...STEP_TERMS, 'learningRate', 'seconds']);
      for (const value of Object.values(line)) expect(Number.isFinite(value)).toBe(true);
    }
    expect(lines.at(-1)).toEqual({ step: 6, validation: result.validation });

    const model = await load(at('run'));
    const x = { shape: [2, 4, 6], data: Random.of(1, 'x').normals(new Float32Array(48)) };
    const { s, z } = await model.encode(x);
    expect([s.shape, z.shape, (await model.decode(s, z)).shape]).toEqual([
      [2, 4],
      [2, 4, 3],
      [2, 4, 6],
    ]);
    await model.release();
  });

  test('of a folder of clips: a dataset is made of it first, and once', async () => {
    mkdirSync(at('series'));
    const row = (i: number) => `${Math.sin(i / 5)},${Math.cos(i / 5)}`;
    writeFileSync(join(at('series'), 'a.csv'), Array.from({ length: 400 }, (_, i) => row(i)).join('\n'));
    const begin = async (out: string) => {
      const events: TrainEvent[] = [];
      await train({
        data: at('series'),
        out: at(out),
        steps: 1,
        set: ['model.hidden=5'],
        onEvent: (e) => events.push(e),
      });
      return events;
    };
    const events = await begin('of-series');
    const types = events.map((e) => e.type);
    expect(types.slice(0, types.indexOf('note')).filter((t, i, all) => t !== all[i - 1])).toEqual([
      'prepare',
      'understood',
      'prepare',
      'prepared',
    ]);
    expect(events.find((e) => e.type === 'prepared')!.prepared).toMatchObject({
      of: 'clips',
      report: { cached: false },
    });
    const again = await begin('of-series-2');
    expect(again[0]).toMatchObject({ type: 'prepared', prepared: { report: { cached: true } } });
  });

  test('of 8 sequences are learned by heart', async () => {
    const values = Random.of(3, 'eight').normals(new Float32Array(10 * 24));
    writeFeatures('eight', (n, i) => values[n * 24 + i]!, { train: [0, 8], validation: [8, 10] });
    const { run } = await train({
      data: at('eight'),
      out: at('run'),
      steps: 500,
      batch: 8,
      set: [
        ...['mlp=48', 'features=16', 'hidden=24'].map((s) => `model.${s}`),
        ...['alpha=0.001', 'beta=0', 'gamma=0'].map((s) => `objective.${s}`),
        ...['learningRate=0.01', 'warmup=20'].map((s) => `optimizer.${s}`),
        ...['validateEvery=0', 'sampleEvery=0', 'checkpointEvery=1000'].map((s) => `train.${s}`),
      ],
    });
    const losses = metricsOf(run).flatMap((l) => (typeof l.loss === 'number' ? [l.loss] : []));
    expect(losses).toHaveLength(500);
    const mean = (x: number[]) => x.reduce((a, b) => a + b, 0) / x.length;
    const [first, last] = [mean(losses.slice(0, 5)), mean(losses.slice(-20))];
    expect(last).toBeLessThan(first / 10);
  });

  test('with a NaN in them end with a word on where it is, and the process ends', async () => {
    writeFeatures('spoilt', (n, i) => (n === 33 && i === 5 ? Number.NaN : n / 40), {
      train: [0, 32],
      validation: [32, 36],
    });
    const args = ['train', 'spoilt', '--steps', '3', '--batch', '4', '--out', 'run'];
    const ended = await cdsvae([...args, ...LITTLE.flatMap((s) => ['--set', s])], { cwd: folder.path });
    expect(ended).toMatchObject({ code: 3, stderr: expect.stringMatching(/sequences\.npy: NaN found in sequence 33/) });
  }, 20_000);
});

describe('divergence', () => {
  /** Steps so long that a variance overflows within a few. */
  const wild = {
    set: [
      ...['learningRate=1', 'warmup=0', 'schedule=constant', 'beta2=0.5'].map((s) => `optimizer.${s}`),
      ...['validateEvery=0', 'sampleEvery=0'].map((s) => `train.${s}`),
    ],
    checkpointEvery: 1,
  };

  test('ends the run, tells of the step, its terms and its batch, and leaves the last good checkpoint', async () => {
    writeLittleData(at('little'));
    const events: number[] = [];
    const error = await failure(
      train({
        data: at('little'),
        out: at('wild'),
        steps: 2000,
        ...wild,
        onEvent: (e) => {
          if (e.type === 'progress') events.push(e.step);
        },
      }),
    );
    expect(error.code).toBe('diverged');
    expect(EXIT_CODES[error.code]).toBe(4);
    const step = Number(/^step (\d+): (\w+) is (NaN|-?Infinity)/.exec(error.message)![1]);
    expect(step).toBeGreaterThan(1);
    expect(error.message).toContain(`${at('wild')}/checkpoints/step-${step - 1}`);
    expect(error.message).toContain(join(at('wild'), 'diverged.json'));
    expect(Math.max(...events)).toBe(step - 1);

    const report = JSON.parse(readFileSync(join(at('wild'), 'diverged.json'), 'utf8'));
    expect(report).toMatchObject({ step, learningRate: 1, data: at('little') });
    expect(Object.keys(report.terms)).toEqual([...STEP_TERMS]);
    const bad = Object.entries(report.terms).filter(([, v]) => typeof v !== 'number');
    expect(bad.length).toBeGreaterThan(0);
    for (const [name, value] of bad) expect(error.message).toContain(`${name} is ${value}`);
    for (const [, value] of bad) expect(['NaN', 'Infinity', '-Infinity']).toContain(value);
    const plan = { seed: 0, batch: 4, model: { frames: 4, static: 4, dynamic: 3 }, motion: NO_MOTION };
    expect(report.sequences).toEqual(batchIndices({ ...plan, content: 'shuffle' }, 'train', 32, step - 1));

    // Untouched: what a run that ends there saves, and there it still is when the run has diverged once more.
    expect(stepsKept(at('wild')).at(-1)).toBe(step - 1);
    expect(metricsOf(at('wild')).at(-1)).toMatchObject({ step: step - 1 });
    const saved = checkpointFiles(at('wild'), step - 1);
    await train({ data: at('little'), out: at('short'), steps: step - 1, ...wild });
    const expected = checkpointFiles(at('short'), step - 1);
    for (const file of Object.keys(saved).filter((f) => f.endsWith('.safetensors'))) {
      expect(saved[file] === expected[file], file).toBe(true);
    }
    const again = await failure(train({ out: at('wild'), resume: true }));
    expect(again.message).toBe(error.message);
    expect(checkpointFiles(at('wild'), step - 1)).toEqual(saved);
    expect(existsSync(join(at('wild'), 'model'))).toBe(false);
  });

  test('of validation alone is logged, and is never the best', async () => {
    const values = Random.of(4, 'values').normals(new Float32Array(36 * 24));
    writeFeatures('far', (n, i) => values[n * 24 + i]! * (n < 32 ? 1 : 1e30), { train: [0, 32], validation: [32, 36] });
    const result = await train({ data: at('far'), out: at('run'), steps: 4, set: ['train.validateEvery=2'] });
    expect(result.validation!.reconstruction).toBe(Number.POSITIVE_INFINITY);
    const lines = metricsOf(at('run')).filter((l) => 'validation' in l);
    expect(lines).toMatchObject([
      { step: 2, validation: { reconstruction: 'Infinity' } },
      { step: 4, validation: { reconstruction: 'Infinity' } },
    ]);
    expect(loadCheckpoint(listCheckpoints(at('run')).at(-1)!.path).state).toMatchObject({ best: null });
  });
});

describe('checkpoints', () => {
  test('kept are the newest, the one before, and the best on validation', async () => {
    writeLittleData(at('little'));
    const { run } = await train({
      data: at('little'),
      out: at('run'),
      steps: 60,
      checkpointEvery: 7,
      set: [
        ...['mlp=64', 'features=32', 'hidden=32'].map((s) => `model.${s}`),
        ...['alpha=0.01', 'beta=0', 'gamma=0'].map((s) => `objective.${s}`),
        ...['learningRate=0.02', 'schedule=constant', 'warmup=0'].map((s) => `optimizer.${s}`),
        ...['validateEvery=5', 'sampleEvery=0'].map((s) => `train.${s}`),
      ],
    });
    const losses = metricsOf(run).flatMap(({ step, validation }) =>
      validation === undefined ? [] : [{ step, loss: (validation as { loss: number }).loss }],
    );
    expect(losses.map((l) => l.step)).toEqual(Array.from({ length: 12 }, (_, i) => 5 * (i + 1)));
    let best = losses[0]!;
    const better = losses.filter((l) => {
      if (l !== losses[0] && l.loss >= best.loss) return false;
      best = l;
      return true;
    });
    const saved = Array.from({ length: 60 }, (_, i) => i + 1).filter(
      (n) => n % 7 === 0 || n === 60 || better.some((l) => l.step === n),
    );
    // Trained so long, it knows the training sequences by heart, and others the worse for it.
    expect(best.step).toBeLessThan(saved.at(-2)!);
    expect(stepsKept(run)).toEqual([best.step, ...saved.slice(-2)]);
    expect(loadCheckpoint(join(run, 'checkpoints', 'step-60')).state).toMatchObject({ best });
  });
});

describe('the length of a run', () => {
  /** Aborts once so many steps are done. */
  function stoppedAt(step: number) {
    const controller = new AbortController();
    const onEvent: TrainOptions['onEvent'] = (e) => {
      if (e.type === 'progress' && e.step >= step) controller.abort();
    };
    return { signal: controller.signal, onEvent };
  }

  test('given anew on resuming is kept when that is interrupted', async () => {
    writeLittleData(at('little'));
    await train({ data: at('little'), out: at('run'), steps: 3 });
    const stopped = await train({ out: at('run'), resume: true, steps: 9, ...stoppedAt(5) });
    expect(stopped).toMatchObject({ step: 5, interrupted: true });
    expect(await train({ out: at('run'), resume: true })).toMatchObject({ step: 9, interrupted: false });
    expect(readFileSync(join(at('run'), 'config.yaml'), 'utf8')).toMatch(/^ {2}steps: 9$/m);
    expect(metricsOf(at('run')).flatMap((l) => ('loss' in l ? [l.step] : []))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test('that the run has passed is refused, and its settings stay; its own length is simply reached', async () => {
    writeLittleData(at('little'));
    await train({ data: at('little'), out: at('run'), steps: 6 });
    const config = readFileSync(join(at('run'), 'config.yaml'), 'utf8');
    for (const [length, message] of [
      [{ steps: 3 }, /run already has 6 steps; give more than 6 in all, by --steps/],
      [{ epochs: 0.5 }, /run already has 0\.75 epochs; give more than 0\.75 in all, by --epochs/],
      [{ minutes: 1e-6 }, /run already has [\d.]+ minutes; give more than [\d.]+ in all, by --minutes/],
    ] as const) {
      const error = await failure(train({ out: at('run'), resume: true, ...length }));
      expect(error).toMatchObject({ code: 'usage', message: expect.stringMatching(message) });
      expect(readFileSync(join(at('run'), 'config.yaml'), 'utf8')).toBe(config);
    }
    for (const length of [{}, { steps: 6 }, { epochs: 0.75 }]) {
      expect(await train({ out: at('run'), resume: true, ...length })).toMatchObject({ step: 6, stepsPerSecond: 0 });
    }
  });

  test('in minutes that have passed is reached by the same minutes again', async () => {
    writeLittleData(at('little'));
    const { step } = await train({ data: at('little'), out: at('run'), minutes: 0.001 });
    expect(await train({ out: at('run'), resume: true, minutes: 0.001 })).toMatchObject({ step, interrupted: false });
  });

  test('in minutes, too, is replaced by steps given later', async () => {
    writeLittleData(at('little'));
    const first = await train({ data: at('little'), out: at('run'), minutes: 0.001 });
    expect(first).toMatchObject({ interrupted: false });
    const { step } = first;
    await train({ out: at('run'), resume: true, steps: step + 6, ...stoppedAt(step + 3) });
    expect(await train({ out: at('run'), resume: true })).toMatchObject({ step: step + 6, interrupted: false });
  });

  test('in epochs is so many times the whole batches of the data; a resumed run goes on through them as it would have', async () => {
    const values = Random.of(5, 'eleven').normals(new Float32Array(13 * 24));
    writeFeatures('eleven', (n, i) => values[n * 24 + i]!, { train: [0, 11], validation: [11, 13] });
    const options = { data: at('eleven'), set: ['optimizer.schedule=constant'] };
    expect(await train({ ...options, out: at('once'), epochs: 2.5 })).toMatchObject({ step: 5 });
    expect(await train({ ...options, out: at('twice'), epochs: 1.5 })).toMatchObject({ step: 3 });
    expect(await train({ out: at('twice'), resume: true, epochs: 2.5 })).toMatchObject({ step: 5 });
    const termsOf = (out: string) =>
      metricsOf(at(out)).flatMap(({ seconds: _, ...line }) => ('loss' in line ? [line] : []));
    expect(termsOf('twice')).toEqual(termsOf('once'));
    const error = await failure(train({ out: at('once'), resume: true, epochs: 2 }));
    expect(error.message).toMatch(/already has 2\.5 epochs/);
  });

  test('stopped before its first step, it can still be resumed', async () => {
    writeLittleData(at('little'));
    const signal = AbortSignal.abort();
    const stopped = await train({ data: at('little'), out: at('run'), steps: 2, signal });
    expect(stopped).toMatchObject({ step: 0, interrupted: true, terms: {} });
    expect(stepsKept(at('run'))).toEqual([]);
    expect(await train({ out: at('run'), resume: true })).toMatchObject({ step: 2, interrupted: false });
  });
});

describe('train.frames', () => {
  test('shortens what training sees, and not what the model takes', async () => {
    writeLittleData(at('little'));
    const firstLoss = async (out: string, set: string[]) => {
      await train({ data: at('little'), out: at(out), steps: 2, set });
      return metricsOf(at(out))[0]!.reconstruction as number;
    };
    const [half, all] = [await firstLoss('half', ['train.frames=2']), await firstLoss('all', [])];
    // The reconstruction is summed over frames.
    expect(half / all).toBeGreaterThan(0.3);
    expect(half / all).toBeLessThan(0.7);
    const model = await load(at('half'));
    expect(model.config.frames).toBe(4);
    const x = (frames: number) => ({ shape: [1, frames, 6], data: new Float32Array(6 * frames) });
    expect((await model.encode(x(4))).z.shape).toEqual([1, 4, 3]);
    await expect(model.encode(x(2))).rejects.toMatchObject({ code: 'usage' });
    await model.release();
  });

  test('of more than there are is refused, and leaves nothing', async () => {
    writeLittleData(at('little'));
    const error = await failure(train({ data: at('little'), out: at('run'), steps: 2, set: ['train.frames=5'] }));
    expect(error).toMatchObject({ code: 'usage', message: expect.stringMatching(/train\.frames is 5, .* have 4/) });
    expect(existsSync(at('run'))).toBe(false);
  });
});

describe('train.wholeEvery', () => {
  const set = ['train.frames=2', 'train.wholeEvery=2', 'train.wholeFrom=2'];
  const termsOf = (out: string) =>
    metricsOf(at(out))
      .filter((row) => !row.validation)
      .map(({ seconds: _, learningRate: __, ...row }) => row);

  test('lets some steps see whole sequences, logged apart, and a resumed run goes on as it would have', async () => {
    writeLittleData(at('little'));
    const options = { data: at('little'), set: [...set, 'optimizer.schedule=constant'] };
    await train({ ...options, out: at('once'), steps: 6 });
    await train({ ...options, out: at('twice'), steps: 3 });
    await train({ out: at('twice'), resume: true, steps: 6 });
    const once = termsOf('once');
    expect(once.map((row) => 'whole' in row)).toEqual([false, false, false, true, false, true]);
    expect(termsOf('twice')).toEqual(once);
    const [part, whole] = [once[4]!, once[5]!.whole] as Record<string, number>[];
    // The reconstruction is summed over frames.
    expect(whole!.reconstruction! / part!.reconstruction!).toBeGreaterThan(1.4);
  });
});

test('the seed of an endless source is a setting like any other', async () => {
  const little = ['width=1', 'hidden=2', 'features=2', 'static=2', 'dynamic=4'].map((s) => `model.${s}`);
  const set = [...little, 'train.frames=2', 'train.validateOn=2'];
  const run = (out: string, options: TrainOptions) =>
    train({ data: 'sm-mnist', out: at(out), steps: 1, batch: 2, ...options, set: [...set, ...(options.set ?? [])] });
  const [flag, byHand, other] = [
    await run('flag', { seed: 5 }),
    await run('hand', { set: ['train.seed=5'] }),
    await run('other', { seed: 6 }),
  ];
  expect(byHand.validation).toEqual(flag.validation);
  expect(byHand.terms).toEqual(flag.terms);
  expect(other.validation!.reconstruction).not.toBe(flag.validation!.reconstruction);
});

describe('Trainer', () => {
  /** A trainer of a little model, its data and its batches. */
  async function little(set: string[]) {
    if (!existsSync(at('little'))) writeLittleData(at('little'));
    const data = openDataset(at('little'));
    const defaults = {
      data: at('little'),
      kind: 'video' as const,
      preset: 'compact' as const,
      objective: 'cdsvae' as const,
      threads: 1,
    };
    const settings = assign(defaultSettings(defaults), [...LITTLE, 'train.batch=4', ...set]);
    const split = data.split('train')!;
    const { config, parts, layout, plan } = experiment(settings, data.info, split.size);
    const trainer = await Trainer.create([{ config, parts }], layout, 3, (m) => createSession(m, { threads: 1 }));
    const batch = (step: number) => prepareBatch(plan, 'train', data.info, split, step - 1);
    const release = async () => {
      data.close();
      await trainer.release();
    };
    return { trainer, batch, release };
  }
  /** One vector of the state, flat. */
  const vector = (trainer: Trainer, name: string) =>
    Float64Array.from([...trainer.save()[name]!.values()].flatMap((t) => Array.from(t.data as Float32Array)));

  test('has no state but the weights and the moments, and the weights are the model', async () => {
    const { trainer, batch, release } = await little([]);
    await trainer.step(1, 0.05, batch(1));
    expect(Object.keys(trainer.save()).sort()).toEqual(['mean', 'parameters', 'variance']);
    const model = [...trainer.weights().values()].flatMap((t) => Array.from(t.data));
    expect(Float64Array.from(model)).toEqual(vector(trainer, 'parameters'));
    await release();
  });

  test('keeps its state where a step gives what is not finite, and goes on from it', async () => {
    const { trainer, batch, release } = await little([]);
    await trainer.step(1, 0.01, batch(1));
    const before = trainer.save();
    const spoilt = batch(2);
    (spoilt.x!.data as Float32Array)[7] = Number.POSITIVE_INFINITY;
    const terms = await trainer.step(2, 0.01, spoilt);
    expect(allFinite(terms)).toBe(false);
    expect(trainer.save()).toEqual(before);
    const after = await trainer.step(2, 0.01, batch(2));
    expect(allFinite(after)).toBe(true);
    expect(trainer.save()).not.toEqual(before);
    await release();
  });

  test('optimizer.clip bounds the gradient that enters the moments, and the norm is logged as it was', async () => {
    const [free, clipped] = [await little([]), await little(['optimizer.clip=0.01'])];
    const terms = [
      await free.trainer.step(1, 0.01, free.batch(1)),
      await clipped.trainer.step(1, 0.01, clipped.batch(1)),
    ];
    expect(terms[0]).toEqual(terms[1]);
    expect(terms[0]!.gradientNorm).toBeGreaterThan(0.1);
    // After one step the mean is a tenth of the gradient.
    const length = (t: Trainer) => Math.hypot(...vector(t, 'mean')) / 0.1;
    expect(length(free.trainer)).toBeCloseTo(terms[0]!.gradientNorm, 3);
    expect(length(clipped.trainer)).toBeCloseTo(0.01, 5);
    await free.release();
    await clipped.release();
  });

  test('refuses a state that is not its own', async () => {
    const { trainer, release } = await little([]);
    const { variance: _, ...rest } = trainer.save();
    expect(() => trainer.restore(rest, 'step-3')).toThrow(
      new CdsvaeError('input', 'step-3: no variance.safetensors, which the model of this run calls for'),
    );
    await release();
  });
});
