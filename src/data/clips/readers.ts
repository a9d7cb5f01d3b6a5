/** Which reader opens what. */
import { open as openFile, stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { readFailure } from '../../formats/system-errors.js';
import { animationReader } from './animation.js';
import { apngReader, isApng } from './apng.js';
import { arrayReader } from './array.js';
import { badClip, type ClipReader, type ClipSource } from './clip.js';
import { isStill, openImageFolder } from './image-folder.js';
import { tableReader } from './table.js';
import { videoReader } from './video.js';

/** Every kind of file there is a reader for. */
const CLIP_READERS: readonly ClipReader[] = [animationReader, apngReader, videoReader, arrayReader, tableReader];

/** The reader of a file by its name, if there is one. */
export function readerOf(name: string): ClipReader | undefined {
  const extension = extname(name).toLowerCase();
  return CLIP_READERS.find((reader) => reader.extensions.includes(extension));
}

/** Whether a file of this name may be either a frame or a clip, as `.png` and `.webp` may. */
export function isAmbiguous(name: string): boolean {
  return isStill(name) && readerOf(name) !== undefined;
}

/**
 * Whether a picture file is an animation, by what stands before its pixels.
 *
 * @throws CdsvaeError `input`: unreadable
 */
export async function isAnimation(path: string): Promise<boolean> {
  try {
    const file = await openFile(path);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(32), 0, 32, 0);
      const bytes = buffer.subarray(0, bytesRead);
      // WebP: the extended header's animation bit.
      const webp = bytes.toString('latin1', 8, 16) === 'WEBPVP8X' && ((bytes[20] ?? 0) & 2) !== 0;
      return webp || bytes.toString('latin1', 0, 3) === 'GIF' || (await isApng(file));
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw readFailure(path, cause);
  }
}

/**
 * Opens a file of frames, or a folder of still pictures, as what its name says it is.
 *
 * @param pictures of a folder, which of its files are the frames, in order; default every picture in it
 * @throws CdsvaeError `input`: missing, of an unknown kind, damaged or too large
 *
 * @example
 * const source = await openClip('clips/wave.gif');
 * for await (const frame of source.stream(0, [0, 1, 2])) console.log(frame.length);
 * source.close();
 */
export async function openClip(path: string, pictures?: readonly string[]): Promise<ClipSource> {
  let info: Awaited<ReturnType<typeof stat>>;
  try {
    info = await stat(path);
  } catch (cause) {
    throw readFailure(path, cause);
  }
  if (info.isDirectory()) return openImageFolder(path, pictures);
  if (!info.isFile()) throw badClip(path, 'not a file (a device, pipe or socket); a file or folder expected');
  const reader = readerOf(path);
  if (reader !== undefined) return reader.open(path);
  const known = CLIP_READERS.map(({ name, extensions }) => `${name} (${extensions.join(', ')})`).join('; ');
  throw badClip(
    path,
    `not a kind of file that holds a clip; known are a folder of pictures; ${known}; of speech also WAVE, FLAC and NIST SPHERE`,
  );
}
