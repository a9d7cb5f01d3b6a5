import { CdsvaeError } from '../errors.js';
import type { Picture, Rgb } from './canvas.js';
import type { ColormapName } from './colormap.js';
import { colormap } from './colormap.js';

/** A clip of frames: `data` is uint8 `[T, H, W, C]`, C = 1 (grey) or 3 (red, green, blue). */
export interface VideoFrames {
  kind: 'video';
  data: Uint8Array;
  shape: readonly [T: number, H: number, W: number, C: number];
}

/** A sequence of feature vectors, such as a mel spectrogram: `data` is float32 `[T, F]`, lowest frequency first. */
export interface FeatureFrames {
  kind: 'features';
  data: Float32Array;
  shape: readonly [T: number, F: number];
}

/** A sequence to be drawn. */
export type Frames = VideoFrames | FeatureFrames;

/** What values outside every range (NaN, infinity) look like in a heat map: no colour of any map. */
const NOT_A_NUMBER: Rgb = [150, 150, 150];

/**
 * Checks that the data fill the shape.
 *
 * @param what names the frames in the message, such as `row "source A"`
 * @throws {CdsvaeError} `input` for a length that does not match the shape, an empty shape, or a C other than 1 or 3
 */
export function checkFrames(frames: Frames, what: string): void {
  const { shape, data } = frames;
  const size = shape.reduce((a, b) => a * b, 1);
  if (!shape.every((n) => Number.isInteger(n) && n > 0)) {
    throw new CdsvaeError('input', `${what}: shape [${shape.join(', ')}] found, whole numbers of at least 1 expected`);
  }
  if (frames.kind === 'video' && shape[3] !== 1 && shape[3] !== 3) {
    throw new CdsvaeError('input', `${what}: frames of ${shape[3]} channels found, 1 (grey) or 3 (colour) expected`);
  }
  if (data.length !== size) {
    throw new CdsvaeError(
      'input',
      `${what}: ${data.length} values found, ${size} expected for shape [${shape.join(', ')}]`,
    );
  }
}

/**
 * Model output as bytes: 0 becomes 0, 1 becomes 255, what lies outside is cut off and NaN is 0.
 *
 * @param values of any shape; the bytes have the same
 */
export function toBytes(values: Float32Array): Uint8Array {
  const bytes = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) {
    bytes[i] = Math.min(255, Math.max(0, Math.round(255 * values[i]!)));
  }
  return bytes;
}

/** Frame t of a clip as a picture, each pixel repeated `factor` × `factor` times (a whole number). */
export function framePicture(frames: VideoFrames, t: number, factor: number): Picture {
  const [, H, W, C] = frames.shape;
  const width = W * factor;
  const height = H * factor;
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const row = (t * H + Math.floor(y / factor)) * W;
    for (let x = 0; x < width; x++) {
      const from = (row + Math.floor(x / factor)) * C;
      const to = (y * width + x) * 3;
      for (let c = 0; c < 3; c++) data[to + c] = frames.data[from + (C === 3 ? c : 0)]!;
    }
  }
  return { width, height, data };
}

/** How many pixels a value takes (`up`), or how many values share one pixel (`down`); one of the two is 1. */
export interface Scale {
  up: number;
  down: number;
}

/** The whole-number scale that brings `size` values nearest to `target` pixels. */
export function wholeScale(size: number, target: number): Scale {
  return size <= target
    ? { up: Math.max(1, Math.round(target / size)), down: 1 }
    : { up: 1, down: Math.max(1, Math.round(size / target)) };
}

/** Pixels that `size` values take at a scale. */
export function scaled(size: number, { up, down }: Scale): number {
  return Math.ceil(size / down) * up;
}

/**
 * A feature sequence as a heat map: time from left to right, the first feature at the bottom.
 *
 * @param range the values of the darkest and the lightest colour
 */
export function heatMap(
  frames: FeatureFrames,
  range: readonly [number, number],
  across: Scale,
  upwards: Scale,
  map: ColormapName,
): Picture {
  const [T, F] = frames.shape;
  const width = scaled(T, across);
  const height = scaled(F, upwards);
  const data = new Uint8Array(width * height * 3);
  const table = colormap(map);
  const span = range[1] - range[0] || 1;
  for (let y = 0; y < height; y++) {
    const f0 = Math.floor((height - 1 - y) / upwards.up) * upwards.down;
    for (let x = 0; x < width; x++) {
      const t0 = Math.floor(x / across.up) * across.down;
      let sum = 0;
      let n = 0;
      for (let t = t0; t < Math.min(T, t0 + across.down); t++) {
        for (let f = f0; f < Math.min(F, f0 + upwards.down); f++, n++) sum += frames.data[t * F + f]!;
      }
      const level = Math.round(((sum / n - range[0]) / span) * 255);
      data.set(Number.isFinite(level) ? table[Math.min(255, Math.max(0, level))]! : NOT_A_NUMBER, (y * width + x) * 3);
    }
  }
  return { width, height, data };
}

/** The range of the finite values of several sequences without the 0.5 % at either end, so that one outlier hides nothing. */
export function robustRange(sequences: readonly FeatureFrames[]): [low: number, high: number] {
  const values = new Float32Array(sequences.reduce((n, s) => n + s.data.length, 0));
  let n = 0;
  for (const { data } of sequences) for (const v of data) if (Number.isFinite(v)) values[n++] = v;
  if (n === 0) return [0, 1];
  const sorted = values.subarray(0, n).sort();
  const cut = Math.floor((n - 1) * 0.005);
  return [sorted[cut]!, sorted[n - 1 - cut]!];
}
