import { type Dataset, type DatasetInfo, type Split, sequenceLength } from '../../data/dataset.js';
import { openDataset } from '../../data/open.js';
import { CdsvaeError } from '../../errors.js';
import { encodeOnnx } from '../../graph/index.js';
import { fastCoder, plainCoder } from '../../model/index.js';
import { adamSchedule } from '../../nn/index.js';
import { Random } from '../../random.js';
import { createSession } from '../../runtime/node.js';
import { float32, type Session, type Value } from '../../runtime/session.js';
import { frameShape } from '../../train/experiment.js';
import { Plan } from '../../train/plan.js';
import { learningRateAt } from '../../train/schedule.js';
import type { Layout } from '../../train/step.js';
import { accuracy, mostProbable } from '../metrics/accuracy.js';
import { columns, readValues } from '../sequences.js';
import { checkJudgeFolder, judgeFolder, loadJudge, writeJudge } from './folder.js';
import { Classifier, type JudgeAccuracy } from './judge.js';
import { type JudgeConfig, judgeGraph } from './network.js';
import { JUDGE_ADAM, judgeLayout, judgeTrainingGraph } from './step.js';

/** How a judge is trained. */
export interface JudgeOptions {
  /** A dataset folder, or the name of a built-in dataset. */
  readonly data: string;
  /** The judge's folder; default `judge/` in the dataset's folder, `runs/judges/NAME` for a built-in one. */
  readonly out?: string;
  /** Longest training: minutes, or steps. Default 3 passes over the data, or 20 minutes where it is endless. */
  readonly minutes?: number;
  readonly steps?: number;
  /** Sequences in a step. Default 32, or as many as there are to train on. */
  readonly batch?: number;
  /** Channels of the first convolution. Default 16; 32 for `sm-mnist`, whose digits overlap. */
  readonly width?: number;
  /** Frames of a sequence that the judge looks at, evenly spaced. Default all; 6 of `sm-mnist`'s 15. */
  readonly looks?: number;
  /** Fixes every random number. Default 0. */
  readonly seed?: number;
  /** Threads of the engine. Default: the number of cores. */
  readonly threads?: number;
  /** Aborted: nothing is kept. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: JudgeProgress) => void;
}

/** How far the training of a judge has come. */
export interface JudgeProgress {
  readonly step: number;
  /** Steps at most; undefined while it is not known. */
  readonly steps: number | undefined;
  readonly batch: number;
  readonly seconds: number;
  readonly loss: number;
  /** Accuracy of each factor on validation sequences, at the last look. */
  readonly validation: Readonly<Record<string, number>>;
}

/** What {@link trainJudge} made. */
export interface JudgeReport {
  /** The judge's folder. */
  readonly folder: string;
  /** Steps until the judge that was kept, and in all. */
  readonly bestStep: number;
  readonly steps: number;
  readonly seconds: number;
  /** Sequences it was trained on, validated on. */
  readonly trainSize: number;
  readonly factors: readonly string[];
  readonly accuracy: JudgeAccuracy;
  /** One for each factor it does not know well. */
  readonly warnings: readonly string[];
}

const LEARNING_RATE = 1e-3;
const WARMUP = 50;
/** Looks at the validation sequences in the course of a training. */
const VALIDATIONS = 12;
/** A training ends when so many looks in a row brought nothing better. */
const PATIENCE = 4;
/** Of an endless source so many sequences are validated on, and tested on. */
const VALIDATE_ON = 1000;
const TEST_ON = 5000;
/** Sequences judged at once. */
const CHUNK = 64;

/**
 * Trains a judge on real sequences and their labels, stops when validation sequences show nothing better, measures it on real test
 * sequences, and writes its folder.
 *
 * @throws CdsvaeError `input`: no labels, or data that cannot be read; `usage`; `diverged`; `io`. No judge is left then.
 *
 * @example
 * const { folder, accuracy } = await trainJudge({ data: 'datasets/sprites' });
 */
export async function trainJudge(options: JudgeOptions): Promise<JudgeReport> {
  const { data: source, seed = 0, threads } = options;
  const folder = options.out ?? judgeFolder(source);
  const data = openDataset(source);
  try {
    checkJudgeFolder(folder);
    const setup = prepare(data, options);
    const session = (bytes: Uint8Array) => createSession(bytes, threads === undefined ? {} : { threads });
    const trained = await train(setup, options, seed, session);
    const judge = new Classifier(setup.config, await session(encodeOnnx(judgeGraph(setup.config, trained.weights))));
    const accuracy = await measureJudge(judge, data);
    await judge.release();
    writeJudge(folder, {
      config: setup.config,
      weights: trained.weights,
      data: data.info,
      training: { steps: trained.bestStep, batch: setup.batch, seed, seconds: Math.round(trained.seconds) },
      accuracy,
    });
    // As it will be read: what cannot be would otherwise show itself much later.
    const written = await loadJudge(folder, { threads: 1 });
    await written.release();
    return {
      folder,
      bestStep: trained.bestStep,
      steps: trained.steps,
      seconds: trained.seconds,
      trainSize: data.split('train')!.size,
      factors: setup.config.factors.map((f) => f.name),
      accuracy: written.accuracy,
      warnings: written.warnings(),
    };
  } finally {
    data.close();
  }
}

interface Setup {
  readonly data: Dataset;
  readonly config: JudgeConfig;
  readonly batch: number;
  /** Column of each of the judge's factors among the data's. */
  readonly columns: readonly number[];
}

function prepare(data: Dataset, options: JudgeOptions): Setup {
  const { info } = data;
  const train = data.split('train')!;
  const known = knownFactors(info, train);
  if (known.length === 0) {
    const what = info.factors.length === 0 ? 'no factors in its dataset.json' : 'no known label in train';
    throw new CdsvaeError('input', `"${info.name}" has ${what}; a judge learns from labels (labels.npy and "factors")`);
  }
  const endless = !Number.isFinite(train.size);
  const { width = endless ? 32 : 16, looks = endless ? Math.min(6, info.frames) : info.frames, batch = 32 } = options;
  if (looks > info.frames) {
    throw new CdsvaeError(
      'usage',
      `${looks} frames to look at asked for; sequences of "${info.name}" have ${info.frames}`,
    );
  }
  const config: JudgeConfig = {
    frame: frameShape(info),
    frames: info.frames,
    looks,
    width,
    mlp: 256,
    features: 128,
    hidden: 128,
    encoder: 'pooled',
    initialization: 'scaled',
    factors: known.map((k) => info.factors[k]!),
  };
  return { data, config, batch: Math.min(batch, train.size), columns: known };
}

/** Columns of the factors that some training sequence is labelled with. */
function knownFactors(info: DatasetInfo, train: Split): number[] {
  const all = info.factors.map((_, k) => k);
  if (!Number.isFinite(train.size)) return all;
  const labels = train.labels(Array.from({ length: train.size }, (_, i) => i));
  return all.filter((k) => labels.some((v, i) => i % info.factors.length === k && v >= 0));
}

interface Trained {
  readonly weights: Map<string, { shape: readonly number[]; data: Float32Array }>;
  readonly bestStep: number;
  readonly steps: number;
  readonly seconds: number;
}

async function train(
  setup: Setup,
  options: JudgeOptions,
  seed: number,
  createSession: (bytes: Uint8Array) => Promise<Session>,
): Promise<Trained> {
  const { data, config, batch } = setup;
  const { info } = data;
  const split = data.split('train')!;
  const { onProgress = () => {}, signal } = options;
  const coder = config.frame.kind === 'video' ? fastCoder(config, config.frame) : plainCoder(config);
  const layout = judgeLayout(config, coder);
  const format = { dtype: info.dtype, divisor: info.divisor };
  const session = await createSession(encodeOnnx(judgeTrainingGraph(config, coder, layout, { batch, data: format })));
  try {
    let state = firstState(layout, seed);
    const plan = new Plan({ ...lengthOf(options, split), batch }, split.size);
    const begun = performance.now();
    const seconds = () => (performance.now() - begun) / 1000;
    let best: { loss: number; step: number; weights: Trained['weights'] } | undefined;
    let [fruitless, perfect] = [0, 0];
    let validation: Record<string, number> = {};
    let step = 0;
    for (;;) {
      step++;
      if (signal?.aborted) throw new CdsvaeError('usage', 'stopped before the judge was whole; nothing was kept');
      const stepBegun = performance.now();
      const rate = learningRateAt(step, plan.steps, {
        learningRate: LEARNING_RATE,
        schedule: 'cosine',
        warmup: WARMUP,
      });
      const out = await session.run({
        ...state,
        ...batchInputs(setup, split, seed, step),
        schedule: schedule(step, rate),
      });
      const loss = Number(out.terms!.data[0]);
      if (!Number.isFinite(loss)) throw new CdsvaeError('diverged', `the judge's loss is ${loss} at step ${step}`);
      state = Object.fromEntries(Object.keys(state).map((name) => [name, out[`next.${name}`]!]));
      plan.timed(step, (performance.now() - stepBegun) / 1000, seconds());
      const last = plan.steps !== undefined && (step >= plan.steps || plan.late(seconds()));
      onProgress({ step, steps: plan.steps, batch, seconds: seconds(), loss, validation });
      if (last || (plan.steps !== undefined && step % Math.ceil(plan.steps / VALIDATIONS) === 0)) {
        const weights = weightsOf(layout, state);
        const judge = new Classifier(config, await createSession(encodeOnnx(judgeGraph(config, weights))));
        const found = await measure(judge, data, data.split('validation')!, VALIDATE_ON);
        await judge.release();
        validation = Object.fromEntries(config.factors.map((f, k) => [f.name, found.accuracy.factors[k]!]));
        perfect = found.accuracy.factors.every((a) => a === 1) ? perfect + 1 : 0;
        if (best === undefined || found.loss < best.loss) {
          best = { loss: found.loss, step, weights };
          fruitless = 0;
        } else fruitless++;
        if (last || fruitless >= PATIENCE || perfect >= 3) {
          return { weights: best.weights, bestStep: best.step, steps: step, seconds: seconds() };
        }
      }
      // Lets signals in: the engine blocks the event loop while it computes.
      await new Promise((resolve) => setImmediate(resolve));
    }
  } finally {
    await session.release();
  }
}

function lengthOf({ steps, minutes }: JudgeOptions, split: Split) {
  if (steps !== undefined) return { steps, epochs: 0, minutes: 0 };
  if (minutes !== undefined) return { steps: 0, epochs: 0, minutes };
  return Number.isFinite(split.size) ? { steps: 0, epochs: 3, minutes: 0 } : { steps: 0, epochs: 0, minutes: 20 };
}

function firstState({ parameters, buffers }: Layout, seed: number): Record<string, Value> {
  const vector = (values: Float64Array): Value => float32(Float32Array.from(values), [values.length]);
  return {
    parameters: vector(parameters.initialize(seed)),
    mean: vector(new Float64Array(parameters.size)),
    variance: vector(new Float64Array(parameters.size)),
    ...(buffers.size > 0 && { buffers: vector(buffers.initialize(seed)) }),
  };
}

function weightsOf(layout: Layout, { parameters, buffers }: Record<string, Value>): Trained['weights'] {
  return new Map([
    ...layout.parameters.toNamed(parameters!.data as Float32Array),
    ...(buffers ? layout.buffers.toNamed(buffers.data as Float32Array) : []),
  ]);
}

function schedule(step: number, rate: number): Value {
  return float32(Float32Array.from(adamSchedule(step, rate, JUDGE_ADAM)), [2]);
}

/** The sequences of a step, drawn anew each time, and their labels as rows with a 1 at the class. */
function batchInputs(
  { data, config, batch, columns: wanted }: Setup,
  split: Split,
  seed: number,
  step: number,
): Record<string, Value> {
  const { info } = data;
  const random = Random.of(seed, 'judge batch', step);
  const indices = Array.from({ length: batch }, (_, i) =>
    Number.isFinite(split.size) ? random.integer(split.size) : (step - 1) * batch + i,
  );
  const size = batch * sequenceLength(info);
  const x = info.dtype === 'uint8' ? new Uint8Array(size) : new Float32Array(size);
  split.read(indices, x);
  const labels = split.labels(indices);
  const width = config.factors.reduce((n, f) => n + f.classes.length, 0);
  const targets = new Float32Array(batch * width);
  for (let i = 0; i < batch; i++) {
    let from = i * width;
    config.factors.forEach((factor, k) => {
      const label = labels[i * info.factors.length + wanted[k]!]!;
      if (label >= 0) targets[from + label] = 1;
      from += factor.classes.length;
    });
  }
  return {
    x: { type: info.dtype, shape: [batch, info.frames, ...info.frame], data: x },
    targets: float32(targets, [batch, width]),
  };
}

/** How often a judge is right on the test sequences of its data, or the validation ones where there are no others. */
export async function measureJudge(judge: Classifier, data: Dataset): Promise<JudgeAccuracy> {
  const split = data.split('test') ?? data.split('validation')!;
  return (await measure(judge, data, split, TEST_ON)).accuracy;
}

/** A judge's accuracy and mean cross-entropy on real sequences: all of a split, or the first `most` of an endless one. */
async function measure(
  judge: Classifier,
  data: Dataset,
  split: Split,
  most: number,
): Promise<{ accuracy: JudgeAccuracy; loss: number }> {
  const count = Number.isFinite(split.size) ? split.size : most;
  const indices = Array.from({ length: count }, (_, i) => i);
  const labels = columns(data.info, split, indices, judge.factors);
  const predicted = judge.factors.map(() => new Int32Array(count));
  let loss = 0;
  for (let start = 0; start < count; start += CHUNK) {
    const some = indices.slice(start, start + CHUNK);
    const probabilities = await judge.judge(readValues(data.info, split, some));
    probabilities.forEach((p, k) => {
      const classes = judge.factors[k]!.classes.length;
      predicted[k]!.set(mostProbable(p, classes), start);
      some.forEach((_, i) => {
        const label = labels[k]![start + i]!;
        if (label >= 0) loss -= Math.log(Math.max(1e-12, p[i * classes + label]!)) / count;
      });
    });
  }
  const of = (type: string) => judge.factors.flatMap((f, k) => (f.type === type ? [k] : []));
  const joint = (ks: number[]) => {
    if (ks.length === 0) return null;
    const found = accuracy(
      ks.map((k) => predicted[k]!),
      ks.map((k) => labels[k]!),
    );
    return Number.isNaN(found) ? null : found;
  };
  const measured: JudgeAccuracy = {
    split: split.name,
    sequences: count,
    // Without a label to hold it against, a judge is not known to be right in anything.
    factors: judge.factors.map((_, k) => joint([k]) ?? 0),
    static: joint(of('static')),
    dynamic: joint(of('dynamic')),
  };
  return { accuracy: measured, loss };
}
