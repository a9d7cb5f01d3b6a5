/** A recording in memory, and the bounds every decoder holds it to. No files, so that the browser can use it too. */
import { CdsvaeError } from '../../errors.js';

/** One channel of sound. */
export interface Sound {
  /** Samples a second. */
  readonly sampleRate: number;
  /** Values from −1 to 1; float files may go beyond. */
  readonly samples: Float32Array;
}

/** How samples are stored: what a header says, before it is believed. */
export interface SoundFormat {
  readonly sampleRate: number;
  readonly channels: number;
}

/** Samples in one file, all channels together: 4.7 hours at 16 kHz, 1 GB in memory. More is refused before it is read. */
export const MOST_SAMPLES = 2 ** 28;
/** Lowest and highest sample rate taken, in Hz. */
const RATES = [4000, 384_000] as const;
const MOST_CHANNELS = 8;
/** Floats may go beyond 1; what goes beyond this is no sound, and its power would overflow. */
const LOUDEST = 1e6;

/** @throws CdsvaeError `input` for a rate or number of channels that no recording of speech has */
export function checkFormat({ sampleRate, channels }: SoundFormat, file: string): void {
  if (!Number.isInteger(sampleRate) || sampleRate < RATES[0] || sampleRate > RATES[1]) {
    throw new CdsvaeError('input', `${file}: a sample rate of ${sampleRate} Hz found, ${RATES.join(' to ')} expected`);
  }
  if (!Number.isInteger(channels) || channels < 1 || channels > MOST_CHANNELS) {
    throw new CdsvaeError('input', `${file}: ${channels} channels found, 1 to ${MOST_CHANNELS} expected`);
  }
}

/** @throws CdsvaeError `input` where there is nothing, or far too much */
export function checkLength(samples: number, file: string): void {
  if (samples === 0) throw new CdsvaeError('input', `${file}: no samples found; leave the file out`);
  if (samples > MOST_SAMPLES) {
    throw new CdsvaeError(
      'input',
      `${file}: ${samples} samples found, at most ${MOST_SAMPLES} expected; cut it in parts`,
    );
  }
}

/**
 * The mean of channels that take turns.
 *
 * @param valueAt sample i of all: i = frame·channels + channel
 * @param frames samples of each channel
 * @throws CdsvaeError `input` where one is no number or beyond all bounds, saying when
 */
export function mixDown(format: SoundFormat, frames: number, valueAt: (i: number) => number, file: string): Sound {
  const { channels, sampleRate } = format;
  const samples = new Float32Array(frames);
  for (let t = 0; t < frames; t++) {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += valueAt(t * channels + c);
    const value = sum / channels;
    if (!(Math.abs(value) <= LOUDEST)) {
      throw new CdsvaeError(
        'input',
        `${file}: ${value} found at ${(t / sampleRate).toFixed(3)} s, numbers from −1 to 1 (${LOUDEST} at most) expected; save it again`,
      );
    }
    samples[t] = value;
  }
  return { sampleRate, samples };
}
