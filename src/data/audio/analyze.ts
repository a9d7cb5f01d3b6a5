/** What is done with one recording, in a thread of the pool or wherever else it is called. */
import { MEL_BANDS, SAMPLE_RATE } from './log-mel.js';
import { readSound } from './read-sound.js';
import { atModelRate, type BandStatistics, BandSums, SEGMENT_LENGTH, segments } from './segments.js';
import { convertVoice } from './voice-conversion.js';

/** The first pass: is it sound, how long is it, what are its sums. */
export interface SurveyTask {
  readonly kind: 'survey';
  readonly path: string;
}
export interface Survey {
  readonly segments: number;
  /** Hz, as recorded. */
  readonly sampleRate: number;
  readonly seconds: number;
  /** Lowest and highest log-mel value of each band, `[80]`. */
  readonly low: readonly number[];
  readonly high: readonly number[];
  readonly sums: { readonly count: number; readonly sum: readonly number[]; readonly squares: readonly number[] };
}

/** The second pass: the values themselves, and those of its conversions. */
export interface ExtractTask {
  readonly kind: 'extract';
  readonly path: string;
  readonly statistics: BandStatistics;
  /** Factor of each conversion. */
  readonly factors: readonly number[];
}
export interface Extract {
  /** `[n, 20, 80]` */
  readonly sequences: Float32Array;
  /** `[n, K, 20, 80]` */
  readonly conversions: Float32Array;
}

/** @throws CdsvaeError `input`: a recording that cannot be read */
export async function survey({ path }: SurveyTask): Promise<Survey> {
  const sound = await readSound(path);
  const samples = atModelRate(sound);
  const values = segments(samples);
  const low = new Array<number>(MEL_BANDS).fill(Number.POSITIVE_INFINITY);
  const high = new Array<number>(MEL_BANDS).fill(Number.NEGATIVE_INFINITY);
  for (let i = 0; i < values.length; i++) {
    const band = i % MEL_BANDS;
    if (values[i]! < low[band]!) low[band] = values[i]!;
    if (values[i]! > high[band]!) high[band] = values[i]!;
  }
  const { count, sum, squares } = new BandSums().add(values);
  return {
    segments: values.length / SEGMENT_LENGTH,
    sampleRate: sound.sampleRate,
    seconds: samples.length / SAMPLE_RATE,
    low,
    high,
    sums: { count, sum: Array.from(sum), squares: Array.from(squares) },
  };
}

/** @throws CdsvaeError `input` */
export async function extract({ path, statistics, factors }: ExtractTask): Promise<Extract> {
  const samples = atModelRate(await readSound(path));
  const sequences = segments(samples, statistics);
  const conversions = new Float32Array(sequences.length * factors.length);
  for (const [k, factor] of factors.entries()) {
    const converted = segments(convertVoice(samples, factor), statistics);
    for (let n = 0; n * SEGMENT_LENGTH < converted.length; n++) {
      const segment = converted.subarray(n * SEGMENT_LENGTH, (n + 1) * SEGMENT_LENGTH);
      conversions.set(segment, (n * factors.length + k) * SEGMENT_LENGTH);
    }
  }
  return { sequences, conversions };
}
