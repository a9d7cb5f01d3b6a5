import { type Split, sequenceLength } from '../../data/dataset.js';
import { CdsvaeError } from '../../errors.js';
import { encodeOnnx } from '../../graph/index.js';
import { trainingCoder } from '../../model/index.js';
import { adamSchedule } from '../../nn/index.js';
import { Random } from '../../random.js';
import { float32, type SessionFactory, type Value } from '../../runtime/session.js';
import { epochSteps } from '../../train/epoch.js';
import { Plan } from '../../train/plan.js';
import { learningRateAt } from '../../train/schedule.js';
import type { Layout } from '../../train/step.js';
import { turn } from '../../turn.js';
import { Classifier } from './judge.js';
import { measure } from './measure.js';
import { judgeGraph } from './network.js';
import type { JudgeOptions } from './options.js';
import type { Setup } from './setup.js';
import { JUDGE_ADAM, judgeLayout, judgeTrainingGraph } from './step.js';

const LEARNING_RATE = 6e-3;
const WARMUP = 200;
/** Passes over data that end, and steps where these would be fewer: of little data a judge must see every sequence often. */
const PASSES = 3;
const FEWEST_STEPS = 800;
/** Looks at the validation sequences in the course of a training. */
const VALIDATIONS = 12;
/** A training ends when so many looks in a row brought nothing better. */
const PATIENCE = 4;
/** Of an endless source so many sequences are validated on. */
const VALIDATE_ON = 1000;

/** The weights that served validation sequences best. */
export interface Trained {
  readonly weights: Map<string, { shape: readonly number[]; data: Float32Array }>;
  readonly bestStep: number;
  readonly steps: number;
  readonly seconds: number;
}

/**
 * Descends until validation sequences show nothing better, or the time is up.
 *
 * @throws CdsvaeError `stopped`; `diverged`
 */
export async function fit(
  setup: Setup,
  options: JudgeOptions,
  seed: number,
  createSession: SessionFactory,
): Promise<Trained> {
  const { data, config, batch } = setup;
  const { info } = data;
  const split = data.split('train')!;
  const { onProgress = () => {}, signal } = options;
  const coder = trainingCoder(config);
  const layout = judgeLayout(config, coder);
  const format = { dtype: info.dtype, divisor: info.divisor };
  const session = await createSession(encodeOnnx(judgeTrainingGraph(config, coder, layout, { batch, data: format })));
  try {
    let state = firstState(layout, seed);
    const plan = new Plan({ ...lengthOf(options, split, batch), batch }, split.size);
    const begun = performance.now();
    const seconds = () => (performance.now() - begun) / 1000;
    const heed = () => {
      if (signal?.aborted) throw stopped();
    };
    let best: { loss: number; step: number; weights: Trained['weights'] } | undefined;
    let [fruitless, perfect] = [0, 0];
    let validation: Record<string, number> = {};
    let step = 0;
    for (;;) {
      step++;
      heed();
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
      const last = (plan.steps !== undefined && step >= plan.steps) || plan.late(seconds());
      onProgress({ step, steps: plan.steps, batch, seconds: seconds(), loss, validation });
      if (last || (plan.steps !== undefined && step % Math.ceil(plan.steps / VALIDATIONS) === 0)) {
        const weights = weightsOf(layout, state);
        const judge = new Classifier(config, await createSession(encodeOnnx(judgeGraph(config, weights))));
        const found = await measure(judge, data, data.split('validation')!, VALIDATE_ON, heed, setup.learned).finally(
          () => judge.release(),
        );
        validation = Object.fromEntries(config.factors.map((f, k) => [f.name, found.accuracy.factors[k] ?? 0]));
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
      await turn();
    }
  } finally {
    await session.release();
  }
}

/** What is thrown where the signal says to stop. */
export function stopped(): CdsvaeError {
  return new CdsvaeError('stopped', 'stopped before the judge was whole; nothing was kept');
}

function lengthOf({ steps, minutes }: JudgeOptions, split: Split, batch: number) {
  if (steps !== undefined) return { steps, epochs: 0, minutes: 0 };
  if (minutes !== undefined) return { steps: 0, epochs: 0, minutes };
  if (!Number.isFinite(split.size)) return { steps: 0, epochs: 0, minutes: 20 };
  return { steps: 0, epochs: Math.max(PASSES, FEWEST_STEPS / epochSteps(split.size, batch)), minutes: 0 };
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
