import { CdsvaeError } from '../errors.js';

/**
 * What the motion view may change (§2.3, x^m): of a video, all but gain and offset; of features, gain, offset and noise. Each number is the largest strength of one change; every sequence
 * draws its own strengths once and uses them for all its frames, so that the style moves and the motion stays. 0 switches a
 * change off, and the graph then holds nothing of it.
 */
export interface MotionSettings {
  /**
   * Crop and resize: a window whose sides are a share from [1 − crop, 1] of the frame's, anywhere inside it, is enlarged to
   * the whole frame. 0 to 0.9.
   */
  readonly crop: number;
  /** Stretch about the centre: height and width, each by a factor of its own from [1 / (1 + stretch), 1 + stretch]. 0 to 1. */
  readonly stretch: number;
  /** What crop and stretch see outside the frame: its nearest pixel (`repeat`) or black (`zero`). */
  readonly border: 'repeat' | 'zero';
  /** Brightness: all values are multiplied by a factor from [1 − brightness, 1 + brightness]. 0 to 1. */
  readonly brightness: number;
  /** Contrast: the distance to the sequence's mean luma is multiplied by a factor from [1 − contrast, 1 + contrast]. 0 to 1. */
  readonly contrast: number;
  /**
   * Saturation: the distance to the pixel's luma is multiplied by a factor from [1 − saturation, 1 + saturation]. 0 to 1.
   * Only colour frames (C = 3) have it.
   */
  readonly saturation: number;
  /** Hue: colours are turned about the grey axis by an angle from [−hue, hue], in turns. 0 to 0.5. Only for C = 3. */
  readonly hue: number;
  /**
   * Channel mix: (1 − a)·x + a·R·x with a from [0, channelMix] and R a random matrix of shares (each row sums to 1, so grey
   * stays grey). 0 to 1. Only for C > 1.
   */
  readonly channelMix: number;
  /** Gaussian blur with a standard deviation from [0, blur], in pixels. 0 to 16. */
  readonly blur: number;
  /**
   * Additive Gaussian noise with a standard deviation from [0, noise], values being in [0, 1]. 0 to 1. One pattern a
   * sequence, which stands still. Features: as a share of the data's range, and anew in each frame.
   */
  readonly noise: number;
  /** Only features: each one's values are multiplied by a factor of its own from [1 − gain, 1 + gain]. 0 to 1. */
  readonly gain: number;
  /** Only features: to each one's values a number of its own from [−offset, offset] is added, in shares of the data's range. 0 to 1. */
  readonly offset: number;
}

/** Nothing changes. A base for settings of your own: `{ ...NO_MOTION, blur: 1 }`. */
export const NO_MOTION: MotionSettings = {
  crop: 0,
  stretch: 0,
  border: 'repeat',
  brightness: 0,
  contrast: 0,
  saturation: 0,
  hue: 0,
  channelMix: 0,
  blur: 0,
  noise: 0,
  gain: 0,
  offset: 0,
};

/** The paper's choice for Sprites: colour distortion and noise. */
export const SPRITES_MOTION: MotionSettings = {
  ...NO_MOTION,
  brightness: 0.4,
  contrast: 0.4,
  saturation: 0.8,
  hue: 0.5,
  channelMix: 0.8,
  noise: 0.06,
};

/** The paper's choice for Stochastic Moving MNIST: stretch and contrast. */
export const SM_MNIST_MOTION: MotionSettings = { ...NO_MOTION, stretch: 0.25, border: 'zero', contrast: 0.5 };

/** For video of unknown kind: the colours of Sprites, and a little of everything else. */
export const VIDEO_MOTION: MotionSettings = { ...SPRITES_MOTION, crop: 0.2, stretch: 0.1, blur: 0.7 };

/** For features of unknown kind, where there are no conversions: scale, place, and a little noise. */
export const FEATURE_MOTION: MotionSettings = { ...NO_MOTION, gain: 0.3, offset: 0.1, noise: 0.02 };

/** Largest value of each strength; the smallest is 0. */
export const MOTION_LIMITS = {
  crop: 0.9,
  stretch: 1,
  brightness: 1,
  contrast: 1,
  saturation: 1,
  hue: 0.5,
  channelMix: 1,
  blur: 16,
  noise: 1,
  gain: 1,
  offset: 1,
} as const satisfies Partial<Record<keyof MotionSettings, number>>;

/** @throws CdsvaeError `usage` naming the setting and its bounds when one is out of range */
export function checkMotionSettings(settings: MotionSettings): void {
  for (const [name, limit] of Object.entries(MOTION_LIMITS)) {
    const value = settings[name as keyof typeof MOTION_LIMITS];
    if (!(value >= 0 && value <= limit)) {
      throw new CdsvaeError('usage', `motion augmentation: ${name} = ${value}, from 0 (off) to ${limit} possible`);
    }
  }
  if (settings.border !== 'repeat' && settings.border !== 'zero') {
    throw new CdsvaeError('usage', `motion augmentation: border = "${settings.border}", "repeat" or "zero" possible`);
  }
}

/** Frames of a batch. */
export interface VideoShape {
  /** B, sequences. */
  readonly batch: number;
  /** H, pixels. */
  readonly height: number;
  /** W, pixels. */
  readonly width: number;
  /** C: 1 grey, 3 red, green and blue; any other number: channels without colour. */
  readonly channels: number;
}

/** Which kinds of change the graph holds. */
export interface MotionParts {
  /** Crop or stretch: the frames are sampled anew. */
  readonly resample: boolean;
  readonly blur: boolean;
  /** Any change of the channels' values: one affine map. */
  readonly colour: boolean;
  /** The map has an offset (contrast keeps the mean where it is). */
  readonly pivot: boolean;
  readonly noise: boolean;
}

/** What these settings come to for frames of C channels. */
function motionParts(s: MotionSettings, channels: number): MotionParts {
  return {
    resample: s.crop > 0 || s.stretch > 0,
    blur: s.blur > 0,
    colour:
      s.brightness > 0 ||
      s.contrast > 0 ||
      (channels === 3 && (s.saturation > 0 || s.hue > 0)) ||
      (channels > 1 && s.channelMix > 0),
    pivot: s.contrast > 0,
    noise: s.noise > 0,
  };
}

/** Shapes of the graph's inputs for the motion view, by name; only what the settings ask for is there. */
export function motionShapes(settings: MotionSettings, shape: VideoShape): Record<string, readonly number[]> {
  const { batch, height, width, channels } = shape;
  const parts = motionParts(settings, channels);
  return {
    ...(parts.resample && { 'motion.rows': [batch, 2], 'motion.columns': [batch, 2] }),
    ...(parts.blur && { 'motion.blur': [batch] }),
    ...(parts.colour && { 'motion.colour': [batch, channels, channels] }),
    ...(parts.pivot && { 'motion.pivot': [batch, channels] }),
    ...(parts.noise && { 'motion.noise': [batch, height, width, channels] }),
  };
}
