/** What a file of the user's, once opened, looks like: types shared by all readers. */
import { CdsvaeError } from '../../errors.js';

/** A clip of pictures: uint8 `[T, H, W, C]`, C = 1 (grey) or 3 (red, green, blue). */
export interface VideoClip {
  readonly kind: 'video';
  readonly data: Uint8Array;
  readonly shape: readonly [T: number, H: number, W: number, C: number];
  /** Frames a second, where the file says so. */
  readonly fps?: number;
}

/** A clip of feature vectors: float32 `[T, F]`. */
export interface FeatureClip {
  readonly kind: 'features';
  readonly data: Float32Array;
  readonly shape: readonly [T: number, F: number];
  /** Frames a second, where the file says so. */
  readonly fps?: number;
}

/** A clip, read. */
export type Clip = VideoClip | FeatureClip;

/** The size that pictures are brought to: scaled until both sides are covered, then cut around the centre. */
export interface PictureFit {
  readonly height: number;
  readonly width: number;
  /** 1 (grey) or 3 (red, green, blue). */
  readonly channels: number;
}

/** An open file or folder of frames. */
export interface ClipSource {
  readonly path: string;
  /** As in a dataset: pictures, spectra, or any numbers. */
  readonly kind: 'video' | 'audio' | 'array';
  /** Sequences in it: 1, but N for an array `[N, T, …]`. */
  readonly sequences: number;
  /** Frames of each sequence, at least 1. */
  readonly frames: number;
  /** Shape of a frame as stored: `[H, W, C]` of video, `[F]` otherwise. */
  readonly frame: readonly number[];
  readonly fps?: number;
  /** Names of its features, where it has some. */
  readonly columns?: readonly string[];
  /** What a person should know of how it was understood, such as a column left out. */
  readonly note?: string;
  /**
   * Reads frames one after another, holding few of them in memory.
   *
   * @param sequence 0 to `sequences` − 1
   * @param frames which ones: ascending, without repeats
   * @param fit for video, what to bring pictures to; default as stored. Features have no use for it
   * @returns uint8 `[H, W, C]` or float32 `[F]` for each frame asked for
   * @throws CdsvaeError `input`: damaged
   */
  stream(
    sequence: number,
    frames: ArrayLike<number>,
    fit?: PictureFit,
  ): AsyncIterable<Uint8Array> | AsyncIterable<Float32Array>;
  /** Lets go of the file; may be called twice. */
  close(): void;
}

/** A kind of file that clips can be read from. */
export interface ClipReader {
  /** What it reads, for people, such as `animated GIF`. */
  readonly name: string;
  /** Ends of file names, lower case, with the dot. */
  readonly extensions: readonly string[];
  /** @throws CdsvaeError `input`: not of this kind, damaged, or too large */
  open(path: string): Promise<ClipSource>;
}

/** Values in a frame. */
export function frameLength(frame: readonly number[]): number {
  return frame.reduce((n, d) => n * d, 1);
}

/** An error that names the file. */
export function badClip(path: string, message: string, cause?: unknown): CdsvaeError {
  return new CdsvaeError('input', `${path}: ${message}`, cause === undefined ? undefined : { cause });
}
