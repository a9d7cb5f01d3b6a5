import type { Random } from '../random.js';
import { type ColourMatrix, hueMatrix, identityMatrix, mixMatrix, multiply, saturationMatrix } from './colour.js';
import { checkMotionSettings, type MotionSettings, motionShapes, type VideoShape } from './settings.js';

/**
 * Values for the inputs that `motionInputs` makes for the same settings and shape: one draw a sequence.
 *
 * A pure function of the generator given. Strengths are drawn in a fixed order whether they are used or not, so switching
 * one change on or off leaves the others as they were.
 *
 * - `motion.rows`, `motion.columns` `[B, 2]`: centre (pixels, the first pixel's centre is 0) and length (1 is the whole
 *   frame) of the part of the source that fills the frame
 * - `motion.blur` `[B]`: standard deviation in pixels
 * - `motion.colour` `[B, C, C]`, `motion.pivot` `[B, C]`: y = colour·x + pivot·(mean luma of the sequence)
 * - `motion.noise` `[B, H, W, C]`: added
 *
 * @throws CdsvaeError `usage` when a setting is out of range
 */
export function drawMotion(
  settings: MotionSettings,
  shape: VideoShape,
  random: Random,
): Record<string, Float32Array<ArrayBuffer>> {
  checkMotionSettings(settings);
  const { batch, height, width, channels } = shape;
  const values: Record<string, Float32Array<ArrayBuffer>> = Object.fromEntries(
    Object.entries(motionShapes(settings, shape)).map(([name, dims]) => [
      name,
      new Float32Array(dims.reduce((n, d) => n * d, 1)),
    ]),
  );
  const { rows, columns, blur, colour, pivot, noise } = Object.fromEntries(
    Object.entries(values).map(([name, array]) => [name.replace('motion.', ''), array]),
  );

  const deviations = new Float32Array(batch);

  for (let b = 0; b < batch; b++) {
    const share = 1 - random.uniform(0, settings.crop);
    const window = (length: number): [number, number] => {
      const place = random.uniform(-1, 1) * ((1 - share) / 2) * length;
      const factor = (1 + settings.stretch) ** random.uniform(-1, 1);
      return [(length - 1) / 2 + place, share / factor];
    };
    const [y, x] = [window(height), window(width)];
    const sigma = random.uniform(0, settings.blur);
    const { matrix, offset } = drawColour(settings, channels, random);
    deviations[b] = random.uniform(0, settings.noise);

    if (rows) rows.set(y, b * 2);
    if (columns) columns.set(x, b * 2);
    if (blur) blur[b] = sigma;
    if (colour) colour.set(matrix, b * channels * channels);
    if (pivot) pivot.set(offset, b * channels);
  }
  // Last, because it takes many numbers: the strengths are the same with it and without.
  if (noise) {
    const size = noise.length / batch;
    for (let i = 0; i < noise.length; i++) noise[i] = deviations[Math.floor(i / size)]! * random.normal();
  }
  return values;
}

/** Contrast, saturation, hue, channel mix and brightness, in this order, as one affine map. */
function drawColour(s: MotionSettings, channels: number, random: Random): { matrix: ColourMatrix; offset: number[] } {
  const factor = (strength: number) => 1 + strength * random.uniform(-1, 1);
  const contrast = factor(s.contrast);
  const saturation = factor(s.saturation);
  const hue = 2 * Math.PI * s.hue * random.uniform(-1, 1);
  const mix = random.uniform(0, s.channelMix);
  // Exponential numbers over their sum: uniform over all ways to share 1 out. 1 − u is never 0; the floor keeps a row's sum so.
  const shares = Array.from({ length: channels * channels }, () => Math.max(1e-9, -Math.log(1 - random.uniform())));
  const brightness = factor(s.brightness);

  let matrix = identityMatrix(channels);
  if (channels === 3) matrix = multiply(hueMatrix(hue), saturationMatrix(saturation), 3);
  if (channels > 1) matrix = multiply(mixMatrix(mix, shares, channels), matrix, channels);
  // Contrast comes first, k·x + (1 − k)·mean; every later step keeps greys grey, so what the mean becomes is the brightness.
  const offset = new Array<number>(channels).fill(brightness * (1 - contrast));
  return { matrix: matrix.map((v) => brightness * contrast * v), offset };
}
