import { applyPalette, GIFEncoder, quantize } from 'gifenc';
import type { Animation } from '../../../browser.js';
import { withAlpha } from '../rgba.js';

/** Colours are chosen by at most so many pixels, taken evenly from all frames. */
const SAMPLE = 400_000;

/**
 * An animation as a GIF that plays for ever, all its frames in the same 256 colours, so that still parts do not shimmer.
 *
 * @param delay of a frame, in ms
 */
export function encodeGif({ width, height, frames }: Animation, delay: number): Uint8Array<ArrayBuffer> {
  const pictures = frames.map(withAlpha);
  const pixels = width * height * frames.length;
  const every = Math.max(1, Math.ceil(pixels / SAMPLE));
  const sample = new Uint32Array(Math.floor(pixels / every));
  const words = pictures.map((p) => new Uint32Array(p.buffer));
  for (let i = 0; i < sample.length; i++) {
    const at = i * every;
    sample[i] = words[Math.floor(at / (width * height))]![at % (width * height)]!;
  }
  const palette = quantize(new Uint8Array(sample.buffer), 256);
  const gif = GIFEncoder();
  pictures.forEach((picture, i) => {
    gif.writeFrame(applyPalette(picture, palette), width, height, i === 0 ? { palette, delay, repeat: 0 } : { delay });
  });
  gif.finish();
  return gif.bytes();
}
