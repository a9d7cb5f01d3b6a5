/**
 * Feeds damaged files to the decoders of sound. Each must give sound or an error of ours that names the file, at once, and no
 * more sound than its bound. A long run:
 *
 *   FUZZ=100000 npx vitest run test/data/audio/fuzz.test.ts
 */
import { decodeSound } from '../../../src/data/audio/decode-sound.js';
import { CdsvaeError } from '../../../src/errors.js';
import { fixture, sphere, wav } from './fixtures.js';
import { mutate } from './mutate.js';

const wave = Float32Array.from({ length: 200 }, (_, i) => Math.sin(i / 5));

/** Whole files of each format, small so that much can be tried. */
export const WHOLE: Readonly<Record<string, readonly Uint8Array[]>> = {
  wav: [wav(wave), ...['int8', 'int24', 'float32', 'float64', 'stereo'].map((name) => fixture(`${name}.wav`))],
  sphere: [false, true].map((big) =>
    sphere(
      Int16Array.from(wave, (v) => 32767 * v),
      {},
      big,
    ),
  ),
  flac: ['short16', 'silence16', 'noise16', 'wasted16', 'stereo16', 'mono24'].map((name) => fixture(`${name}.flac`)),
};

/** Milliseconds a file of a few kilobytes may take: a hundred times what it does, on a machine that does other things too. */
const PATIENCE = 5000;

/** What came of a run. */
export interface Fuzzed {
  readonly read: number;
  readonly refused: number;
  /** Milliseconds of the slowest file. */
  readonly slowest: number;
  /** Samples of the longest sound. */
  readonly longest: number;
}

/** @throws Error naming the seed and number of a file that made a decoder fail */
export function fuzz(format: string, count: number, seed: number): Fuzzed {
  const files = WHOLE[format]!;
  let [read, refused, slowest, longest] = [0, 0, 0, 0];
  for (let i = 0; i < count; i++) {
    const bytes = mutate(files[i % files.length]!, seed, i);
    const begun = performance.now();
    try {
      const { samples, sampleRate } = decodeSound(bytes, 'file');
      longest = Math.max(longest, samples.length);
      const sane = samples.length > 0 && samples.every(Number.isFinite) && sampleRate >= 4000 && sampleRate <= 384_000;
      // A frame of FLAC is at least 10 bytes and at most 65,536 samples; other formats store each.
      const most = format === 'flac' ? (bytes.length / 10) * 65_536 : bytes.length;
      if (!sane || samples.length > most) throw new Error(`${samples.length} samples of ${bytes.length} bytes`);
      read++;
    } catch (error) {
      if (!(error instanceof CdsvaeError && error.code === 'input' && error.message.startsWith('file: '))) {
        throw new Error(`${format}, seed ${seed}, file ${i}: ${error}`, { cause: error });
      }
      refused++;
    }
    const took = performance.now() - begun;
    slowest = Math.max(slowest, took);
    if (took > PATIENCE) throw new Error(`${format}, seed ${seed}, file ${i}: ${took} ms`);
  }
  return { read, refused, slowest, longest };
}
