/** Change of the sample rate by a rational factor. No files, so that the browser can use it too. */

/** Zero crossings of the low-pass filter on each side, and the shape of its Kaiser window: those of scipy's `resample_poly`. */
const CROSSINGS = 10;
const BETA = 5;

/**
 * Resamples by up/down: `scipy.signal.resample_poly(x, up, down)`, a polyphase low-pass of windowed-sinc form that cuts at
 * the lower of the two Nyquist frequencies and does not shift the signal.
 *
 * @param x `[n]`
 * @returns `[ceil(n·up/down)]`; beyond its ends x is taken for 0
 */
export function resample(x: Float32Array, up: number, down: number): Float32Array {
  const g = gcd(up, down);
  const [u, d] = [up / g, down / g];
  if (u === d) return x;
  const filter = lowPass(u, d);
  const half = (filter.length - 1) / 2;
  const out = new Float32Array(Math.ceil((x.length * u) / d));
  for (let i = 0; i < out.length; i++) {
    // On the grid of u times the rate, output i stands at i·d; x[k] stands at k·u.
    const place = i * d;
    const first = Math.max(0, Math.ceil((place - half) / u));
    const last = Math.min(x.length - 1, Math.floor((place + half) / u));
    let sum = 0;
    for (let k = first; k <= last; k++) sum += x[k]! * filter[place - k * u + half]!;
    out[i] = sum;
  }
  return out;
}

const filters = new Map<string, Float64Array>();

/** `[2·10·max(up, down) + 1]`, scaled so that its sum is `up`. */
function lowPass(up: number, down: number): Float64Array {
  const key = `${up}/${down}`;
  const known = filters.get(key);
  if (known) return known;
  const rate = Math.max(up, down);
  const half = CROSSINGS * rate;
  const filter = Float64Array.from({ length: 2 * half + 1 }, (_, i) => {
    const t = (i - half) / rate;
    const window = bessel(BETA * Math.sqrt(Math.max(0, 1 - ((i - half) / half) ** 2))) / bessel(BETA);
    return window * (t === 0 ? 1 : Math.sin(Math.PI * t) / (Math.PI * t));
  });
  const sum = filter.reduce((a, b) => a + b, 0);
  const scaled = filter.map((v) => (v * up) / sum);
  filters.set(key, scaled);
  return scaled;
}

/** The modified Bessel function I₀, by its power series. */
function bessel(x: number): number {
  let [sum, term] = [1, 1];
  for (let k = 1; term > 1e-17 * sum; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}
