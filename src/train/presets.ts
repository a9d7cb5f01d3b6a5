import {
  FEATURE_MOTION,
  type MotionSettings,
  NO_MOTION,
  SM_MNIST_MOTION,
  SPRITES_MOTION,
  VIDEO_MOTION,
} from '../augment/index.js';
import type { Corpus, DatasetInfo } from '../data/dataset.js';
import { CdsvaeError, nearest } from '../errors.js';
import type { Settings } from './settings.js';

type Part<K extends keyof Settings> = Partial<Settings[K]>;

/** A size of model and what goes with it. */
interface Preset {
  readonly model: Settings['model'];
  readonly optimizer: Settings['optimizer'];
  readonly train: Omit<Settings['train'], 'seed' | 'threads'>;
}

const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, clip: 0, clipElement: 0 } as const;

/** `compact` for a CPU in minutes, `paper` for the paper's sizes and weights. */
export const PRESETS = {
  compact: {
    model: {
      width: 16,
      detail: 1,
      mlp: 128,
      features: 128,
      hidden: 128,
      static: 256,
      dynamic: 32,
      priorComponents: 1,
      posterior: 'causal',
      staticMean: 'linear',
      objects: 0,
      initialization: 'scaled',
    },
    optimizer: { learningRate: 2e-3, schedule: 'cosine', warmup: 50, ...ADAM },
    train: {
      batch: 16,
      frames: 0,
      wholeEvery: 0,
      wholeFrom: 0,
      steps: 0,
      epochs: 0,
      minutes: 7,
      checkpointEvery: 500,
      validateEvery: 500,
      validateOn: 64,
      sampleEvery: 500,
    },
  },
  paper: {
    model: {
      width: 64,
      detail: 1,
      mlp: 256,
      features: 128,
      hidden: 256,
      static: 256,
      dynamic: 32,
      priorComponents: 1,
      posterior: 'causal',
      staticMean: 'linear',
      objects: 0,
      initialization: 'scaled',
    },
    optimizer: { learningRate: 1e-3, schedule: 'cosine', warmup: 200, ...ADAM },
    train: {
      batch: 64,
      frames: 0,
      wholeEvery: 0,
      wholeFrom: 0,
      steps: 20_000,
      epochs: 0,
      minutes: 0,
      checkpointEvery: 200,
      validateEvery: 500,
      validateOn: 256,
      sampleEvery: 500,
    },
  },
} as const satisfies Readonly<Record<string, Preset>>;
export type PresetName = keyof typeof PRESETS;

/** Objectives by name, as settings of the one objective. */
export const OBJECTIVES = {
  cdsvae: {},
  dsvae: { betaStatic: 0, betaDynamic: 0, gamma: 0 },
  'cdsvae-no-content': { betaStatic: 0 },
  'cdsvae-no-motion': { betaDynamic: 0 },
  'cdsvae-mws': { mutualInformation: 'mws' },
} as const satisfies Readonly<Record<string, Part<'objective'>>>;
export type ObjectiveName = keyof typeof OBJECTIVES;

/** Takes text for the name of a preset. @throws CdsvaeError `usage` with the nearest valid names */
export function presetName(text: string): PresetName {
  return nameIn(PRESETS, 'preset', text);
}

/** Takes text for the name of an objective. @throws CdsvaeError `usage` with the nearest valid names */
export function objectiveName(text: string): ObjectiveName {
  return nameIn(OBJECTIVES, 'objective', text);
}

/** What the paper sets for each of its data sets (4.3, C.2), and what stands in for it elsewhere. */
interface DataDefaults {
  readonly model: Part<'model'>;
  readonly beta: number;
  readonly motion: MotionSettings;
  /** What the paper preset does otherwise. */
  readonly paper?: { readonly optimizer: Part<'optimizer'> };
  /** What the compact preset does otherwise, having minutes where the paper has days. */
  readonly compact?: {
    readonly model?: Part<'model'>;
    readonly objective?: Part<'objective'>;
    readonly optimizer?: Part<'optimizer'>;
    readonly train?: Part<'train'>;
  };
}

/** What keeps motion in z; docs/experiments.md has what each of it gives. */
const COMPACT_VIDEO = {
  // Sequences may begin in one of a few motions.
  model: { dynamic: 12, priorComponents: 32 },
  // At α = 1 and β = 1 a motion of Sprites is learned into s as well (action read from s kept with z drawn: 57 %, swaps 15 % right
  // after 2,856 steps); a cheaper z and the contrast weight of the released script leave it to z (20 % and 94 % after 1,337 steps).
  // Dearer once motions are there, z leaves colours to s.
  objective: { alphaDynamic: 0.2, alphaDynamicEnd: 1, betaDynamic: 10 },
  // A prior that has become narrow meets a z beside it every thousand steps or so.
  optimizer: { learningRate: 3e-3, clipElement: 5 },
} as const;

