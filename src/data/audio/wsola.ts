/** Time-scale modification. No files, so that the browser can use it too. */

/** Samples of a piece at 16 kHz, 32 ms: two periods of the lowest voices. Pieces overlap by half. */
const PIECE = 512;
const HOP = PIECE / 2;
/** How far a piece may be moved to fit, 8 ms: less than the shift of a frame, and together a period of 62 Hz. */
const TOLERANCE = 128;
/** The search compares every other sample at every fourth place, then all samples at the places around the best. */
const COARSE = 4;

/** Hann; two that overlap by half sum to 1. */
const FADE = Float64Array.from({ length: PIECE }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / PIECE));

/**
 * Makes speech longer or shorter and leaves its pitch: WSOLA, overlap-add of pieces taken where they continue best what was
 * last heard (Verhelst and Roelands, "An overlap-add technique based on waveform similarity (WSOLA) for high quality
 * time-scale modification of speech", ICASSP 1993).
 *
 * @param x at 16 kHz, `[n]`
 * @param factor 2: twice as long
 * @returns `[round(n·factor)]`; what stands at t comes from within 8 ms of t / factor
 */
export function stretch(x: Float32Array, factor: number): Float32Array {
  const out = new Float32Array(Math.round(x.length * factor));
  // Silence on both sides, so that no piece reaches over an end.
  const padding = PIECE + TOLERANCE;
  const source = new Float32Array(x.length + 2 * padding);
  source.set(x, padding);
  const last = source.length - PIECE;
  let place: number | undefined;
  // The first piece begins half its length before the output, so that every sample lies under two.
  for (let at = -HOP; at < out.length; at += HOP) {
    // The middle of the piece is what stands still in time.
    const ideal = Math.round((at + HOP) / factor) - HOP + padding;
    place = place === undefined ? ideal : bestMatch(source, place + HOP, ideal, last);
    place = Math.min(Math.max(place, 0), last);
    for (let i = Math.max(0, -at); i < PIECE && at + i < out.length; i++) out[at + i]! += FADE[i]! * source[place + i]!;
  }
  return out;
}

/** The place near `ideal` whose piece is most like the natural continuation, by normalised correlation. */
function bestMatch(source: Float32Array, continuation: number, ideal: number, last: number): number {
  const natural = Math.min(continuation, last);
  const low = Math.max(0, ideal - TOLERANCE);
  const high = Math.min(last, ideal + TOLERANCE);
  const search = (from: number, to: number, step: number, stride: number): number => {
    let [best, place] = [Number.NEGATIVE_INFINITY, Math.min(Math.max(ideal, from), to)];
    for (let p = from; p <= to; p += step) {
      const similarity = correlation(source, natural, p, stride);
      if (similarity > best) [best, place] = [similarity, p];
    }
    return place;
  };
  const near = search(low, high, COARSE, 2);
  return search(Math.max(low, near - COARSE + 1), Math.min(high, near + COARSE - 1), 1, 1);
}

function correlation(source: Float32Array, a: number, b: number, stride: number): number {
  let [product, energy] = [0, 1e-12];
  for (let i = 0; i < PIECE; i += stride) {
    const v = source[b + i]!;
    product += source[a + i]! * v;
    energy += v * v;
  }
  return product / Math.sqrt(energy);
}
