import { augmentFeatures, augmentMotion, type MotionSettings, motionInputs } from '../augment/index.js';
import { counted } from '../counted.js';
import { SIDES } from '../data/clips/sides.js';
import type { DatasetInfo } from '../data/dataset.js';
import { CdsvaeError } from '../errors.js';
import { cast, mul, type Tensor } from '../graph/index.js';
import {
  checkObjects,
  codersOf,
  type FrameShape,
  MOST_FEATURES,
  MOST_FRAMES,
  type ModelConfig,
  trainingCoder,
} from '../model/index.js';
import { type BatchPlan, videoShape } from './batches.js';
import type { Settings } from './settings.js';
import { type Layout, modelLayout, type StepConfig, type StepParts } from './step.js';
import { adamSettings } from './trainer.js';

/** What settings and data make together: all that is needed to build a step and its batches. */
export interface Experiment {
  readonly model: ModelConfig;
  readonly config: StepConfig;
  readonly parts: StepParts;
  readonly layout: Layout;
  readonly plan: BatchPlan;
}

/** N of minibatch weighted sampling where data is endless: as many sequences as MNIST has digits. */
export const ENDLESS = 60_000;

/**
 * What a step is built of: the shapes of the model, the weights of its objective, its parts, its arrays and its batches.
 *
 * @param trainSize sequences in the training split
 * @throws CdsvaeError `input` for frames the model cannot take and for a single sequence, `usage` for a batch larger than the data and for objects it cannot have
 */
export function experiment(settings: Settings, info: DatasetInfo, trainSize: number): Experiment {
  const { batch, seed } = settings.train;
  const { name: _, ...objective } = settings.objective;
  if (trainSize < 2) {
    throw new CdsvaeError('input', `"${info.name}" has one sequence to train on; two at least are expected`);
  }
  if (batch > trainSize) {
    throw new CdsvaeError(
      'usage',
      `train.batch is ${batch}, but "${info.name}" has only ${counted(trainSize, 'sequence')} to train on; set --batch ${trainSize} or less`,
    );
  }
  if (objective.likelihood === 'bernoulli' && info.kind !== 'video') {
    throw new CdsvaeError(
      'usage',
      `objective.likelihood is bernoulli, of values from 0 to 1, and "${info.name}" is no video; gaussian or l1 is for features`,
    );
  }
  const model: ModelConfig = { ...settings.model, frame: frameShape(info), frames: info.frames };
  const { content, ...motion } = settings.augment;
  checkObjects(model);
  const coders = codersOf(model, trainingCoder);
  return {
    model,
    config: {
      model,
      objective: { ...objective, dataSize: Number.isFinite(trainSize) ? trainSize : ENDLESS },
      adam: adamSettings(settings.optimizer),
      batch,
      data: { dtype: info.dtype, divisor: info.divisor },
    },
    parts: { coders, motion: (x) => motionView(x, info, motion) },
    layout: modelLayout(model, coders),
    plan: {
      seed,
      batch,
      model: { frames: model.frames, static: model.static, dynamic: model.dynamic },
      content,
      motion,
    },
  };
}

/** x^m of x: of a video, in another style; of other data, one of its conversions where there are any, at another scale. */
function motionView(x: Tensor, info: DatasetInfo, settings: MotionSettings): Tensor {
  if (info.kind === 'video') return augmentMotion(x, motionInputs(x.graph, videoShape(info, x.shape[0]!), settings));
  const { graph, shape } = x;
  const base = info.conversions
    ? mul(cast(graph.input('converted', shape, 'float32'), graph.real), 1 / info.divisor)
    : x;
  return augmentFeatures(base, settings);
}

/** What a model is told of the frames of a dataset. @throws CdsvaeError `input` for frames that it cannot take */
export function frameShape(info: DatasetInfo): FrameShape {
  atMost(info, 'frames in a sequence', info.frames, MOST_FRAMES);
  if (info.kind !== 'video') {
    atMost(info, 'features in a frame', info.frame[0]!, MOST_FEATURES);
    return { kind: 'features', features: info.frame[0]! };
  }
  const [height, width, channels] = info.frame as [number, number, number];
  if (height !== width) {
    throw new CdsvaeError('input', `"${info.name}" has frames of ${height}×${width} pixels; square ones are expected`);
  }
  if (!SIDES.includes(height)) {
    throw new CdsvaeError(
      'input',
      `"${info.name}" has frames of ${height}×${width} pixels; sides of ${SIDES.join(', ')} are expected`,
    );
  }
  return { kind: 'video', size: height, channels };
}

function atMost(info: DatasetInfo, what: string, found: number, most: number): void {
  if (found > most) throw new CdsvaeError('input', `"${info.name}" has ${found} ${what}; at most ${most} are expected`);
}
