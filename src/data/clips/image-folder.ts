/** A folder of still pictures, one a frame, in the order of their names (`2.png` before `10.png`). */
import { readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { readFailure } from '../../formats/system-errors.js';
import { ahead } from './ahead.js';
import { badClip, type ClipSource, type PictureFit } from './clip.js';
import { pictureInfo, pixels, readPictureFile } from './picture.js';

/** Ends of the names of pictures that can be a frame. */
const STILL_EXTENSIONS: readonly string[] = ['.jpg', '.jpeg', '.png', '.webp', '.avif', '.tif', '.tiff'];
/** Pictures decoded at once. */
const DEPTH = 4;

/** Orders names as people do. */
export const byName = new Intl.Collator('en', { numeric: true }).compare;

/** Whether a file's name is that of a picture. */
export function isStill(name: string): boolean {
  return !name.startsWith('.') && STILL_EXTENSIONS.includes(extname(name).toLowerCase());
}

/**
 * Opens a folder of pictures as one clip. All of them must have the size of the first.
 *
 * @param names its pictures in order; default every picture in it
 * @throws CdsvaeError `input`: no pictures, or a damaged one
 */
export async function openImageFolder(folder: string, names?: readonly string[]): Promise<ClipSource> {
  const found = names ?? (await pictureNames(folder));
  const [first] = found;
  if (first === undefined) {
    const names = `names that end in ${STILL_EXTENSIONS.join(', ')}`;
    throw badClip(
      folder,
      `no pictures found; ${names} expected of a folder that is one clip (of one that holds clips, give these)`,
    );
  }
  const { width, height, channels } = await checked(join(folder, first));
  const frame = [height, width, channels];
  return {
    path: folder,
    kind: 'video',
    sequences: 1,
    frames: found.length,
    frame,
    stream: (_, frames, fit = { height, width, channels }) =>
      ahead(frames.length, DEPTH, (i) => read(join(folder, found[frames[i]!]!), [height, width], fit)),
    close: () => {},
  };
}

async function pictureNames(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter(isStill).sort(byName);
  } catch (cause) {
    throw readFailure(folder, cause);
  }
}

async function checked(path: string) {
  const bytes = await readPictureFile(path);
  const info = await pictureInfo(bytes, path);
  if (info.pages > 1) throw badClip(path, `${info.pages} frames found; a still picture expected among still pictures`);
  return { ...info, bytes };
}

async function read(path: string, size: readonly [number, number], fit: PictureFit): Promise<Uint8Array> {
  const { width, height, bytes } = await checked(path);
  if (height !== size[0] || width !== size[1]) {
    throw badClip(path, `${width}×${height} pixels found, ${size[1]}×${size[0]} expected, as its first frame has`);
  }
  return pixels(bytes, path, fit);
}
