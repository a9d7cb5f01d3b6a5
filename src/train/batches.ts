import {
  drawContent,
  drawFeatures,
  drawMotion,
  featureShapes,
  type MotionSettings,
  motionShapes,
  type VideoShape,
} from '../augment/index.js';
import type { DatasetInfo, Split } from '../data/dataset.js';
import { sequenceLength } from '../data/dataset.js';
import type { ModelConfig } from '../model/index.js';
import { Random } from '../random.js';
import type { Value } from '../runtime/session.js';
import { epochOrder, epochSteps } from './epoch.js';

/** What fixes the batches of a run. Plain data: it is sent to the worker that prepares them. */
export interface BatchPlan {
  readonly seed: number;
  readonly batch: number;
  /** Sequences that come up at a step, of which a batch is the first few; default all of them. */
  readonly turn?: number;
  readonly model: Pick<ModelConfig, 'frames' | 'static' | 'dynamic'>;
  readonly content: 'shuffle' | 'reverse';
  readonly motion: MotionSettings;
}

/** What the graph is given at a step, besides the state of the model. */
export type BatchInputs = Record<string, Value>;

/** What a batch is for: each has sequences and noise of its own. */
export type Purpose = 'train' | 'validation';

/**
 * Which sequences a step sees, all of them different: one is no negative of itself in the contrastive terms. Training goes through
 * the data in an order drawn anew for each epoch, as many whole batches as it has; an endless source is simply read on. Validation
 * sees the same sequences every time.
 *
 * @param size sequences in the split; for validation more than `step` batches
 * @param step 0, 1, …
 */
export function batchIndices(plan: BatchPlan, purpose: Purpose, size: number, step: number): number[] {
  const { seed, batch, turn = batch } = plan;
  if (purpose === 'validation' || !Number.isFinite(size))
    return Array.from({ length: batch }, (_, i) => step * turn + i);
  const steps = epochSteps(size, turn);
  const first = (step % steps) * turn;
  return Array.from(epochOrder(seed, Math.floor(step / steps), size).subarray(first, first + batch));
}

/**
 * Reads the sequences of a step and draws its noise: a pure function of the plan and the step, so that a resumed run goes on
 * as an undisturbed one would have.
 *
 * @throws what reading the data throws
 */
export function prepareBatch(
  plan: BatchPlan,
  purpose: Purpose,
  info: DatasetInfo,
  split: Split,
  step: number,
): BatchInputs {
  const { batch, model } = plan;
  const { frames } = model;
  const x =
    info.dtype === 'uint8'
      ? new Uint8Array(batch * sequenceLength(info))
      : new Float32Array(batch * sequenceLength(info));
  const indices = batchIndices(plan, purpose, split.size, step);
  split.read(indices, x);

  const random = (what: string) => Random.of(plan.seed, `${purpose} ${what}`, step);
  const noise = random('noise');
  const normals = (...shape: number[]): Value => ({
    type: 'float32',
    shape,
    data: noise.normals(new Float32Array(shape.reduce((a, b) => a * b, 1))),
  });
  const { order, inverse } = drawContent(plan.content, frames, random('content'));
  return {
    x: { type: info.dtype, shape: [batch, frames, ...info.frame], data: x },
    order: { type: 'int32', shape: [frames], data: order },
    inverse: { type: 'int32', shape: [frames], data: inverse },
    noiseStatic: normals(batch, model.static),
    noiseDynamic: normals(batch, frames, model.dynamic),
    noiseMotion: normals(batch, frames, model.dynamic),
    ...(info.conversions && { converted: drawConversions(info, split, indices, random('conversion')) }),
    ...motionValues(plan.motion, info, batch, random('motion')),
  };
}

/** Frames of a batch of video. */
export function videoShape(info: Pick<DatasetInfo, 'frame'>, batch: number): VideoShape {
  const [height, width, channels] = info.frame as [number, number, number];
  return { batch, height, width, channels };
}

/** One conversion of each sequence: what the motion view begins with, instead of the sequence itself. */
function drawConversions(info: DatasetInfo, split: Split, indices: readonly number[], random: Random): Value {
  const data = new Float32Array(indices.length * sequenceLength(info));
  const which = indices.map(() => random.integer(info.conversions!));
  split.readConversions!(indices, which, data);
  return { type: 'float32', shape: [indices.length, info.frames, ...info.frame], data };
}

function motionValues(settings: MotionSettings, info: DatasetInfo, batch: number, random: Random): BatchInputs {
  const video = videoShape(info, batch);
  const features = { batch, frames: info.frames, features: info.frame[0]! };
  const [shapes, values] =
    info.kind === 'video'
      ? [motionShapes(settings, video), drawMotion(settings, video, random)]
      : [featureShapes(settings, features), drawFeatures(settings, features, info.range, random)];
  return Object.fromEntries(
    Object.entries(shapes).map(([name, dims]) => [
      name,
      { type: 'float32', shape: dims, data: values[name]! } satisfies Value,
    ]),
  );
}
