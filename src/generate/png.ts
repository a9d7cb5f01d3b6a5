import { rename, rm, writeFile } from 'node:fs/promises';
import sharp from 'sharp';
import { CdsvaeError } from '../errors.js';
import type { Picture } from './canvas.js';

/** A picture as the bytes of a PNG file, without loss. */
export async function encodePng(picture: Picture): Promise<Uint8Array> {
  const { width, height, data } = picture;
  return sharp(data, { raw: { width, height, channels: 3 } })
    .png({ compressionLevel: 9 })
    .toBuffer();
}

/**
 * Writes a picture as a PNG file; the file appears whole or not at all.
 *
 * @throws {CdsvaeError} `io` with the path, where it cannot be written
 */
export async function writePng(path: string, picture: Picture): Promise<void> {
  await writeWhole(path, await encodePng(picture));
}

/**
 * Writes a file under a temporary name beside it and renames it into place.
 *
 * @throws {CdsvaeError} `io` with the path, where it cannot be written
 */
export async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.${process.pid}.part`;
  try {
    await writeFile(temporary, bytes);
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new CdsvaeError('io', `${path}: cannot write the picture: ${(cause as Error).message}`, { cause });
  }
}
