import type { ModelConfig } from '../../src/model/index.js';
import type { FeatureFrames, VideoFrames } from '../../src/picture/frames.js';
import { Random } from '../../src/random.js';

/** The smallest model. */
export const config: ModelConfig = {
  frame: { kind: 'video', size: 8, channels: 1 },
  frames: 2,
  width: 1,
  detail: 1,
  priorComponents: 1,
  mlp: 1,
  features: 1,
  hidden: 1,
  static: 1,
  dynamic: 1,
  posterior: 'causal',
  staticMean: 'linear',
  objects: 0,
  initialization: 'scaled',
};

/** A clip of noise: no two frames are alike. */
export function clip(T: number, H: number, W: number, C: 1 | 3, seed = 0): VideoFrames {
  const random = Random.of(seed, 'clip');
  const data = Uint8Array.from({ length: T * H * W * C }, () => random.integer(256));
  return { kind: 'video', data, shape: [T, H, W, C] };
}

/** A feature sequence of one value. */
export function features(T: number, F: number, value = 0): FeatureFrames {
  return { kind: 'features', data: new Float32Array(T * F).fill(value), shape: [T, F] };
}
