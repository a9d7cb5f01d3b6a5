import { z } from 'zod';
import { MOTION_LIMITS } from '../augment/index.js';
import { CdsvaeError, nearest } from '../errors.js';
import { problemOf } from '../formats/schema-issue.js';
import { modelSettings } from '../model/index.js';
import { LIKELIHOODS, MWS_ESTIMATES } from '../objective/index.js';
import { SCHEDULES } from './schedule.js';

const count = (max: number) => z.int().min(1).max(max);
/** The most threads that the engine is given. */
export const MOST_THREADS = 256;
const weight = z.number().min(0).max(1e6);
const strength = (name: keyof typeof MOTION_LIMITS) => z.number().min(0).max(MOTION_LIMITS[name]);

/** What is minimised; see `ObjectiveConfig`. */
const objective = z
  .strictObject({
    name: z.string().describe('which objective the rest began as'),
    likelihood: z.enum(LIKELIHOODS).describe('of a value given s and z; the paper has gaussian'),
    motionPrecision: z
      .number()
      .min(0.01)
      .max(1000)
      .default(1)
      .describe('ρ, how much more an error in what moves costs than one in what stays; the paper has 1'),
    alphaStatic: weight.describe('α of the KL term of s (objective.alpha sets all three)'),
    alphaDynamic: weight.describe('α of the KL term of z'),
    alphaDynamicEnd: weight
      .nullable()
      .default(null)
      .describe('α of the KL term of z at the last step, to which it goes in a line; null: it stays (the paper)'),
    betaStatic: weight.describe(
      'β, weight of I(s; x), by content augmentation (with objects: by other sequences alone); 0: off (objective.beta sets both)',
    ),
    betaDynamic: weight.describe('β, weight of I(z; x), by motion augmentation; 0: off'),
    gamma: weight.describe('γ, weight of I(s; z); 0: off'),
    temperature: z.number().min(0.01).max(100).describe('τ of the contrastive terms'),
    mws: z.enum(MWS_ESTIMATES).describe('estimate of I(s; z)'),
    mutualInformation: z
      .enum(['contrastive', 'mws'])
      .describe('estimate of I(s; x) and I(z; x): contrastive, or minibatch weighted sampling'),
  })
  .refine((o) => o.motionPrecision === 1 || o.likelihood === 'gaussian', {
    path: ['motionPrecision'],
    message: '1 where objective.likelihood is not gaussian',
  });

/** Views of a sequence; see `MotionSettings` for what each strength does. */
const augment = z.strictObject({
  content: z
    .enum(['shuffle', 'reverse'])
    .describe('content view: frames in random order or backwards; without effect with objects'),
  crop: strength('crop').describe(
    'motion view, drawn once a sequence, 0 is off: sides of a window that is enlarged, at least 1 − crop of the frame’s',
  ),
  stretch: strength('stretch').describe('height and width, each by a factor of up to 1 + stretch'),
  border: z
    .enum(['repeat', 'zero'])
    .describe('what crop and stretch see outside the frame: its nearest pixel or black'),
  brightness: strength('brightness').describe('factor from 1 − brightness to 1 + brightness'),
  contrast: strength('contrast').describe('the same, of the distance to the mean luma'),
  saturation: strength('saturation').describe('the same, of the distance to the luma of the pixel'),
  hue: strength('hue').describe('turns by which colours are turned about the grey axis, either way'),
  channelMix: strength('channelMix').describe('share of a random mix of the channels'),
  blur: strength('blur').describe('standard deviation in pixels'),
  noise: strength('noise').describe('standard deviation, of values in [0, 1]; of features, in shares of their range'),
  gain: strength('gain').default(0).describe('of features: factor from 1 − gain to 1 + gain'),
  offset: strength('offset').default(0).describe('of features: added, in shares of their range, either way'),
});

const optimizer = z.strictObject({
  learningRate: z.number().min(1e-8).max(1).describe('of Adam, at its peak'),
  schedule: z.enum(SCHEDULES).describe('how it goes on from there'),
  warmup: z.int().min(0).max(1e6).describe('steps in which it rises from 0; 0: off'),
  beta1: z.number().min(0).max(0.9999).describe('decay of the mean of gradients'),
  beta2: z.number().min(0).max(0.999999).describe('decay of the mean of their squares'),
  epsilon: z.number().min(1e-16).max(1).describe('added to the root of that'),
  clip: z.number().min(0).max(1e9).describe('largest norm of the gradient; 0: off'),
  clipElement: z
    .number()
    .min(0)
    .max(1e9)
    .default(0)
    .describe('largest size of each element of it, in usual ones of its own; 0: off'),
});

