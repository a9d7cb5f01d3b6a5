import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { MOTION_LIMITS } from '../augment/index.js';
import { CdsvaeError, nearest } from '../errors.js';
import { asStatedNow } from '../model/index.js';
import { LIKELIHOODS, MWS_ESTIMATES } from '../objective/index.js';
import { SCHEDULES } from './schedule.js';

const count = (max: number) => z.int().min(1).max(max);
const weight = z.number().min(0).max(1e6);
const strength = (name: keyof typeof MOTION_LIMITS) => z.number().min(0).max(MOTION_LIMITS[name]);

/** Shapes of the model; see `ModelConfig`. */
const model = z.strictObject({
  /** Channels of the first convolution; the paper has 64. */
  width: count(512),
  /** Channels of the decoder's finest map, in those of the paper's; see `decoderChannels`. 1: as many (the paper, and runs older than this). */
  detail: z.int().min(1).max(16).default(1),
  /** Units of the hidden layers of the feature coder. */
  mlp: count(4096),
  /** g, features of a frame. */
  features: count(4096),
  /** Units of the recurrent networks. */
  hidden: count(4096),
  /** d_s, dimensions of the static factor. */
  static: count(4096),
  /** d_m, dimensions of the dynamic factor of a frame. */
  dynamic: count(4096),
  /** K, normal distributions that p(z_1) is a mixture of. 1: one (the paper, and runs older than this). */
  priorComponents: z.int().min(1).max(1024).default(1),
  /** `causal` (the paper) or `smoothing` (the authors' code). */
  posterior: z.enum(['causal', 'smoothing']),
  // Runs older than the next two have the paper's.
  /** Means of q(s | x): `linear` (the paper), or `standardized` over the batch; see `standardizedMean`. */
  staticMean: z.enum(['linear', 'standardized']).default('linear'),
  /** K, objects that keep their appearance and move (`model/objects/`); 0: whole frames (the paper). */
  objects: z.int().min(0).max(8).default(0),
  /** First weights: `scaled`, or `normal` (standard deviation 0.02, the released code's). */
  initialization: z.enum(['scaled', 'normal']),
});

/** What is minimised; see `ObjectiveConfig`. */
const objective = z
  .strictObject({
    /** Which of `OBJECTIVES` the rest began as. */
    name: z.string(),
    likelihood: z.enum(LIKELIHOODS),
    /** ρ: how much more an error in what moves costs than one that stays. 1: as much (the paper, and runs older than this). */
    motionPrecision: z.number().min(0.01).max(1000).default(1),
    /** α of the static factor's KL term; `objective.alpha` sets both. */
    alphaStatic: weight,
    /** α of the dynamic factor's KL term. */
    alphaDynamic: weight,
    /** α of the dynamic factor's KL term at the last step, to which it goes in a line. null: it stays (the paper, and runs older than this). */
    alphaDynamicEnd: weight.nullable().default(null),
    /** β of I(s; x), by content augmentation (with objects against other sequences alone: see `augment.content`). 0: off. */
    betaStatic: weight,
    /** β of I(z; x), by motion augmentation. 0: off. */
    betaDynamic: weight,
    /** γ, weight of I(s; z). 0: off. */
    gamma: weight,
    /** τ of the contrastive terms. */
    temperature: z.number().min(0.01).max(100),
    /** Estimate of I(s; z): `trajectory` or `frame`. */
    mws: z.enum(MWS_ESTIMATES),
    /** Estimate of I(s; x) and I(z; x): `contrastive` or `mws`. */
    mutualInformation: z.enum(['contrastive', 'mws']),
  })
  .refine((o) => o.motionPrecision === 1 || o.likelihood === 'gaussian', {
    path: ['motionPrecision'],
    message: '1 expected, unless objective.likelihood is gaussian',
  });

/** Views of a sequence; see `MotionSettings` for what each strength does. */
const augment = z.strictObject({
  /** Content view: frames in random order (`shuffle`) or backwards (`reverse`). With `model.objects` *s* has no order to lose: no effect. */
  content: z.enum(['shuffle', 'reverse']),
  crop: strength('crop'),
  stretch: strength('stretch'),
  border: z.enum(['repeat', 'zero']),
  brightness: strength('brightness'),
  contrast: strength('contrast'),
  saturation: strength('saturation'),
  hue: strength('hue'),
  channelMix: strength('channelMix'),
  blur: strength('blur'),
  noise: strength('noise'),
  gain: strength('gain').default(0),
  offset: strength('offset').default(0),
});

const optimizer = z.strictObject({
  /** Peak of the learning rate. */
  learningRate: z.number().min(1e-8).max(1),
  schedule: z.enum(SCHEDULES),
  /** Steps in which the learning rate rises from 0. 0: off. */
  warmup: z.int().min(0).max(1e6),
  beta1: z.number().min(0).max(0.9999),
  beta2: z.number().min(0).max(0.999999),
  epsilon: z.number().min(1e-16).max(1),
  /** Largest norm of the gradient. 0: off. */
  clip: z.number().min(0).max(1e9),
});

