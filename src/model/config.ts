/** T at most, of any model. */
export const MOST_FRAMES = 16_384;
/** Features of a frame at most, of any model. */
export const MOST_FEATURES = 65_536;

/** What one step of a sequence looks like. */
export type FrameShape =
  /** Square images, values in [0, 1]. */
  | { readonly kind: 'video'; readonly size: number; readonly channels: number }
  /** Vectors of real numbers: a log-mel spectrum, a pose, any array. */
  | { readonly kind: 'features'; readonly features: number };

/** Everything that fixes the shapes of a model. */
export interface ModelConfig {
  readonly frame: FrameShape;
  /** T, frames in a sequence. */
  readonly frames: number;
  /** Channels of the first convolution; the others have 2, 4 and 8 times as many. Unused by features. */
  readonly width: number;
  /**
   * How many times as many channels as the paper's (C.2) the decoder's finest map has, of which pixels are drawn; see `decoderChannels`. Unused by
   * features.
   */
  readonly detail: number;
  /** Units of the hidden layers of the feature coder. */
  readonly mlp: number;
  /** g, features that the frame encoder gives for a frame. */
  readonly features: number;
  /** Units of the recurrent networks. */
  readonly hidden: number;
  /** d_s, dimensions of the static factor. */
  readonly static: number;
  /** d_m, dimensions of the dynamic factor of a frame. */
  readonly dynamic: number;
  /** K, normal distributions that p(z_1) is a mixture of; see `first-step.ts`. 1: one, as the paper's. */
  readonly priorComponents: number;
  /** q(z_t | z_<t, x_≤t) as the paper writes it (`causal`) or as its authors released it (`smoothing`). */
  readonly posterior: 'causal' | 'smoothing';
  /** The means of q(s | x) as a linear map gives them, or standardised over the batch; see `standardizedMean`. */
  readonly staticMean: 'linear' | 'standardized';
  /**
   * K, objects that keep their appearance and move, of which s = [s₁ … s_K] says the appearance and z_t = [y₁, x₁ … y_K, x_K] the positions; see
   * `objects/positions.ts`. 0: whole frames are drawn of s and z, as the paper's are.
   */
  readonly objects: number;
  /** How the first weights are drawn; see `initialization.ts`. */
  readonly initialization: 'scaled' | 'normal';
}

/** What a frame coder needs of it. */
export type CoderConfig = Pick<ModelConfig, 'frame' | 'width' | 'mlp' | 'features' | 'initialization'> & {
  /** As in {@link ModelConfig}. Default 1. */
  readonly detail?: number;
  /** What the encoder of images sees: all of a frame at once, as the paper's, or also for objects wherever they are; see `coder/pooling.ts`. */
  readonly encoder?: 'dense' | 'pooled';
  /** What the decoder draws: `frames`, or `objects`, of which only the drawing teaches where they are. Default `frames`. */
  readonly draws?: 'frames' | 'objects';
};

/** Dimensions of the static factor of one object, or, where frames are drawn whole, of all that is in them. */
export function staticOfOne({ static: d, objects }: Pick<ModelConfig, 'static' | 'objects'>): number {
  return d / Math.max(1, objects);
}

/** Shape of one frame as data holds it: `[H, W, C]` or `[F]`. */
export function frameDims(frame: FrameShape): number[] {
  return frame.kind === 'video' ? [frame.size, frame.size, frame.channels] : [frame.features];
}
