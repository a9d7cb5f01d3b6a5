import { extname } from 'node:path';
import sharp from 'sharp';
import { CdsvaeError } from '../errors.js';
import { writeAtomic } from '../formats/durable.js';
import type { Animation } from './animation.js';

/** How an animation plays. */
export interface PlayOptions {
  /** Frames a second, 1/60 to 1000. Default 8. Browsers play GIFs no faster than 50. */
  framesPerSecond?: number | undefined;
  /** How long the last frame stays before the start, in seconds, 0 to 5. Default 0.6. */
  pause?: number | undefined;
}

/**
 * An animation as the bytes of a file that plays for ever.
 *
 * @param format `gif` (256 colours, plays everywhere) or `webp` (exact colours, smaller)
 * @throws {CdsvaeError} `usage` for a speed out of range, or a picture too large for the format
 */
export async function encodeAnimation(
  animation: Animation,
  format: 'gif' | 'webp',
  options: PlayOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const { width, height, frames } = animation;
  const { framesPerSecond: speed = 8, pause = 0.6 } = options;
  // Both formats hold a delay of at most 65 seconds.
  if (!(speed >= 1 / 60 && speed <= 1000)) {
    throw new CdsvaeError('usage', `framesPerSecond: ${speed} found, a number from 1/60 to 1000 expected`);
  }
  if (!(pause >= 0 && pause <= 5)) {
    throw new CdsvaeError('usage', `pause: ${pause} found, seconds from 0 to 5 expected`);
  }
  const most = format === 'gif' ? 65_535 : 16_383;
  if (Math.max(width, height) > most) {
    throw new CdsvaeError(
      'usage',
      `${width}×${height} pixels: ${format.toUpperCase()} takes at most ${most} a side; animate fewer sequences`,
    );
  }
  const stack = new Uint8Array(width * height * 3 * frames.length);
  frames.forEach((frame, i) => {
    stack.set(frame, i * width * height * 3);
  });
  const delay = new Array<number>(frames.length).fill(Math.round(1000 / speed));
  delay[delay.length - 1]! += Math.round(1000 * pause);
  const image = sharp(stack, {
    raw: { width, height: height * frames.length, channels: 3, pageHeight: height },
    // The stack is one tall picture: sharp's guard against decompression bombs would count it as such.
    limitInputPixels: false,
  });
  return format === 'gif'
    ? // Dithering would make still parts shimmer; these pictures have few colours.
      image.gif({ delay, loop: 0, dither: 0 }).toBuffer()
    : image.webp({ delay, loop: 0, lossless: true }).toBuffer();
}

/**
 * Writes an animation to a `.gif` or `.webp` file; the file appears whole or not at all.
 *
 * @throws {CdsvaeError} `usage` for another ending; `io` with the path, where it cannot be written
 */
export async function writeAnimation(path: string, animation: Animation, options: PlayOptions = {}): Promise<void> {
  const ending = extname(path).toLowerCase();
  if (ending !== '.gif' && ending !== '.webp') {
    throw new CdsvaeError('usage', `${path}: cannot write an animation as "${ending}"; valid endings: .gif, .webp`);
  }
  writeAtomic(path, await encodeAnimation(animation, ending === '.gif' ? 'gif' : 'webp', options));
}