const train = z.strictObject({
  /** B, sequences in a step. */
  batch: z.int().min(2).max(4096),
  /**
   * Frames of a sequence that training sees, from its beginning. 0: all. Fewer frames of more sequences teach content faster;
   * all that is recurrent goes on as long as it is asked to.
   */
  frames: z.int().min(0).max(1e6),
  /**
   * One step in so many sees whole sequences, in all about as many frames, where the others see beginnings; so what takes long is
   * learned too. 0: none does.
   */
  wholeEvery: z.int().min(0).max(1e6).default(0),
  /** Steps before the first of those. */
  wholeFrom: z.int().min(0).max(1e9).default(0),
  /** Length of training: the first of these three that is not 0 counts. */
  steps: z.int().min(0).max(1e9),
  /** Passes over the data, each of as many whole batches as they make. */
  epochs: z.number().min(0).max(1e6),
  /** Minutes, from which a number of steps is planned by the rate of the first ones. */
  minutes: z.number().min(0).max(1e6),
  /** Steps between checkpoints. */
  checkpointEvery: count(1e9),
  /** Steps between validations. 0: only at the end. */
  validateEvery: z.int().min(0).max(1e9),
  /** Sequences validated on. */
  validateOn: count(1e6),
  /** Steps between pictures in `samples/`. 0: only at the end. */
  sampleEvery: z.int().min(0).max(1e9),
  /** Fixes every random number of the run. */
  seed: z.int().min(0).max(Number.MAX_SAFE_INTEGER),
  /** Threads of the engine. The same number gives the same bits. */
  threads: count(256),
});

/** Every setting of a run. What `config.yaml` holds. */
export const Settings = z.strictObject({
  /** `sm-mnist`, or the path of a dataset folder or of a folder of clips or recordings. */
  data: z.string().min(1),
  preset: z.string(),
  model,
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
    const found = issue.path.reduce<unknown>((v, k) => (v as Record<PropertyKey, unknown> | undefined)?.[k], value);
    return `${issue.path.join('.')}: ${JSON.stringify(found) ?? 'nothing'} found; ${expectation(issue)}`;
  });
  throw new CdsvaeError('usage', `${origin}: ${problems.join('; ')}`);
}

/** Settings as the text of config.yaml. */
export function formatSettings(settings: Settings): string {
  return `# Every setting of this run. Go on with it: cdsvae train --resume --out <this folder>\n${stringify(settings)}`;
}

/**
 * Settings out of the text of config.yaml.
 *
 * @param file its path, for the error
 * @throws CdsvaeError `input` where it is not YAML or not a whole set of settings
 */
export function parseSettings(text: string, file: string): Settings {
  try {
    const stated = parse(text);
    return checkSettings(asSetNow(stated, file), file);
  } catch (cause) {
    const message =
      cause instanceof CdsvaeError
        ? cause.message
        : `${file}: not YAML: ${cause instanceof Error ? cause.message : cause}`;
    throw new CdsvaeError('input', message, { cause });
  }
}

/** What stands in a config.yaml, as it is stated now: in earlier versions `objective.name` was `method`. */
function asSetNow(stated: unknown, file: string): unknown {
  if (!isObject(stated)) return stated;
  const now = {
    ...stated,
    ...('model' in stated && { model: asStatedNow(stated.model) }),
    ...(isObject(stated.optimizer) && { optimizer: withoutAverage(stated.optimizer, file) }),
  };
  const { method, objective, ...rest } = now as Record<string, unknown>;
  if (method === undefined || !isObject(objective) || 'name' in objective) return now;
  return { ...rest, objective: { name: method, ...objective } };
}

/** Earlier versions could keep a moving average of the weights: 0 was none. @throws CdsvaeError `input` for a run that has one */
function withoutAverage({ average = 0, ...rest }: Record<string, unknown>, file: string): unknown {
  if (average === 0) return rest;
  throw new CdsvaeError(
    'input',
    `${file}: optimizer.average: ${JSON.stringify(average)} found; 0 expected, as moving averages of weights are no longer kept: ` +
      'begin another run, or go on with this one by the version that began it',
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** What to say of a setting that does not exist. */
function unknownSetting(name: string): string {
  return `no setting "${name}"; ${nearest(name, settingNames())}`;
}

function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'too_small':
      return `${issue.minimum} or more expected`;
    case 'too_big':
      return `${issue.maximum} or less expected`;
    case 'invalid_value':
      return `one of ${issue.values.map(String).join(', ')} expected`;
    case 'invalid_type':
      return `${issue.expected === 'int' ? 'a whole number' : `a ${issue.expected}`} expected`;
    default:
      return issue.message;
  }
}

/** What stands for all the other settings, and cannot be set beside them. */
const WHOLE: readonly string[] = ['data', 'preset', 'objective.name'];

/** Names that stand for two settings, one of each factor. */
const BOTH: readonly string[] = ['objective.alpha', 'objective.beta'];

/**
 * Applies `key=value` assignments, such as `objective.gamma=0`, to settings.
 *
 * @param assignments `objective.alpha` and `objective.beta` set both of theirs
 * @throws CdsvaeError `usage` for an unknown key or a value that is not `key=value`
 */
export function assign(settings: Settings, assignments: readonly string[]): Settings {
  const result = structuredClone(settings) as unknown as Record<string, unknown>;
  const names = settingNames();
  for (const text of assignments) {
    const at = text.indexOf('=');
    if (at < 1) throw new CdsvaeError('usage', `--set ${text}: key=value expected, such as --set objective.gamma=0`);
    const [key, raw] = [text.slice(0, at).trim(), text.slice(at + 1).trim()];
    const keys = BOTH.includes(key) ? [`${key}Static`, `${key}Dynamic`] : [key];
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
