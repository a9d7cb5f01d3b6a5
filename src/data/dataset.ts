/**
 * What every source of sequences looks like to the rest of the library: types and pure functions, no files, so that the
 * browser can use them too. `open.ts` opens a source by name.
 */
import { CdsvaeError } from '../errors.js';

/** The parts of a dataset. Training sees `train`, choices are made on `validation`, `test` is for the last word. */
export type SplitName = 'train' | 'validation' | 'test';

/** Every {@link SplitName}, in order. */
export const SPLIT_NAMES: readonly SplitName[] = ['train', 'validation', 'test'];

/** The paper's data sets that we can make. */
export const CORPORA = ['sprites', 'mug', 'sm-mnist'] as const;
export type Corpus = (typeof CORPORA)[number];

/** A label that people gave. Training never uses one; judges and reports do. */
export interface Factor {
  /** Such as `action` or `hair`. */
  name: string;
  /** `static`: the same in all frames, the business of s. `dynamic`: how frames change, the business of z. */
  type: 'static' | 'dynamic';
  /** Names of the classes; a label is an index into them. */
  classes: readonly string[];
}

/** What the sequences of a dataset are. */
export interface DatasetInfo {
  /** What reports call it. */
  name: string;
  /** Which of the paper's data sets it is, whose settings training then begins with; none for any other. */
  corpus?: Corpus;
  /** `video`: frames are pictures. `audio`: frames are spectra. `array`: frames are any numbers. */
  kind: 'video' | 'audio' | 'array';
  /** T, frames in a sequence. */
  frames: number;
  /** Shape of a frame: `[H, W, C]` for video, `[F]` otherwise. */
  frame: readonly number[];
  /** Type of the raw values, as stored and as {@link Split.read} gives them. */
  dtype: 'uint8' | 'float32';
  /** value = raw / divisor: 1 for float32, 256 for Sprites, 255 for other pictures. */
  divisor: number;
  /** Lowest and highest value after division. */
  range: readonly [number, number];
  /** The labels there are, in the order of {@link Split.labels}' columns; empty where there are none. */
  factors: readonly Factor[];
  /** How sound became these values; none where they are not of sound, or nobody said. */
  audio?: AudioFeatures;
  /** K, versions there are of each sequence with other content and the same motion: voice conversions. None: 0. */
  conversions?: number;
}

/** How sound became values: what a model of speech must do to a recording before it can encode it. */
export interface AudioFeatures {
  /** The recipe of `audio/log-mel.ts`. */
  features: 'log-mel-80';
  /** Mean and standard deviation of each band over training data; value = (log-mel − mean) / deviation. `[80]` each. */
  mean: readonly number[];
  deviation: readonly number[];
}

/** One part of a dataset. Sequences are counted from 0 in each split. */
export interface Split {
  readonly name: SplitName;
  /**
   * Number of sequences; `Infinity` for an endless source, where sequence i is a pure function of (data seed, split, i)
   * for every integer i from 0 to 2^53 − 1.
   */
  readonly size: number;
  /**
   * Reads sequences, synchronously (it runs in a worker, ahead of training).
   *
   * @param indices which ones, in any order, repeats allowed
   * @param out of {@link DatasetInfo.dtype}, at least n·{@link sequenceLength} long: raw values `[n, T, …frame]`
   * @throws CdsvaeError `usage`: an index out of range, `out` too short or of the other type; `input`: a damaged file
   */
  read(indices: ArrayLike<number>, out: Uint8Array | Float32Array): void;
  /**
   * Labels of sequences.
   *
   * @returns int32 `[n, factors]`: indices into {@link Factor.classes}, −1 where unknown
   * @throws CdsvaeError `usage`: an index out of range
   */
  labels(indices: ArrayLike<number>): Int32Array;
  /**
   * Reads one conversion of each of these sequences, where {@link DatasetInfo.conversions} says that there are any; those of
   * `test` need not exist.
   *
   * @param which number of the conversion, 0 to K − 1, of each
   * @param out as in {@link read}
   */
  readConversions?(indices: ArrayLike<number>, which: ArrayLike<number>, out: Float32Array): void;
}

/** An open source of sequences. */
export interface Dataset {
  readonly info: DatasetInfo;
  /** A part of it, or `undefined` where it has no such part. `train` and `validation` always exist. */
  split(name: SplitName): Split | undefined;
  /** Lets go of files; nothing can be read afterwards. May be called twice. */
  close(): void;
}

/** A part of a dataset that must be there. @throws CdsvaeError `usage`: it is not; which ones are */
export function splitOf(data: Dataset, name: SplitName): Split {
  const split = data.split(name);
  if (split) return split;
  const there = SPLIT_NAMES.filter((other) => data.split(other));
  throw new CdsvaeError('usage', `"${data.info.name}" has no split ${name}; it has ${there.join(', ')}`);
}

/** The part that what is shown or measured is of unless told otherwise: test, or validation where the data have too few for it. */
export function shownSplit(data: Dataset): Split {
  return data.split('test') ?? data.split('validation')!;
}

/** Values in one sequence: T·prod(frame). */
export function sequenceLength(info: Pick<DatasetInfo, 'frames' | 'frame'>): number {
  return info.frame.reduce((n, d) => n * d, info.frames);
}

/**
 * Refuses what no split can read.
 *
 * @throws CdsvaeError `usage`
 */
export function checkIndices(split: Pick<Split, 'name' | 'size'>, indices: ArrayLike<number>): void {
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i];
    if (index === undefined || !Number.isSafeInteger(index) || index < 0 || index >= split.size) {
      const last = Number.isFinite(split.size) ? split.size - 1 : '2^53 − 1';
      throw new CdsvaeError('usage', `sequence ${index} of ${split.name} asked for, 0 to ${last} expected`);
    }
  }
}

/**
 * Refuses an `out` that {@link Split.read} cannot fill.
 *
 * @throws CdsvaeError `usage`
 */
export function checkOut(info: DatasetInfo, count: number, out: Uint8Array | Float32Array): void {
  const dtype = out instanceof Float32Array ? 'float32' : 'uint8';
  const needed = count * sequenceLength(info);
  if (dtype !== info.dtype || out.length < needed) {
    throw new CdsvaeError(
      'usage',
      `${info.name}: room for ${out.length} ${dtype} values given, ${needed} of ${info.dtype} needed`,
    );
  }
}
