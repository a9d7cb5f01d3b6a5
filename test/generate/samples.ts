import type { FeatureFrames, VideoFrames } from '../../src/picture/frames.js';
import { Random } from '../../src/random.js';
import { littleModel } from '../model/little-model.js';

export const config = littleModel({ frame: { kind: 'video', size: 8, channels: 1 }, frames: 2 });

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
