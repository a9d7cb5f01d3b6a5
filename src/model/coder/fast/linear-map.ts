import { concat, gemm, pad, reshape, slice, type Tensor } from '../../../graph/index.js';
import { type Images, perChunk, sharedTables } from './chunks.js';
import { fold, gather, TAPS, unfold, withZeroRow } from './patches.js';

/**
 * A map of chunks that is linear in its weights and in its input, and its adjoints in both. Weights have their output
 * channels last. Biases, batch norm and nonlinearity are added by {@link layer}.
 */
export interface LinearMap {
  /** Input chunks; what a gradient is wanted for. None for data. */
  readonly inputs: readonly Tensor[];
  /** Output chunks, rows of pixels `[m, output channels]`. */
  forward(weights: Tensor): readonly Tensor[];
  /** Gradient of input chunk i from that of output chunk i. */
  toInput(i: number, gradient: Tensor, weights: Tensor): Tensor;
  /** Gradient of the weights, as a matrix, from output chunk i, added to the sum over the chunks before. */
  toWeights(i: number, gradient: Tensor, sum: Tensor | undefined): Tensor;
}

/**
 * 4×4 convolution of stride 2 as patches × weights.
 *
 * @param images of even side; weights are `[4, 4, I, O]`
 */
export function convolution(images: Images): LinearMap {
  const [n, size] = [perChunk(images), images.size];
  const patches = images.chunks.map((x) => unfold(withZeroRow(x), n, size));
  return {
    inputs: images.chunks,
    forward: (w) => patches.map((x) => gemm(x, rowsByOutput(w))),
    toInput: (_, g, w) => fold(gemm(withZeroRow(g), rowsByOutput(w), { transposeB: true }), n, size),
    toWeights: (i, g, sum) => gemm(patches[i]!, g, { transposeA: true, ...plus(sum) }),
  };
}

/**
 * The first convolution, whose input is data: no gradient flows there, and its few channels make rows too short to gather one
 * by one. Windows of four pixels of a padded row are laid side by side once; a patch is then four rows of windows.
 *
 * @param frames `[N, H, H, C]`, cut into `chunks` chunks; weights are `[4, 4, C, O]`
 */
export function firstConvolution(frames: Tensor, chunks: number): LinearMap {
  const [count, size, , channels] = frames.shape as [number, number, number, number];
  const n = count / chunks;
  const half = size / 2;
  const [table] = sharedTables(frames.graph, `windows ${n} ${size}`, () => [windowTable(n, size)]);
  const patches = Array.from({ length: chunks }, (_, i) => {
    const padded = pad(pad(slice(frames, 0, i * n, (i + 1) * n), 1, 1, 1), 2, 1, 1);
    const pairs = reshape(padded, [n, size + 2, half + 1, 2 * channels]);
    const windows = concat([slice(pairs, 2, 0, half), slice(pairs, 2, 1, half + 1)], 3);
    const rows = reshape(windows, [n * (size + 2) * half, 4 * channels]);
    return reshape(gather(rows, table!), [n * half * half, TAPS * channels]);
  });
  return {
    inputs: [],
    forward: (w) => patches.map((x) => gemm(x, rowsByOutput(w))),
    toInput: (_, g) => g,
    toWeights: (i, g, sum) => gemm(patches[i]!, g, { transposeA: true, ...plus(sum) }),
  };
}

/** For each output pixel, the four rows of windows under its kernel. */
function windowTable(images: number, size: number): Int32Array {
  const half = size / 2;
  const table = new Int32Array(images * half * half * 4);
  let i = 0;
  for (let n = 0; n < images; n++)
    for (let y = 0; y < half; y++)
      for (let x = 0; x < half; x++) for (let k = 0; k < 4; k++) table[i++] = (n * (size + 2) + 2 * y + k) * half + x;
  return table;
}

/**
 * 4×4 transposed convolution of stride 2, the adjoint of {@link convolution}: weights × pixels, folded.
 *
 * @param images the input, half the size of the output; weights are `[I, 4, 4, O]`
 */
export function transposedConvolution(images: Images): LinearMap {
  const [n, size] = [perChunk(images), images.size * 2];
  const patches = (g: Tensor) => unfold(withZeroRow(g), n, size);
  return {
    inputs: images.chunks,
    forward: (w) => images.chunks.map((x) => fold(gemm(withZeroRow(x), rowsByInput(w)), n, size)),
    toInput: (_, g, w) => gemm(patches(g), rowsByInput(w), { transposeB: true }),
    toWeights: (i, g, sum) => gemm(images.chunks[i]!, patches(g), { transposeA: true, ...plus(sum) }),
  };
}

/** The last convolution of the encoder: the whole 4×4 map to one vector. Weights are `[4, 4, I, O]`. */
export function mapToVector(images: Images): LinearMap {
  const x = reshape(images.chunks[0]!, [images.count, images.size ** 2 * images.chunks[0]!.shape[1]!]);
  return {
    inputs: [x],
    forward: (w) => [gemm(x, rowsByOutput(w))],
    toInput: (_, g, w) => gemm(g, rowsByOutput(w), { transposeB: true }),
    toWeights: (_, g) => gemm(x, g, { transposeA: true }),
  };
}

/** The first transposed convolution of the decoder: one vector to a 4×4 map. Weights are `[I, 4, 4, O]`. */
export function vectorToMap(x: Tensor): LinearMap {
  const vectors = (g: Tensor) => reshape(g, [x.shape[0]!, g.size / x.shape[0]!]);
  return {
    inputs: [x],
    forward: (w) => [reshape(gemm(x, rowsByInput(w)), [x.shape[0]! * TAPS, w.shape.at(-1)!])],
    toInput: (_, g, w) => gemm(vectors(g), rowsByInput(w), { transposeB: true }),
    toWeights: (_, g) => gemm(x, vectors(g), { transposeA: true }),
  };
}

/** `[4, 4, I, O]` as a matrix `[16·I, O]`. */
function rowsByOutput(w: Tensor): Tensor {
  const outputs = w.shape.at(-1)!;
  return reshape(w, [w.size / outputs, outputs]);
}

/** `[I, 4, 4, O]` as a matrix `[I, 16·O]`. */
function rowsByInput(w: Tensor): Tensor {
  const inputs = w.shape[0]!;
  return reshape(w, [inputs, w.size / inputs]);
}

function plus(sum: Tensor | undefined): { plus?: Tensor } {
  return sum ? { plus: sum } : {};
}
