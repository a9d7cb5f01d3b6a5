/** What making sequences takes of memory, and whether there is as much. */
import { extname } from 'node:path';
import { counted } from '../counted.js';
import { CdsvaeError } from '../errors.js';
import { gib } from '../gib.js';
import { frameDims, type ModelConfig } from '../model/index.js';

/** What is to be made. */
export interface Size {
  /** Sequences that it is made of. */
  readonly sources: number;
  /** Sequences that the model makes, and frames of each. */
  readonly made: number;
  readonly frames: number;
}

/** Of Node, the engine and a model. */
const BASE = 300e6;
/** Values are held twice, in pieces and as a whole, float32, and once as bytes to be drawn. */
const VALUE = 9;
/** Bytes held for each value of a `.npy` file, each frame of sound, and each pixel of pictures, which are drawn, laid out and encoded. */
const FILE = { npy: 4, wav: 24_000, png: 8, animation: 12 };

/** Bytes that making so much takes at its height, estimated. */
export function generationMemory(model: ModelConfig, size: Size, paths: readonly string[], side?: number): number {
  const values = frameDims(model.frame).reduce((a, b) => a * b, 1);
  const pixels = Math.max(side ?? 0, model.frame.kind === 'video' ? model.frame.size : 0, 64) ** 2;
  const files = paths.reduce((sum, path) => {
    const ending = extname(path).toLowerCase();
    if (ending === '.npy') return sum + FILE.npy * values;
    if (ending === '.wav') return sum + FILE.wav;
    return sum + (ending === '.png' ? FILE.png * pixels : FILE.animation * Math.max(pixels, side ? 0 : 128 ** 2));
  }, 0);
  return BASE + size.sources * model.frames * values * VALUE + size.made * size.frames * (values * VALUE + files);
}

/**
 * Refuses to begin what the memory that is free cannot hold.
 *
 * @param paths files to be written
 * @param side of frames in pictures, where it is asked for
 * @param available bytes
 * @throws CdsvaeError `usage`, with how many sequences, or frames of as many, would fit
 */
export function checkRoom(
  model: ModelConfig,
  size: Size,
  paths: readonly string[],
  side?: number,
  available = process.availableMemory(),
): void {
  const memory = (changed: Partial<Size>) => generationMemory(model, { ...size, ...changed }, paths, side);
  const needed = memory({});
  if (needed <= available) return;
  const none = memory({ made: 0 });
  const each = (needed - none) / (size.made * size.frames);
  const frames = Math.max(0, Math.floor((available - none) / each));
  const fits = [
    ...(frames >= size.frames ? [sequences(Math.floor(frames / size.frames), size.frames)] : []),
    ...(frames >= size.made ? [sequences(size.made, Math.floor(frames / size.made))] : []),
    ...(frames > 0 && frames < Math.min(size.frames, size.made) ? [sequences(1, frames)] : []),
  ];
  const advice = fits.length > 0 ? `at most ${fits.join(', or ')} would fit` : 'not one frame of them would fit';
  throw new CdsvaeError(
    'usage',
    `${sequences(size.made, size.frames)} take about ${gib(needed)} of memory, and ${gib(available)} are free; ${advice}`,
  );
}

function sequences(count: number, frames: number): string {
  return `${counted(count, 'sequence')} of ${counted(frames, 'frame')}`;
}
