import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { NO_MOTION } from '../../src/augment/index.js';
import { EXIT_CODES } from '../../src/errors.js';
import { Random } from '../../src/random.js';
import { batchIndices } from '../../src/train/batches.js';
import { listCheckpoints, loadCheckpoint } from '../../src/train/checkpoint.js';
import type { TrainEvent } from '../../src/train/loop.js';
import { STEP_TERMS } from '../../src/train/step.js';
import type { TrainOptions } from '../../src/train/train.js';
import { load } from '../../src/trained/load.js';
import { cdsvae, writeLittleData } from '../cli/dist.js';
import {
  checkpointFiles,
  failure,
  freshFolder,
  LITTLE,
  metricsOf,
  stepsKept,
  train,
  writeFeatures,
} from './little-training.js';

const at = freshFolder();

describe('features', () => {
  test('by names that training has not are refused, not passed over', async () => {
    writeLittleData(at('little'));
    const options = { data: at('little'), out: at('run'), step: 1 };
    const error = await failure(train(options));
    expect(error).toMatchObject({
      code: 'usage',
      message: expect.stringContaining('train has no option "step"; did you mean "steps"'),
    });
    expect(existsSync(at('run'))).toBe(false);
  });

  test('of a run that is gone on with keep its settings: whoever gives others is told', async () => {
    writeLittleData(at('little'));
    await train({ data: at('little'), out: at('run'), steps: 1 });
    const error = await failure(train({ out: at('run'), resume: true, steps: 2, seed: 3, preset: 'paper' }));
    expect(error).toMatchObject({
      code: 'usage',
      message: expect.stringContaining('leave out --preset, --seed (its length'),
    });
    expect(metricsOf(at('run')).at(-1)).toMatchObject({ step: 1 });
  });

  test('of a run that is gone on with may be set anew, but those that its weights are of', async () => {
    writeLittleData(at('little'));
    await train({ data: at('little'), out: at('run'), steps: 1 });
    const set = ['optimizer.learningRate=1e-7', 'optimizer.schedule=constant', 'optimizer.warmup=0'];
    const rates = () => metricsOf(at('run')).flatMap(({ learningRate }) => learningRate ?? []);
    const { step } = await train({ out: at('run'), resume: true, steps: 2, set });
    expect([step, rates().at(-1)]).toEqual([2, 1e-7]);
    // What was set stays set.
    await train({ out: at('run'), resume: true, steps: 3 });
    expect(rates().slice(1)).toEqual([1e-7, 1e-7]);
    for (const fixed of ['model.width=8', 'train.seed=4', 'train.batch = 3', 'model.objects=2']) {
      const error = await failure(train({ out: at('run'), resume: true, steps: 4, set: [fixed] }));
      expect(error).toMatchObject({ code: 'usage', message: expect.stringContaining('leave out --set ') });
    }
    const config = readFileSync(join(at('run'), 'config.yaml'), 'utf8');
    const long = await failure(train({ out: at('run'), resume: true, steps: 4, set: ['train.frames=99'] }));
    expect(long).toMatchObject({ code: 'usage', message: expect.stringContaining('train.frames is 99') });
    expect(readFileSync(join(at('run'), 'config.yaml'), 'utf8')).toBe(config);
    const unknown = await failure(train({ out: at('run'), resume: true, steps: 4, set: ['optimizer.rate=1'] }));
    expect(unknown).toMatchObject({ code: 'usage', message: expect.stringContaining('no setting "optimizer.rate"') });
    expect(metricsOf(at('run')).at(-1)).toMatchObject({ step: 3 });
  });

  test('of a run whose model could not come to stand at the end are refused at the beginning', async () => {
    writeLittleData(at('little'));
    await train({ data: at('little'), out: at('run'), steps: 1 });
    writeFileSync(join(at('run'), 'model', 'notes.txt'), 'mine');
    const error = await failure(train({ out: at('run'), resume: true, steps: 2 }));
    expect(error).toMatchObject({
      code: 'usage',
      message: expect.stringContaining('other things (notes.txt) stands there; move it'),
    });
    expect(metricsOf(at('run')).at(-1)).toMatchObject({ step: 1 });
    rmSync(join(at('run'), 'model', 'notes.txt'));
    writeFileSync(join(at('run'), 'model', '.DS_Store'), 'left by looking at it');
    expect(await train({ out: at('run'), resume: true, steps: 2 })).toMatchObject({ step: 2 });
  });

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

  test('with a weight that changes: in a line over the run, resumed or not, and its last one is validated by', async () => {
    writeLittleData(at('little'));
    const set = ['objective.alphaDynamic=0.5', 'objective.alphaDynamicEnd=2.5', 'train.checkpointEvery=3'];
    await train({ data: at('little'), out: at('whole'), steps: 5, set });
    const weights = { alphaStatic: 1, betaStatic: 1, betaDynamic: 1, gamma: 1 };
    /** α of KL_z that is left when everything else is taken from the loss. */
    const found = (t: Record<string, number>) =>
      (t.loss! -
        t.reconstruction! -
        weights.alphaStatic * t.klStatic! +
        weights.betaStatic * t.contrastiveStatic! +
        weights.betaDynamic * t.contrastiveDynamic! -
        weights.gamma * t.mwsStaticDynamic!) /
      t.klDynamic!;
    const lines = metricsOf(at('whole'));
    const steps = lines.filter((l) => !('validation' in l)).map((l) => found(l as Record<string, number>));
    [0.5, 1, 1.5, 2, 2.5].forEach((alpha, i) => {
      expect(steps[i]).toBeCloseTo(alpha, 2);
    });
    expect(found(lines.at(-1)!.validation as Record<string, number>)).toBeCloseTo(2.5, 2);

    const stop = new AbortController();
    const onEvent = (e: TrainEvent) => e.type === 'progress' && e.phase === 'train' && e.step === 3 && stop.abort();
    await train({ data: at('little'), out: at('halves'), steps: 5, set, onEvent, signal: stop.signal });
    await train({ out: at('halves'), resume: true });
    expect(checkpointFiles(at('halves'), 5)['parameters.safetensors']).toBe(
      checkpointFiles(at('whole'), 5)['parameters.safetensors'],
    );
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
    writeFeatures(at('eight'), (n, i) => values[n * 24 + i]!, { train: [0, 8], validation: [8, 10] });
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
    writeFeatures(at('spoilt'), (n) => n / 40, { train: [0, 32], validation: [32, 36] });
    const file = join(at('spoilt'), 'sequences.npy');
    const bytes = readFileSync(file);
    bytes.writeFloatLE(Number.NaN, bytes.length - 4 * ((36 - 33) * 24 - 5));
    writeFileSync(file, bytes);
    const args = ['train', 'spoilt', '--steps', '3', '--batch', '4', '--out', 'run'];
    const ended = await cdsvae([...args, ...LITTLE.flatMap((s) => ['--set', s])], { cwd: at('.') });
    expect(ended).toMatchObject({ code: 3, stderr: expect.stringMatching(/sequences\.npy: NaN found in sequence 33/) });
  });
});

describe('divergence', () => {
  /** Steps so long that a variance overflows within a few. */
  const wild = {
    set: [
      ...['learningRate=1', 'warmup=0', 'schedule=constant', 'beta2=0.5'].map((s) => `optimizer.${s}`),
      ...['validateEvery=0', 'sampleEvery=0'].map((s) => `train.${s}`),
    ],
    // None is due: the state before the step is saved because it diverged.
    checkpointEvery: 5000,
  };

  test('ends the run, tells of the step, its terms and its batch, and saves the last good state', async () => {
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
    writeFeatures(at('far'), (n, i) => values[n * 24 + i]! * (n < 32 ? 1 : 1e30), {
      train: [0, 32],
      validation: [32, 36],
    });
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
  const little = ['objects=0', 'width=1', 'hidden=2', 'features=2', 'static=2', 'dynamic=4'].map((s) => `model.${s}`);
  const set = [...little, 'train.frames=2', 'train.wholeEvery=0', 'train.validateOn=2'];
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
