import type { CoderConfig, ModelConfig } from '../config.js';
import type { FrameCoder } from './coder.js';
import { fastCoder } from './fast/coder.js';
import { featureCoder } from './features.js';
import { referenceCoder } from './reference.js';

/** The coders of a model. */
export interface Coders {
  /** Of whole frames. */
  readonly frame: FrameCoder;
  /** Of an object, in frames half as large; undefined where frames are drawn whole. */
  readonly object: FrameCoder | undefined;
}

/** A coder in its plainest form. */
export function plainCoder(config: CoderConfig): FrameCoder {
  const { frame } = config;
  return frame.kind === 'video' ? referenceCoder(config, frame) : featureCoder(config, frame);
}

/** The coder that trains fastest. */
export function trainingCoder(config: CoderConfig): FrameCoder {
  const { frame } = config;
  return frame.kind === 'video' ? fastCoder(config, frame) : featureCoder(config, frame);
}

/** @param make makes each of them */
export function codersOf(config: ModelConfig, make: (config: CoderConfig) => FrameCoder = plainCoder): Coders {
  const { frame, objects } = config;
  const half = frame.kind === 'video' && objects > 0 ? { ...frame, size: frame.size / 2 } : undefined;
  return { frame: make(config), object: half && make({ ...config, frame: half, draws: 'objects' }) };
}
