/** Unsupervised voice conversion (§2.3): the same words at the same times, in another voice. Runs in the browser too. */
import type { Random } from '../../random.js';
import { resample } from './resample.js';
import { stretch } from './wsola.js';

/** Factors of pitch are whole hundredths, so that resampling is exact. */
const STEPS = 100;

/**
 * Moves pitch and formants by a factor and leaves every moment where it is: the time scale is modified by the factor (WSOLA),
 * then the whole is played so much faster.
 *
 * @param x at 16 kHz, `[n]`
 * @param factor of all frequencies, in hundredths: 1.2 is three semitones up
 * @returns `[n]`; with a factor below 1 nothing is left above 8 kHz·factor
 */
export function convertVoice(x: Float32Array, factor: number): Float32Array {
  const converted = resample(stretch(x, factor), STEPS, Math.round(factor * STEPS));
  const out = new Float32Array(x.length);
  out.set(converted.subarray(0, x.length));
  return out;
}

/**
 * Factors for the conversions of an utterance, in turn below and above 1: exp(±u), u uniform between a third of log(1 +
 * strength) and the whole.
 *
 * @param count K
 * @param strength largest change: 0.3 draws from [1/1.3, 1/1.09] and [1.09, 1.3]
 */
export function drawFactors(count: number, strength: number, random: Random): number[] {
  const most = Math.log(1 + strength);
  return Array.from({ length: count }, (_, k) => {
    const size = random.uniform(most / 3, most);
    return Math.round(STEPS * Math.exp(k % 2 === 0 ? -size : size)) / STEPS;
  });
}
