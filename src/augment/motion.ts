import {
  add,
  clip,
  expand,
  type Graph,
  graphError,
  matmul,
  matrixTranspose,
  mul,
  reshape,
  type Tensor,
} from '../graph/index.js';
import { identityMatrix, lumaWeights } from './colour.js';
import { blurring, resampling } from './resample.js';
import { checkMotionSettings, type MotionSettings, motionShapes, type VideoShape } from './settings.js';

/** What the graph takes for the motion view of a batch; only what the settings ask for is there. */
export interface MotionInputs {
  readonly shape: VideoShape;
  readonly border: MotionSettings['border'];
  /** Centre and length of the part of the source's rows that fills the frame, `[B, 2]`. */
  readonly rows?: Tensor;
  /** The same for its columns, `[B, 2]`. */
  readonly columns?: Tensor;
  /** Standard deviation of the blur in pixels, `[B]`. */
  readonly blur?: Tensor;
  /** What happens to the channels of a pixel, `[B, C, C]`. */
  readonly colour?: Tensor;
  /** How much of the sequence's mean luma is added to each channel, `[B, C]`. */
  readonly pivot?: Tensor;
  /** What is added to every frame, `[B, H, W, C]`. */
  readonly noise?: Tensor;
}

/**
 * Makes the graph's inputs for the motion view, named `motion.…`; `drawMotion` draws their values.
 *
 * @throws CdsvaeError `usage` when a setting is out of range
 *
 * @example
 * const shape = { batch: 16, height: 64, width: 64, channels: 1 };
 * const view = augmentMotion(x, motionInputs(graph, shape, SM_MNIST_MOTION)); // x [16, 15, 64, 64, 1]
 * const values = drawMotion(SM_MNIST_MOTION, shape, Random.of(seed, 'motion', step));
 */
export function motionInputs(graph: Graph, shape: VideoShape, settings: MotionSettings): MotionInputs {
  checkMotionSettings(settings);
  const shapes = motionShapes(settings, shape);
  const inputs = Object.entries(shapes).map(([name, dims]) => [name.replace('motion.', ''), graph.input(name, dims)]);
  return { shape, border: settings.border, ...Object.fromEntries(inputs) };
}

/**
 * The motion view x^m of §2.3: another style, the same movement. Crop, stretch and blur, then colour, then noise, then the
 * range [0, 1]. Everything but noise and clipping is linear: one matrix acts on the rows of a frame, another on its columns
 * and channels.
 *
 * @param x `[B, T, H, W, C]`, values in [0, 1]
 * @returns the same shape; x itself when every setting is off
 * @throws CdsvaeError `graph` when x has other frames than the inputs were made for
 */
export function augmentMotion(x: Tensor, inputs: MotionInputs): Tensor {
  const { batch, height, width, channels } = inputs.shape;
  const [b, frames, h, w, c] = x.shape;
  if (x.rank !== 5 || b !== batch || h !== height || w !== width || c !== channels) {
    throw graphError('augmentMotion', `frames [${batch}, T, ${height}, ${width}, ${channels}] are needed, not ${x}`);
  }
  const { rows, columns, blur, colour, pivot, noise, border } = inputs;
  if (!rows && !blur && !colour && !noise) return x;

  const vertical = along(height, rows, blur, border);
  const horizontal = along(width, columns, blur, border);
  let y = x;
  if (vertical) {
    const square = reshape(vertical, [batch, 1, height, height]);
    y = matmul(square, reshape(y, [batch, frames!, height, width * channels]));
  }
  if (horizontal || colour) y = mapRows(y, inputs.shape, horizontal, colour);

  const offset = pivot && mul(pivot, meanLuma(x, inputs.shape));
  if (noise) {
    // The pattern is as large as one frame: the offset joins it first, so that the frames are read once.
    const pattern = offset ? add(noise, reshape(offset, [batch, 1, 1, channels])) : noise;
    y = add(reshape(y, [batch, frames!, pattern.size / batch]), reshape(pattern, [batch, 1, pattern.size / batch]));
  } else if (offset) {
    // A row of pixels at a time: adding C numbers at a time is slow.
    const row = expand(reshape(offset, [batch, 1, 1, channels]), [batch, 1, width, channels]);
    y = add(reshape(y, [batch, frames! * height, width * channels]), reshape(row, [batch, 1, width * channels]));
  }
  return reshape(clip(y, 0, 1), x.shape);
}

/** The matrices of one axis in one: first sampled anew, then blurred. */
function along(
  length: number,
  part: Tensor | undefined,
  sigma: Tensor | undefined,
  border: MotionSettings['border'],
): Tensor | undefined {
  const sampled = part && resampling(part, length, border);
  const blurred = sigma && blurring(sigma, length);
  return sampled && blurred ? matmul(blurred, sampled) : (sampled ?? blurred);
}

/**
 * Columns and channels at once: y[w', c'] = Σ_w Σ_c columns[w', w] · colour[c', c] · x[w, c], as one matrix product on rows
 * of W·C values, which a processor does faster than moving the channels out of the way and back. Without `columns` the
 * matrix spans a few pixels only, enough to keep the multiplier busy.
 */
function mapRows(x: Tensor, shape: VideoShape, columns: Tensor | undefined, colour: Tensor | undefined): Tensor {
  const { batch, width, channels } = shape;
  if (!columns && channels === 1) return mul(x, reshape(colour!, new Array<number>(x.rank).fill(1).with(0, batch)));
  const span = columns ? width : largestDivisor(width, 16);
  const identity = (n: number) => x.graph.constant([...identityMatrix(n)], [1, n, n]);
  const pixels = matrixTranspose(columns ?? identity(span));
  const mix = matrixTranspose(colour ?? identity(channels));
  const product = mul(
    reshape(pixels, [pixels.shape[0]!, span, 1, span, 1]),
    reshape(mix, [mix.shape[0]!, 1, channels, 1, channels]),
  );
  const n = span * channels;
  return matmul(reshape(x, [batch, x.size / (batch * n), n]), reshape(product, [product.shape[0]!, n, n]));
}

/** Mean luma of each sequence over all its pixels, `[B, 1]`. */
function meanLuma(x: Tensor, { batch, width, channels }: VideoShape): Tensor {
  const { graph } = x;
  const rows = x.size / (batch * width * channels);
  const one = graph.constant(1 / (rows * width), [1, rows]);
  const weights = lumaWeights(channels);
  const luma = graph.constant(
    Array.from({ length: width * channels }, (_, i) => weights[i % channels]!),
    [width * channels, 1],
  );
  return reshape(matmul(matmul(one, reshape(x, [batch, rows, width * channels])), luma), [batch, 1]);
}

function largestDivisor(n: number, most: number): number {
  let d = Math.min(n, most);
  while (n % d !== 0) d--;
  return d;
}
