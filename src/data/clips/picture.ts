/** Pictures by sharp (libvips): how they are loaded, what they are brought to, and its errors in our words. */
import { readFile, stat } from 'node:fs/promises';
import sharp, { type Sharp, type SharpOptions } from 'sharp';
import { readFailure } from '../../formats/system-errors.js';
import { badClip, type PictureFit } from './clip.js';

/** Larger pictures (10,000 × 10,000) are refused: a few bytes of header can claim any size. */
export const MOST_PIXELS = 100_000_000;
/** Files of pictures are read whole; longer sequences belong into videos or arrays. */
const LARGEST_FILE = 1 << 30;
/** Seconds after which a picture is given up. */
const TIMEOUT = 60;

/**
 * The bytes of a picture file.
 *
 * @throws CdsvaeError `input`: unreadable, empty, not a file, or larger than 1 GiB
 */
export async function readPictureFile(path: string): Promise<Buffer> {
  try {
    const info = await stat(path);
    if (!info.isFile()) throw badClip(path, 'not a file; a picture expected');
    if (info.size === 0) throw badClip(path, 'an empty file found');
    if (info.size > LARGEST_FILE) {
      throw badClip(path, `${(info.size / 1e9).toFixed(1)} GB found, at most 1 GiB expected; make a video of it`);
    }
    return await readFile(path);
  } catch (cause) {
    throw readFailure(path, cause);
  }
}

/** What sharp says about a picture. */
export interface PictureInfo {
  readonly format: string;
  readonly width: number;
  readonly height: number;
  /** 1 where it is grey without transparency, else 3. */
  readonly channels: number;
  /** Frames: 1 for a still picture. */
  readonly pages: number;
  /** Mean milliseconds a frame, where it says so. */
  readonly delay: number | undefined;
}

/** @throws CdsvaeError `input`: not a picture that sharp knows, or one too large */
export async function pictureInfo(bytes: Uint8Array, path: string): Promise<PictureInfo> {
  const m = await run(path, load(bytes).metadata());
  const { width = 0, height = 0, pageHeight = height, pages = 1, space = '' } = m;
  if (width * pageHeight > MOST_PIXELS) {
    throw badClip(path, `${width}×${pageHeight} pixels found, at most ${MOST_PIXELS} in all expected`);
  }
  const turned = (m.orientation ?? 1) >= 5;
  const delays = m.delay ?? [];
  const delay = delays.length > 0 ? delays.reduce((a, b) => a + b, 0) / delays.length : 0;
  return {
    format: m.format ?? '?',
    width: turned ? pageHeight : width,
    height: turned ? width : pageHeight,
    channels: space === 'b-w' || space === 'grey16' ? 1 : 3,
    pages,
    delay: delay > 0 ? delay : undefined,
  };
}

/**
 * Pixels of a picture, or of several that share a file.
 *
 * @param fit what each of them is brought to
 * @param options which pages of the file; default the first
 * @returns uint8 `[pages, H, W, C]`
 * @throws CdsvaeError `input`: damaged
 */
export async function pixels(
  bytes: Uint8Array,
  path: string,
  fit: PictureFit,
  options: Pick<SharpOptions, 'page' | 'pages' | 'raw'> = {},
): Promise<Uint8Array> {
  const { page = 0, pages = 1 } = options;
  let image = load(bytes, options);
  // Turning a strip of pages would turn them as one; animations say nothing of orientation anyway.
  if (pages === 1) image = image.autoOrient();
  image = image.flatten({ background: '#000' });
  const { data, info } = await run(
    path,
    image
      .resize(fit.width, fit.height, { fit: 'cover', position: 'centre' })
      .toColourspace('srgb')
      .raw()
      .timeout({ seconds: TIMEOUT })
      .toBuffer({ resolveWithObject: true }),
  );
  if (data.length !== pages * fit.height * fit.width * info.channels || (info.channels !== 1 && info.channels !== 3)) {
    throw badClip(
      path,
      `${info.width}×${info.height} pixels in ${info.channels} channels came of page ${page}, ` +
        `${pages} of ${fit.width}×${fit.height} in 1 or 3 expected`,
    );
  }
  return toChannels(data, info.channels, fit.channels);
}

/** Grey is repeated; of colours, the luma of ITU-R BT.601 is taken, as Pillow's `convert('L')` does, to the bit. */
export function toChannels(data: Uint8Array, from: number, to: number): Uint8Array {
  if (from === to) return data;
  if (from === 1) {
    const out = new Uint8Array(3 * data.length);
    for (let i = 0; i < data.length; i++) out.fill(data[i]!, 3 * i, 3 * i + 3);
    return out;
  }
  const out = new Uint8Array(data.length / 3);
  for (let i = 0; i < out.length; i++) {
    out[i] = (19595 * data[3 * i]! + 38470 * data[3 * i + 1]! + 7471 * data[3 * i + 2]! + 0x8000) >> 16;
  }
  return out;
}

/**
 * A still picture as it is, with transparency.
 *
 * @returns uint8 `[height, width, 4]`
 * @throws CdsvaeError `input`: damaged, or of another size
 */
export async function decodeRgba(
  bytes: Uint8Array,
  path: string,
  { width, height }: { readonly width: number; readonly height: number },
): Promise<Uint8Array> {
  const data = await run(
    path,
    load(bytes).toColourspace('srgb').ensureAlpha().raw().timeout({ seconds: TIMEOUT }).toBuffer(),
  );
  if (data.length !== width * height * 4) throw badClip(path, `damaged: a frame that is not ${width}×${height}`);
  return data;
}

/**
 * One frame of pixels brought to a size; itself where it has that size already.
 *
 * @param frame uint8 `[H, W, C]`
 */
export async function fitPixels(
  frame: Uint8Array,
  shape: readonly number[],
  fit: PictureFit | undefined,
  path: string,
): Promise<Uint8Array> {
  const [height = 0, width = 0, channels = 0] = shape;
  if (!fit || (fit.height === height && fit.width === width && fit.channels === channels)) return frame;
  return pixels(frame, path, fit, { raw: { width, height, channels: channels as 1 | 3 | 4 } });
}

function load(bytes: Uint8Array, options: SharpOptions = {}): Sharp {
  return sharp(bytes, { limitInputPixels: false, failOn: 'warning', ...options });
}

async function run<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause);
    const reason = /unsupported image format/.test(text)
      ? 'not a picture, or damaged at its beginning'
      : `damaged (${text.replace(/\s+/g, ' ').trim().slice(0, 200)})`;
    throw badClip(path, reason, cause);
  }
}
