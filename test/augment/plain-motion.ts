import type { MotionSettings, VideoShape } from '../../src/augment/index.js';

/** What `drawMotion` gives. */
export type Drawn = Record<string, Float32Array>;

/**
 * The motion view pixel by pixel, one step after the other, as its settings describe it: no matrices, nothing folded
 * together. Shares no code with `src/augment`.
 *
 * @param x `[B, T, H, W, C]`
 */
export function plainMotion(
  x: Float32Array,
  shape: VideoShape,
  frames: number,
  drawn: Drawn,
  border: MotionSettings['border'],
): Float64Array<ArrayBuffer> {
  const { batch, height: h, width: w, channels: c } = shape;
  const size = h * w * c;
  const out = new Float64Array(x.length);
  for (let b = 0; b < batch; b++) {
    const luma = meanLuma(x.subarray(b * frames * size, (b + 1) * frames * size), c);
    for (let t = 0; t < frames; t++) {
      const start = (b * frames + t) * size;
      let image = Float64Array.from(x.subarray(start, start + size));
      if (drawn['motion.rows']) image = resample(image, h, w, c, drawn, b, border);
      if (drawn['motion.blur']) image = blur(image, h, w, c, drawn['motion.blur'][b]!);
      for (let p = 0; p < h * w; p++) {
        const pixel = Array.from(image.subarray(p * c, (p + 1) * c));
        for (let k = 0; k < c; k++) {
          let v = pixel[k]!;
          if (drawn['motion.colour']) {
            v = 0;
            for (let l = 0; l < c; l++) v += drawn['motion.colour'][(b * c + k) * c + l]! * pixel[l]!;
          }
          if (drawn['motion.pivot']) v += drawn['motion.pivot'][b * c + k]! * luma;
          if (drawn['motion.noise']) v += drawn['motion.noise'][(b * h * w + p) * c + k]!;
          out[start + p * c + k] = Math.min(1, Math.max(0, v));
        }
      }
    }
  }
  return out;
}

function meanLuma(x: Float32Array, c: number): number {
  const weights = c === 3 ? [0.299, 0.587, 0.114] : new Array<number>(c).fill(1 / c);
  return x.reduce((sum, v, i) => sum + v * weights[i % c]!, 0) / (x.length / c);
}

/** Bilinear sampling at (y, x) for every pixel; where the source shrinks, a triangle as wide as the step. */
function resample(
  image: Float64Array<ArrayBuffer>,
  h: number,
  w: number,
  c: number,
  drawn: Drawn,
  b: number,
  border: MotionSettings['border'],
): Float64Array<ArrayBuffer> {
  const out = new Float64Array(image.length);
  for (let i = 0; i < h; i++) {
    const rows = taps(i, h, drawn['motion.rows']!.subarray(2 * b), border);
    for (let j = 0; j < w; j++) {
      const columns = taps(j, w, drawn['motion.columns']!.subarray(2 * b), border);
      for (const [y, u] of rows)
        for (const [x, v] of columns)
          for (let k = 0; k < c; k++) out[(i * w + j) * c + k]! += u * v * image[(y * w + x) * c + k]!;
    }
  }
  return out;
}

/** Source pixels along one axis and their weights. */
function taps(
  i: number,
  n: number,
  part: Float32Array,
  border: MotionSettings['border'],
): (readonly [number, number])[] {
  const [centre, length] = [part[0]!, part[1]!];
  const p = centre + (i - (n - 1) / 2) * length;
  const reach = Math.max(1, length);
  const nearest = Math.min(n - 1, Math.max(0, p));
  const found: [number, number][] = [];
  for (let j = 0; j < n; j++) {
    const weight = 1 - Math.abs(j - nearest) / reach;
    if (weight > 0) found.push([j, weight]);
  }
  const total = found.reduce((s, [, v]) => s + v, 0);
  const seen = border === 'zero' ? Math.max(0, 1 - Math.abs(p - nearest)) : 1;
  return found.map(([j, v]) => [j, (v / total) * seen]);
}

/** Both axes at once: a two-dimensional Gaussian over the pixels of the frame. */
function blur(
  image: Float64Array<ArrayBuffer>,
  h: number,
  w: number,
  c: number,
  sigma: number,
): Float64Array<ArrayBuffer> {
  if (sigma === 0) return image;
  const out = new Float64Array(image.length);
  for (let i = 0; i < h; i++)
    for (let j = 0; j < w; j++) {
      let total = 0;
      const sums = new Array<number>(c).fill(0);
      for (let y = 0; y < h; y++)
        for (let x = 0; x < w; x++) {
          const weight = Math.exp(-((i - y) ** 2 + (j - x) ** 2) / (2 * sigma * sigma));
          total += weight;
          for (let k = 0; k < c; k++) sums[k]! += weight * image[(y * w + x) * c + k]!;
        }
      for (let k = 0; k < c; k++) out[(i * w + j) * c + k] = sums[k]! / total;
    }
  return out;
}
