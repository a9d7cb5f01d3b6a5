import { add, type Graph, mul, type Tensor } from '../graph/index.js';
import type { Random } from '../random.js';
import { checkMotionSettings, type MotionSettings } from './settings.js';

/** Sequences of a batch that are no pictures. */
export interface FeatureShape {
  /** B, sequences. */
  readonly batch: number;
  /** T, frames. */
  readonly frames: number;
  /** F, values of a frame. */
  readonly features: number;
}

/** Shapes of the graph's inputs for the motion view of features, by name; only what the settings ask for is there. */
export function featureShapes(settings: MotionSettings, shape: FeatureShape): Record<string, readonly number[]> {
  const { batch, frames, features } = shape;
  return {
    ...(settings.gain > 0 && { 'motion.gain': [batch, 1, features] }),
    ...(settings.offset > 0 && { 'motion.offset': [batch, 1, features] }),
    ...(settings.noise > 0 && { 'motion.noise': [batch, frames, features] }),
  };
}

/**
 * The motion view x^m of sequences that are no pictures: every feature keeps its course in time, and changes its scale and
 * place, once for the whole sequence; then noise.
 *
 * @param x `[B, T, F]`; where there are conversions of the data, one of them
 * @returns gain·x + offset + noise, of the same shape; x itself when every setting is off
 * @throws CdsvaeError `usage` when a setting is out of range
 */
export function augmentFeatures(x: Tensor, settings: MotionSettings): Tensor {
  checkMotionSettings(settings);
  const [batch, frames, features] = x.shape as [number, number, number];
  const shapes = featureShapes(settings, { batch, frames, features });
  const input = (name: string) => shapes[name] && (x.graph as Graph).input(name, shapes[name]);
  const gain = input('motion.gain');
  const added = [input('motion.offset'), input('motion.noise')].filter((t) => t !== undefined);
  return added.reduce(add, gain ? mul(x, gain) : x);
}

/**
 * Values for the inputs of {@link augmentFeatures}: one draw a sequence, noise for every frame. A pure function of the generator.
 *
 * @param range lowest and highest value of the data; offsets and noise are shares of the distance
 */
export function drawFeatures(
  settings: MotionSettings,
  shape: FeatureShape,
  range: readonly [number, number],
  random: Random,
): Record<string, Float32Array<ArrayBuffer>> {
  const { batch, frames, features } = shape;
  const width = range[1] - range[0];
  const drawn = (size: number, draw: () => number) => Float32Array.from({ length: size }, draw);
  // In a fixed order whether they are used or not, so that switching one off leaves the others as they were.
  const gain = drawn(batch * features, () => 1 + settings.gain * random.uniform(-1, 1));
  const offset = drawn(batch * features, () => settings.offset * width * random.uniform(-1, 1));
  const deviations = drawn(batch, () => random.uniform(0, settings.noise) * width);
  return {
    ...(settings.gain > 0 && { 'motion.gain': gain }),
    ...(settings.offset > 0 && { 'motion.offset': offset }),
    ...(settings.noise > 0 && {
      'motion.noise': Float32Array.from(
        { length: batch * frames * features },
        (_, i) => deviations[Math.floor(i / (frames * features))]! * random.normal(),
      ),
    }),
  };
}
