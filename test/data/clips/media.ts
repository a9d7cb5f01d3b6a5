/** Little clips for tests, made by the encoders of others. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';

/** Fixtures made by FFmpeg (`make_clips.sh`): `moving.png` (animated), `moving.rgb` (its 6 frames of 16×24, raw), `moving.mp4`, `moving.webm`. */
export const FIXTURES = fileURLToPath(new URL('../../fixtures/clips/', import.meta.url));

/** uint8 `[T, H, W, 3]`: frame t is one colour, `colourOf(t)`; so it survives any resizing. */
export function flatFrames(T: number, H: number, W: number, shift = 0): Uint8Array {
  return Uint8Array.from({ length: T * H * W * 3 }, (_, k) => colourOf(Math.floor(k / (H * W * 3)) + shift)[k % 3]!);
}

/** Red, green and blue of frame t of {@link flatFrames}; corners of the cube, which GIF's palettes keep. */
export function colourOf(t: number): [number, number, number] {
  return [t & 1 ? 255 : 0, t & 2 ? 255 : 0, t & 4 ? 255 : 0];
}

/** Frames as an animated GIF or WebP without loss, 50 ms a frame. */
export async function animated(format: 'gif' | 'webp', frames: Uint8Array, T: number, H: number, W: number) {
  const strip = sharp(frames, { raw: { width: W, height: T * H, channels: 3, pageHeight: H } });
  const delay = Array.from({ length: T }, () => 50);
  return format === 'gif'
    ? strip.gif({ delay, loop: 0 }).toBuffer()
    : strip.webp({ delay, loop: 0, lossless: true }).toBuffer();
}

/** Frames as a folder of PNG pictures `1.png`, `2.png` … */
export async function writeStills(folder: string, frames: Uint8Array, T: number, H: number, W: number): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (let t = 0; t < T; t++) {
    const picture = frames.subarray(t * H * W * 3, (t + 1) * H * W * 3);
    const png = sharp(picture, { raw: { width: W, height: H, channels: 3 } }).png();
    writeFileSync(join(folder, `${t + 1}.png`), await png.toBuffer());
  }
}
