import { framesIn, logMel, MEL_BANDS, SAMPLE_RATE } from './log-mel.js';
import { resample } from './resample.js';
import type { Sound } from './sound.js';

/** T, frames of a segment: 200 ms (§4.1). */
export const SEGMENT_FRAMES = 20;
/** Values of a segment. */
export const SEGMENT_LENGTH = SEGMENT_FRAMES * MEL_BANDS;

/** Mean and standard deviation of every band over training data: what makes log-mel spectra the values a model sees. */
export interface BandStatistics {
  /** `[80]` */
  readonly mean: readonly number[];
  /** `[80]`, all above 0. */
  readonly deviation: readonly number[];
}

/** A recording at 16 kHz. */
export function atModelRate({ sampleRate, samples }: Sound): Float32Array {
  return resample(samples, SAMPLE_RATE, sampleRate);
}

/** Segments in so many samples at 16 kHz, one after another; what is left at the end is dropped. */
export function segmentsIn(samples: number): number {
  return Math.floor(framesIn(samples) / SEGMENT_FRAMES);
}

/**
 * Log-mel segments of a recording.
 *
 * @param samples at 16 kHz
 * @param statistics values are standardised with these; none: left as they are
 * @returns `[segmentsIn, 20, 80]`
 */
export function segments(samples: Float32Array, statistics?: BandStatistics): Float32Array {
  const values = logMel(samples).subarray(0, segmentsIn(samples.length) * SEGMENT_LENGTH);
  if (statistics) standardize(values, statistics);
  return values;
}

/** Makes log-mel values of frames, in place, those a model sees: (x − mean) / deviation. */
export function standardize(values: Float32Array, { mean, deviation }: BandStatistics): void {
  for (let i = 0; i < values.length; i++) {
    const band = i % MEL_BANDS;
    values[i] = (values[i]! - mean[band]!) / deviation[band]!;
  }
}

/** Log-mel values of what a model sees: the reverse of {@link standardize}, as a copy. */
export function logMelOf(values: Float32Array, { mean, deviation }: BandStatistics): Float32Array {
  return values.map((v, i) => v * deviation[i % MEL_BANDS]! + mean[i % MEL_BANDS]!);
}

/** Sums from which {@link BandStatistics} are made. */
export class BandSums {
  count = 0;
  readonly sum = new Float64Array(MEL_BANDS);
  readonly squares = new Float64Array(MEL_BANDS);

  /** @param values log-mel frames, `[n, 80]` */
  add(values: Float32Array): this {
    this.count += values.length / MEL_BANDS;
    for (let i = 0; i < values.length; i++) {
      const band = i % MEL_BANDS;
      this.sum[band]! += values[i]!;
      this.squares[band]! += values[i]! ** 2;
    }
    return this;
  }

  /** Adds those of others, such as came from a worker. */
  merge(other: { readonly count: number; readonly sum: ArrayLike<number>; readonly squares: ArrayLike<number> }): void {
    this.count += other.count;
    for (let band = 0; band < MEL_BANDS; band++) {
      this.sum[band]! += other.sum[band]!;
      this.squares[band]! += other.squares[band]!;
    }
  }

  /** A band that never changes is left at a deviation of 1. */
  statistics(): BandStatistics {
    const mean = Array.from(this.sum, (s) => s / this.count);
    const deviation = Array.from(this.squares, (s, band) => Math.sqrt(Math.max(0, s / this.count - mean[band]! ** 2)));
    return { mean, deviation: deviation.map((d) => (d < 1e-3 ? 1 : d)) };
  }
}
