import { CdsvaeError } from '../errors.js';

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
  /** Units of the hidden layers of the feature coder, and of those before a modulated decoder of images. */
  readonly mlp: number;
  /** g, features that the frame encoder gives for a frame. */
  readonly features: number;
  /** Units of the recurrent networks. */
  readonly hidden: number;
  /** d_s, dimensions of the static factor. */
  readonly static: number;
  /** d_m, dimensions of the dynamic factor of a frame. */
  readonly dynamic: number;
  /** q(z_t | z_<t, x_≤t) as the paper writes it (`causal`) or as its authors released it (`smoothing`). */
  readonly posterior: 'causal' | 'smoothing';
  /** The means of q(s | x) as a linear map gives them, or standardised over the batch; see `standardizedMean`. */
  readonly staticMean: 'linear' | 'standardized';
  /** What the encoder of images looks at: all of a frame at once, as the paper's, or also for things wherever they are; see `coder/pooling.ts`. */
  readonly encoder: 'dense' | 'pooled';
  /** How the decoder of images is told of s: as the paper's, or through every layer; see `coder/conditioning.ts`. */
  readonly decoder: 'concatenated' | 'modulated';
  /** How the first weights are drawn; see `initialization.ts`. */
  readonly initialization: 'scaled' | 'normal';
}

/** What a frame coder needs of it. Who only encodes has no decoder to speak of. */
export type CoderConfig = Pick<ModelConfig, 'width' | 'mlp' | 'features' | 'encoder' | 'initialization'> &
  Partial<Pick<ModelConfig, 'decoder'>>;

/** Stride-2 convolutions between frames of `size` pixels and the 4×4 map that the last layer reads. */
export function stages(size: number): number {
  const n = Math.log2(size / 4);
  if (!Number.isInteger(n) || n < 1 || n > 6) {
    throw new CdsvaeError('usage', `frames of ${size}×${size} pixels; their side must be 8, 16, 32, 64, 128 or 256`);
  }
  return n;
}

/** Channels after stride-2 stage k = 1 … n: width · min(2^(k−1), 8). */
export function stageChannels(width: number, k: number): number {
  return width * Math.min(2 ** (k - 1), 8);
}

/** Shape of one frame as data holds it: `[H, W, C]` or `[F]`. */
export function frameDims(frame: FrameShape): number[] {
  return frame.kind === 'video' ? [frame.size, frame.size, frame.channels] : [frame.features];
}
