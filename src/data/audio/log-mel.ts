/**
 * Log-mel spectra. No files, so that the browser can use it too. The recipe, in librosa's words:
 *
 *     S = librosa.feature.melspectrogram(y=y, sr=16000, n_fft=512, win_length=400, hop_length=160, window='hann',
 *                                        center=False, power=2.0, n_mels=80, fmin=0, fmax=8000, htk=False, norm='slaney')
 *     x = np.log(np.maximum(S, 1e-10)).T
 */
import FFT from 'fft.js';

/** Hz. */
export const SAMPLE_RATE = 16_000;
/** F, mel bands. */
export const MEL_BANDS = 80;
/** Samples between frames: 10 ms. */
export const HOP = 160;
/** Samples under the Hann window: 25 ms. */
export const WINDOW = 400;
/** Length of the Fourier transform; the window stands in its middle. */
export const FFT_SIZE = 512;
/** Power below which all is silence. */
const FLOOR = 1e-10;

/** Frequencies of the spectrum. */
export const BINS = FFT_SIZE / 2 + 1;

/** Frames in so many samples; frames reach over no end. */
export function framesIn(samples: number): number {
  return samples < FFT_SIZE ? 0 : 1 + Math.floor((samples - FFT_SIZE) / HOP);
}

/** Samples that so many frames reach over. */
export function samplesIn(frames: number): number {
  return FFT_SIZE + (frames - 1) * HOP;
}

/**
 * The log-mel spectrum: natural logarithm of the power in each band.
 *
 * @param samples at 16 kHz, `[n]`
 * @returns `[framesIn(n), 80]`
 */
export function logMel(samples: Float32Array): Float32Array {
  const frames = framesIn(samples.length);
  const out = new Float32Array(frames * MEL_BANDS);
  const fft = new FFT(FFT_SIZE);
  const frame = new Float64Array(FFT_SIZE);
  const spectrum = new Float64Array(2 * FFT_SIZE);
  const power = new Float64Array(BINS);
  for (let t = 0; t < frames; t++) {
    for (let i = 0; i < WINDOW; i++) frame[WINDOW_OFFSET + i] = samples[t * HOP + WINDOW_OFFSET + i]! * HANN[i]!;
    fft.realTransform(spectrum, frame);
    for (let k = 0; k < BINS; k++) power[k] = spectrum[2 * k]! ** 2 + spectrum[2 * k + 1]! ** 2;
    for (let m = 0; m < MEL_BANDS; m++) {
      const { first, weights } = FILTERS[m]!;
      let sum = 0;
      for (let j = 0; j < weights.length; j++) sum += weights[j]! * power[first + j]!;
      out[t * MEL_BANDS + m] = Math.log(Math.max(sum, FLOOR));
    }
  }
  return out;
}

/** Samples of a frame before its window. */
export const WINDOW_OFFSET = (FFT_SIZE - WINDOW) / 2;
/** The window, `[400]`: periodic, as `scipy.signal.get_window('hann', 400)`. */
export const HANN = Float64Array.from({ length: WINDOW }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / WINDOW));

/** A triangle over the bins of the spectrum, from the first bin on that it touches. */
interface MelFilter {
  readonly first: number;
  readonly weights: Float64Array;
}

/** Triangles of area 1 between points evenly spaced on the mel scale (Slaney's Auditory Toolbox, 1998). */
export const FILTERS: readonly MelFilter[] = (() => {
  const points = melFrequencies(MEL_BANDS + 2, SAMPLE_RATE / 2);
  return Array.from({ length: MEL_BANDS }, (_, m) => {
    const [low, middle, high] = points.slice(m, m + 3) as [number, number, number];
    const weight = (k: number) => {
      const hz = (k * SAMPLE_RATE) / FFT_SIZE;
      return (Math.max(0, Math.min((hz - low) / (middle - low), (high - hz) / (high - middle))) * 2) / (high - low);
    };
    const all = Array.from({ length: BINS }, (_, k) => weight(k));
    const first = all.findIndex((w) => w > 0);
    return { first, weights: Float64Array.from(all.slice(first, all.findLastIndex((w) => w > 0) + 1)) };
  });
})();

/** Frequencies in Hz from 0 to `top`, evenly spaced on the mel scale: `librosa.mel_frequencies(n_mels=count, fmax=top)`. */
export function melFrequencies(count: number, top: number): number[] {
  return Array.from({ length: count }, (_, i) => toHz((toMel(top) * i) / (count - 1)));
}

/** Linear up to 1000 Hz, where 15 mel are reached, then 27 mel for every factor of 6.4. */
function toMel(hz: number): number {
  return hz < 1000 ? (3 * hz) / 200 : 15 + (27 * Math.log(hz / 1000)) / Math.log(6.4);
}

function toHz(mel: number): number {
  return mel < 15 ? (200 * mel) / 3 : 1000 * 6.4 ** ((mel - 15) / 27);
}
