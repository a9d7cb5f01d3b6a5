/** One clip, whole: what commands and pages that are given a file need. */
import { checkWhole } from '../../bounds.js';
import { counted } from '../../counted.js';
import { CdsvaeError } from '../../errors.js';
import { badClip, type Clip, type ClipSource, frameLength } from './clip.js';
import { spread } from './cut.js';
import { fitPixels } from './picture.js';
import { openClip } from './readers.js';

/** A clip read whole must fit into memory: 512 MiB. */
const LARGEST_CLIP = 1 << 29;

/** What {@link readClip} may be told. */
export interface ReadClipOptions {
  /** Which sequence of an array `[N, T, …]`. Default 0. */
  sequence?: number | undefined;
  /** T. More frames than that are left out evenly, from the first to the last. Default all. */
  frames?: number | undefined;
  /** What pictures are brought to, `[H, W, C]`: scaled to cover it, then cut around the centre. Default as stored. */
  frame?: readonly [height: number, width: number, channels: number] | undefined;
}

/**
 * Reads one clip: an animated GIF, WebP or PNG, a folder of pictures, a video, a `.npy` array, a CSV table.
 *
 * @throws CdsvaeError `input`: unreadable, of an unknown kind, damaged, with fewer frames than asked for, or larger than
 *   512 MiB; `usage`: no such sequence, not one frame at least, or pictures of no such size
 *
 * @example
 * const clip = await readClip('wave.gif', { frames: 15, frame: [64, 64, 3] });
 * console.log(clip.shape); // [15, 64, 64, 3]
 */
export async function readClip(path: string, options: ReadClipOptions = {}): Promise<Clip> {
  const source = await openClip(path);
  try {
    return await readSequence(source, options);
  } finally {
    source.close();
  }
}

/** As {@link readClip}, of a source that is open. */
export async function readSequence(source: ClipSource, options: ReadClipOptions = {}): Promise<Clip> {
  const { sequence = 0, frames = source.frames } = options;
  if (!Number.isInteger(sequence) || sequence < 0 || sequence >= source.sequences) {
    throw new CdsvaeError(
      'usage',
      `${source.path}: sequence ${sequence} asked for, 0 to ${source.sequences - 1} possible`,
    );
  }
  const indices = evenly(source.frames, frames, source.path);
  const video = source.kind === 'video';
  const frame = video ? (options.frame ?? source.frame) : source.frame;
  if (video) checkPicture(frame);
  const length = frameLength(frame);
  const bytes = frames * length * (video ? 1 : 4);
  if (bytes > LARGEST_CLIP) {
    throw badClip(source.path, `${(bytes / 1e9).toFixed(1)} GB of frames found, at most 512 MiB expected; shorten it`);
  }
  const fps = source.fps === undefined ? {} : { fps: (source.fps * frames) / source.frames };
  const [height = 0, width = 0, channels = 0] = frame;
  const data = video ? new Uint8Array(frames * length) : new Float32Array(frames * length);
  let t = 0;
  for await (const values of source.stream(sequence, indices, video ? { height, width, channels } : undefined)) {
    data.set(values, t++ * length);
  }
  return data instanceof Uint8Array
    ? { kind: 'video', data, shape: [frames, height, width, channels], ...fps }
    : { kind: 'features', data, shape: [frames, length], ...fps };
}

/**
 * Brings a clip to the length and size a model was trained on.
 *
 * @param frames T: more frames than that are left out evenly, from the first to the last
 * @param frame `[H, W, C]` of video, pictures being scaled to cover it and cut around the centre; `[F]` of features
 * @param name the clip's, for errors
 * @throws CdsvaeError `input`: fewer frames than `frames`, or other features than `frame`; `usage`: not one frame at least
 */
export async function fitClip(clip: Clip, frames: number, frame: readonly number[], name = 'clip'): Promise<Clip> {
  const indices = evenly(clip.shape[0], frames, name);
  const fps = clip.fps === undefined ? {} : { fps: (clip.fps * frames) / clip.shape[0] };
  if (clip.kind === 'features') {
    const [, F] = clip.shape;
    if (frame.length !== 1 || frame[0] !== F) {
      throw badClip(name, `features [${F}] found, frames [${frame.join(', ')}] expected`);
    }
    const data = new Float32Array(frames * F);
    for (const [i, t] of indices.entries()) data.set(clip.data.subarray(t * F, (t + 1) * F), i * F);
    return { kind: 'features', data, shape: [frames, F], ...fps };
  }
  const [height, width, channels] = frame;
  if (height === undefined || width === undefined || channels === undefined) {
    throw badClip(name, `pictures [${clip.shape.slice(1).join(', ')}] found, features [${frame.join(', ')}] expected`);
  }
  checkPicture(frame);
  const stored = clip.shape.slice(1);
  const from = frameLength(stored);
  const to = height * width * channels;
  const data = new Uint8Array(frames * to);
  for (const [i, t] of indices.entries()) {
    const picture = clip.data.subarray(t * from, (t + 1) * from);
    data.set(await fitPixels(picture, stored, { height, width, channels }, name), i * to);
  }
  return { kind: 'video', data, shape: [frames, height, width, channels], ...fps };
}

/** @throws CdsvaeError `usage`: no `[H, W, C]` that pictures can be brought to */
function checkPicture([height = 0, width = 0, channels]: readonly number[]): void {
  checkWhole('height of a frame', height, 1);
  checkWhole('width of a frame', width, 1);
  if (channels !== 1 && channels !== 3) {
    throw new CdsvaeError('usage', `channels of a frame: ${channels} asked for; 1 (grey) or 3 (RGB) expected`);
  }
}

/**
 * `count` of `found` frames, evenly spaced, the first and the last among them.
 *
 * @throws CdsvaeError `input`: there are fewer; `usage`: not one at least
 */
function evenly(found: number, count: number, name: string): number[] {
  checkWhole('frames', count, 1);
  if (found < count) throw badClip(name, `${counted(found, 'frame')} found, at least ${count} expected`);
  return spread(0, found - 1, count);
}
