/** Where sequences come from, and what a model takes of them. */
import { counted } from '../counted.js';
import type { Dataset } from '../data/dataset.js';
import { CdsvaeError } from '../errors.js';
import { frameDims, type ModelConfig } from '../model/index.js';
import type { Batch } from '../trained/batch.js';
import type { Model } from '../trained/model.js';

/** What names mean, and what a model takes. */
export interface ClipContext {
  /** The model that is to take them. */
  readonly model: Pick<Model, 'config' | 'description'>;
  /** Gives the dataset that `test:12` is of, which is closed again; called at most once, when one is named. */
  readonly data?: (() => Dataset) | undefined;
  /**
   * Bring sequences to the model's length, size and channels: frames are left out evenly, pictures scaled until they cover
   * the size and cut around the centre. Default false: what differs is refused.
   */
  readonly fit?: boolean | undefined;
}

/** One name's sequences, counted from 0. */
export interface Part {
  readonly count: number;
  name(i: number): string;
  read(indices: readonly number[]): Promise<Batch>;
  /** Their labels; where it has none, they are unknown. */
  labels?(indices: readonly number[]): Int32Array;
  /** Lets go of files. */
  close?(): void;
}

/** Whether sequences are as the model takes them. @throws CdsvaeError `input` where they are not, and cannot or must not be fitted */
export function checkSequences(
  name: string,
  found: { readonly kind: string; readonly frames: number; readonly frame: readonly number[] },
  { model: { config: model }, fit = false }: ClipContext,
): boolean {
  const expected = taken(model);
  const shape = [found.frames, ...found.frame];
  const video = found.kind === 'video';
  if (video === (model.frame.kind === 'video') && shape.join() === expected.join()) return true;
  const fits = video === (model.frame.kind === 'video') && (video || found.frame[0] === expected[1]);
  if (fit && fits && found.frames >= expected[0]!) return false;
  const longer = found.frames >= expected[0]! ? '' : ', and a sequence cannot be made longer';
  const advice = fits && longer === '' ? '; --fit cuts and scales it' : '';
  throw new CdsvaeError(
    'input',
    `${name}: ${describeShape(shape)} found; the model takes ${describeShape(expected)}${longer}${advice}`,
  );
}

/** Shape of a sequence that a model takes: `[T, …frame]`. */
export function taken({ frames, frame }: ModelConfig): number[] {
  return [frames, ...frameDims(frame)];
}

export function describeShape([frames, ...frame]: readonly number[]): string {
  const [height, width, channels] = frame;
  const pixels = `${height}×${width} pixels`;
  const of = channels === undefined ? counted(height!, 'feature') : `${pixels} in ${counted(channels, 'channel')}`;
  return `${counted(frames!, 'frame')} of ${of}`;
}
