import FFT from 'fft.js';
import { BINS, FFT_SIZE, FILTERS, HANN, HOP, MEL_BANDS, samplesIn, WINDOW, WINDOW_OFFSET } from './log-mel.js';

/** Of power, and then of phase; more are not heard. */
const ITERATIONS = 60;
/** Share of the time that goes into power. */
const POWER_SHARE = 1 / 3;

/**
 * Sound of a log-mel spectrum. What the mel bands have lost is guessed: the power of each bin by multiplicative updates that
 * keep it positive (Lee and Seung, 2001), and its phase by going back and forth between sound and spectrum (Griffin and Lim,
 * "Signal estimation from modified short-time Fourier transform", 1984).
 *
 * @param logMel natural logarithms of power, `[T, 80]`
 * @param onProgress told of the share that is done, 0 to 1, and awaited, for what else there is to do: a frame takes some milliseconds
 * @returns samples at 16 kHz, `[samplesIn(T)]`
 */
export async function griffinLim(
  logMel: Float32Array,
  onProgress: (share: number) => Promise<void> | void = () => {},
): Promise<Float32Array> {
  const magnitudes: Float64Array[] = [];
  for (let at = 0; at < logMel.length; at += MEL_BANDS) {
    magnitudes.push(binPower(logMel.subarray(at, at + MEL_BANDS)).map(Math.sqrt));
    await onProgress((POWER_SHARE * (at + MEL_BANDS)) / logMel.length);
  }
  const fft = new FFT(FFT_SIZE);
  // At first every bin has phase 0 at the start of the sound, which lets it go on smoothly from frame to frame.
  let spectra = magnitudes.map((magnitude, t) => {
    const spectrum: Float64Array = new Float64Array(2 * FFT_SIZE);
    magnitude.forEach((m, k) => {
      const phase = (2 * Math.PI * k * t * HOP) / FFT_SIZE;
      spectrum[2 * k] = m * Math.cos(phase);
      spectrum[2 * k + 1] = m * Math.sin(phase);
    });
    return spectrum;
  });
  let sound = overlapAdd(fft, spectra);
  for (let i = 0; i < ITERATIONS; i++) {
    await onProgress(POWER_SHARE + ((1 - POWER_SHARE) * i) / ITERATIONS);
    spectra = magnitudes.map((magnitude, t) => {
      const spectrum = analyze(fft, sound, t);
      magnitude.forEach((m, k) => {
        const scale = m / Math.max(1e-12, Math.hypot(spectrum[2 * k]!, spectrum[2 * k + 1]!));
        spectrum[2 * k]! *= scale;
        spectrum[2 * k + 1]! *= scale;
      });
      return spectrum;
    });
    sound = overlapAdd(fft, spectra);
  }
  return Float32Array.from(sound);
}

/** Power of the 257 bins of a frame whose mel bands are these. */
function binPower(logMel: Float32Array): Float64Array {
  const mel = Float64Array.from(logMel, Math.exp);
  const power = new Float64Array(BINS).fill(1e-6);
  const toBins = (bands: Float64Array) => {
    const out = new Float64Array(BINS);
    FILTERS.forEach(({ first, weights }, m) => {
      weights.forEach((w, j) => {
        out[first + j]! += w * bands[m]!;
      });
    });
    return out;
  };
  const wanted = toBins(mel);
  for (let i = 0; i < ITERATIONS; i++) {
    const bands = Float64Array.from(FILTERS, ({ first, weights }) =>
      weights.reduce((sum, w, j) => sum + w * power[first + j]!, 0),
    );
    const found = toBins(bands);
    for (let k = 0; k < BINS; k++) power[k]! *= wanted[k]! / Math.max(1e-20, found[k]!);
  }
  return power;
}

function analyze(fft: FFT, sound: Float64Array, t: number): Float64Array {
  const frame = new Float64Array(FFT_SIZE);
  for (let i = 0; i < WINDOW; i++) frame[WINDOW_OFFSET + i] = sound[t * HOP + WINDOW_OFFSET + i]! * HANN[i]!;
  const spectrum = new Float64Array(2 * FFT_SIZE);
  fft.realTransform(spectrum, frame);
  return spectrum;
}

/** The sound whose windowed frames come nearest to the spectra, in the sense of least squares. */
function overlapAdd(fft: FFT, spectra: readonly Float64Array[]): Float64Array {
  const sound = new Float64Array(samplesIn(spectra.length));
  const weight = new Float64Array(sound.length);
  const frame = new Float64Array(2 * FFT_SIZE);
  spectra.forEach((spectrum, t) => {
    fft.completeSpectrum(spectrum);
    fft.inverseTransform(frame, spectrum);
    for (let i = 0; i < WINDOW; i++) {
      const at = t * HOP + WINDOW_OFFSET + i;
      sound[at]! += frame[2 * (WINDOW_OFFSET + i)]! * HANN[i]!;
      weight[at]! += HANN[i]! ** 2;
    }
  });
  return sound.map((v, i) => (weight[i]! > 1e-3 ? v / weight[i]! : 0));
}