const train = z.strictObject({
  batch: z.int().min(2).max(4096).describe('B, sequences in a step'),
  // Fewer frames of more sequences teach content faster; all that is recurrent goes on as long as it is asked to.
  frames: z.int().min(0).max(1e6).describe('frames of a sequence that steps see, from its beginning; 0: all'),
  // So what takes long is learned too.
  wholeEvery: z
    .int()
    .min(0)
    .max(1e6)
    .default(0)
    .describe('one step in so many sees whole sequences all the same, in all about as many frames; 0: none'),
  wholeFrom: z.int().min(0).max(1e9).default(0).describe('steps before the first of those'),
  steps: z
    .int()
    .min(0)
    .max(1e9)
    .describe('length of training: the first of steps, epochs and minutes that is not 0 counts'),
  epochs: z.number().min(0).max(1e6).describe('passes over the data, each of as many whole batches as they make'),
  minutes: z.number().min(0).max(1e6).describe('minutes, from which steps are planned by the rate of the first ones'),
  checkpointEvery: count(1e9).describe('steps between checkpoints'),
  validateEvery: z.int().min(0).max(1e9).describe('steps between validations; 0: only at the end'),
  validateOn: count(1e6).describe('sequences validated on'),
  sampleEvery: z.int().min(0).max(1e9).describe('steps between pictures in samples/; 0: only at the end'),
  seed: z.int().min(0).max(Number.MAX_SAFE_INTEGER).describe('fixes every random number of the run'),
  threads: count(MOST_THREADS).describe('threads of the engine; the same number gives the same bits'),
});

/** Every setting of a run, each described. What `config.yaml` holds. */
export const Settings = z.strictObject({
  data: z.string().min(1).describe('sm-mnist, or the path of a dataset folder or of a folder of clips or recordings'),
  preset: z.string().describe('which preset the rest began as'),
  model: modelSettings,
  objective,
  augment,
  optimizer,
  train,
});
export type Settings = z.infer<typeof Settings>;

/** `a.b.c` of every setting that holds a value. */
export function settingNames(): string[] {
  return leaves(Settings, '');
}

function leaves(schema: z.ZodType, prefix: string): string[] {
  if (!(schema instanceof z.ZodObject)) return [prefix];
  return Object.entries(schema.shape).flatMap(([k, v]) => leaves(v as z.ZodType, prefix === '' ? k : `${prefix}.${k}`));
}

/**
 * Checks that a value is a whole set of settings.
 *
 * @param origin where it came from, for the error
 * @throws CdsvaeError `usage` naming each setting at fault, what was found and what its bounds are
 */
export function checkSettings(value: unknown, origin: string): Settings {
  const result = Settings.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((k) => unknownSetting([...issue.path, k].join('.'))).join('; ');
    }
    return problemOf(issue, value);
  });
  throw new CdsvaeError('usage', `${origin}: ${problems.join('; ')}`);
}

/** What to say of a setting that does not exist. */
function unknownSetting(name: string): string {
  return `no setting "${name}"; ${nearest(name, settingNames())}`;
}

/** What stands for all the other settings, and cannot be set beside them. */
const WHOLE: readonly string[] = ['data', 'preset', 'objective.name'];

/** Names that stand for several settings, those of either factor. */
const TOGETHER: Readonly<Record<string, readonly string[]>> = {
  // α that is set is α to the end.
  'objective.alpha': ['objective.alphaStatic', 'objective.alphaDynamic', 'objective.alphaDynamicEnd'],
  'objective.beta': ['objective.betaStatic', 'objective.betaDynamic'],
};

/**
 * Applies `key=value` assignments, such as `objective.gamma=0`, to settings.
 *
 * @param assignments `objective.alpha` and `objective.beta` set all of theirs
 * @throws CdsvaeError `usage` for an unknown key or a value that is not `key=value`
 */
export function assign(settings: Settings, assignments: readonly string[]): Settings {
  const result = structuredClone(settings) as unknown as Record<string, unknown>;
  const names = settingNames();
  for (const text of assignments) {
    const at = text.indexOf('=');
    if (at < 1) throw new CdsvaeError('usage', `--set ${text}: key=value expected, such as --set objective.gamma=0`);
    const [key, raw] = [text.slice(0, at).trim(), text.slice(at + 1).trim()];
    const keys = Object.hasOwn(TOGETHER, key) ? TOGETHER[key]! : [key];
    for (const k of keys) {
      if (WHOLE.includes(k)) {
        throw new CdsvaeError('usage', `--set ${text}: the data, --preset and --objective are given as such`);
      }
      if (!names.includes(k)) throw new CdsvaeError('usage', `--set ${text}: ${unknownSetting(k)}`);
      put(result, k.split('.'), spelled(raw));
    }
  }
  return checkSettings(result, '--set');
}

/** What is written as a number or null is one. */
function spelled(raw: string): unknown {
  if (raw === 'null') return null;
  return raw !== '' && Number.isFinite(Number(raw)) ? Number(raw) : raw;
}

function put(object: Record<string, unknown>, path: string[], value: unknown): void {
  const [head, ...rest] = path as [string, ...string[]];
  if (rest.length === 0) object[head] = value;
  else put(object[head] as Record<string, unknown>, rest, value);
}