const DATA: Readonly<Record<Corpus, DataDefaults>> = {
  sprites: {
    model: { static: 256, dynamic: 32 },
    beta: 1,
    motion: SPRITES_MOTION,
    paper: { optimizer: { learningRate: 1.5e-3 } },
    // Small things have colours of their own.
    compact: { ...COMPACT_VIDEO, model: { ...COMPACT_VIDEO.model, detail: 3 } },
  },
  mug: {
    model: { static: 128, dynamic: 8 },
    beta: 0.5,
    motion: VIDEO_MOTION,
    compact: {
      model: { dynamic: 12, static: 64, staticMean: 'standardized' },
      // An expression is a few hundred pixels: at equal weight swaps mixed the colours of both people before any was drawn.
      objective: { motionPrecision: 16, alphaStatic: 0.02, alphaDynamic: 0.3, betaDynamic: 20 },
      optimizer: { learningRate: 3e-3 },
      train: { batch: 12, minutes: 40 },
    },
  },
  'sm-mnist': {
    model: { static: 256, dynamic: 32 },
    beta: 5,
    motion: SM_MNIST_MOTION,
    compact: {
      model: {
        // Two digits, of which s says the looks and z the places; docs/experiments.md has what that gives.
        objects: 2,
        dynamic: 4,
        // Looks that can be drawn, 32 numbers each.
        static: 64,
        staticMean: 'standardized',
      },
      // α = 2σ² where σ² is the error of a pixel that a run of minutes comes to: the weight of the KL terms under a normal
      // likelihood of that variance (Rybkin et al., "Simple and effective VAE training with calibrated decoders", 2021). The
      // paper's β = 5 and γ = 1 at the same scale.
      objective: { alphaStatic: 0.02, alphaDynamic: 0.1, betaStatic: 0.1, betaDynamic: 0.1, gamma: 0.02 },
      optimizer: { learningRate: 5e-3 },
      // Three frames show where digits are and where they go, and more sequences more digits; whole ones, which is which once they cross.
      train: { frames: 3, batch: 20, wholeEvery: 2, wholeFrom: 600, validateEvery: 1000, sampleEvery: 1000 },
    },
  },
};

/** For any other data, by kind. */
const KINDS: Readonly<Record<DatasetInfo['kind'], DataDefaults>> = {
  video: { model: {}, beta: 1, motion: VIDEO_MOTION, compact: COMPACT_VIDEO },
  // The paper's choice for TIMIT, whose motion view is voice conversion.
  audio: {
    model: { static: 256, dynamic: 64 },
    beta: 1,
    motion: NO_MOTION,
    compact: {
      model: { hidden: 64, features: 64, static: 64, dynamic: 16 },
      // The reconstruction of a segment comes to some 300, the contrastive terms to 2 at most: at 1 they would hardly be felt.
      objective: { betaStatic: 50, betaDynamic: 50 },
      train: { batch: 32 },
    },
  },
  array: { model: {}, beta: 1, motion: FEATURE_MOTION },
};

/**
 * Settings of a run before anything is set by hand.
 *
 * @param corpus which of the paper's data sets the data are, if they are one
 * @param conversions K of the data, whose motion view they then are
 * @throws CdsvaeError `usage` for an unknown preset or objective, with the nearest valid names
 */
export function defaultSettings(options: {
  readonly data: string;
  readonly corpus?: Corpus | undefined;
  readonly kind: DatasetInfo['kind'];
  readonly conversions?: number | undefined;
  readonly preset: PresetName;
  readonly objective: ObjectiveName;
  readonly threads: number;
}): Settings {
  // Programs without types may give any text.
  const preset = PRESETS[presetName(options.preset)];
  const name = objectiveName(options.objective);
  const data = options.corpus ? DATA[options.corpus] : KINDS[options.kind];
  // Without conversions there is no voice conversion, and another motion view stands in for it.
  const motion = options.kind === 'audio' && !options.conversions ? FEATURE_MOTION : data.motion;
  const own: DataDefaults['compact'] & {} = data[options.preset] ?? {};
  return {
    data: options.data,
    preset: options.preset,
    model: { ...preset.model, ...data.model, ...own.model },
    objective: {
      name,
      likelihood: 'gaussian',
      motionPrecision: 1,
      alphaStatic: 1,
      alphaDynamic: 1,
      alphaDynamicEnd: null,
      betaStatic: data.beta,
      betaDynamic: data.beta,
      gamma: 1,
      temperature: 0.5,
      mws: 'trajectory',
      mutualInformation: 'contrastive',
      ...own.objective,
      ...OBJECTIVES[name],
    },
    augment: { content: 'shuffle', ...motion },
    optimizer: { ...preset.optimizer, ...own.optimizer },
    train: { ...preset.train, ...own.train, seed: 0, threads: options.threads },
  };
}

function nameIn<Name extends string>(table: Readonly<Record<Name, unknown>>, what: string, name: string): Name {
  if (Object.hasOwn(table, name)) return name as Name;
  throw new CdsvaeError('usage', `no ${what} "${name}"; ${nearest(name, Object.keys(table))}`);
}
