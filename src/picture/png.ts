import sharp from 'sharp';
import { writeAtomic } from '../formats/durable.js';
import type { Picture } from './canvas.js';

/** A picture as the bytes of a PNG file, without loss. */
export async function encodePng(picture: Picture): Promise<Uint8Array<ArrayBuffer>> {
  const { width, height, data } = picture;
  // A picture of our own making is no decompression bomb, however large.
  return sharp(data, { raw: { width, height, channels: 3 }, limitInputPixels: false })
    .png({ compressionLevel: 9 })
    .toBuffer();
}

/**
 * Writes a picture as a PNG file; the file appears whole or not at all.
 *
 * @throws {CdsvaeError} `io` with the path, where it cannot be written
 */
export async function writePng(path: string, picture: Picture): Promise<void> {
  writeAtomic(path, await encodePng(picture));
}
