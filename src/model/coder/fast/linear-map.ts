import { gemm, mul, reshape, type Tensor } from '../../../graph/index.js';
import { blocks } from './blocks.js';
import { type Images, perChunk } from './chunks.js';
import { type Halving, TAPS } from './halving.js';
import { thin } from './thin.js';
import { TILES_OF_2, TILES_OF_4, winograd } from './winograd.js';

/**
 * A map of chunks that is linear in its weights and in its input, and its adjoints in both. Bias, batch norm and nonlinearity
 * are added by `layer.ts`.
 */
export interface LinearMap {
  /** Input chunks; what a gradient is wanted for. None for data. */
  readonly inputs: readonly Tensor[];
  /** Output chunks, rows of pixels `[m, output channels]`. */
  forward(weights: Tensor): readonly Tensor[];
  /** Gradient of input chunk i from that of output chunk i. */
  toInput(i: number, gradient: Tensor, weights: Tensor): Tensor;
  /** Gradient of the weights from those of all output chunks. */
  toWeights(gradients: readonly Tensor[]): Tensor;
  /** Weights whose output channels are multiplied by `scale`. */
  scaled(weights: Tensor, scale: Tensor): Tensor;
}

/** Channels of the large image up to which blocks are moved rather than small pixels. */
const THIN = 4;
/** Channels, on both sides, from which fewer products are worth the transforms. */
const WIDE = 64;
/** Tiles in a chunk that bring the reading of kernels to a tenth of the work, or so. */
const TILES = 128;

/** What a layer and its gradients are computed by. */
interface Halvings {
  readonly forward: Halving;
  /**
   * Rounds more where that is faster: what is lost on the way back stays as small as it is. On the way forward it may turn the slope of a
   * LeakyReLU, and a gradient jumps.
   */
  readonly back: Halving;
}

function halvings(images: number, size: number, channels: number, smallChannels: number): Halvings {
  if (isWide(channels, smallChannels)) {
    return { forward: winograd(images, size, TILES_OF_2), back: winograd(images, size, TILES_OF_4) };
  }
  const either = (channels <= THIN ? thin : blocks)(images, size);
  return { forward: either, back: either };
}

function isWide(channels: number, smallChannels: number): boolean {
  return Math.min(channels, smallChannels) >= WIDE;
}

/** Values an image has in the largest array of a layer: its patches, its tiles, or the small image itself. */
export function largestArray(size: number, channels: number, smallChannels: number): number {
  const spread = isWide(channels, smallChannels) ? 9 / 4 : 4;
  return Math.max(spread * size ** 2 * channels, (size / 2) ** 2 * smallChannels);
}

/** Images of which a chunk of a layer has at least so many: whatever tiles it has, all the kernels are read for them. */
export function fewestImages(size: number, channels: number, smallChannels: number): number {
  return isWide(channels, smallChannels) ? Math.ceil(TILES / (size / (2 * TILES_OF_4.side)) ** 2) : 1;
}

/**
 * A 4×4 convolution of stride 2.
 *
 * @param images of a side that 8 divides; weights are `[4, 4, I, O]`
 */
export function convolution(images: Images, outputs: number): LinearMap {
  const { forward, back } = halvings(perChunk(images), images.size, images.chunks[0]!.shape[1]!, outputs);
  return {
    inputs: images.chunks,
    forward: (w) => images.chunks.map((x) => forward.down(x, w)),
    toInput: (_, g, w) => back.up(g, w),
    toWeights: (gs) => back.toWeights(images.chunks.map(again), gs),
    scaled: mul,
  };
}

/**
 * A 4×4 transposed convolution of stride 2.
 *
 * @param images the input, half the size of the output; weights are `[4, 4, O, I]`, those of the convolution it is the adjoint of
 */
export function transposedConvolution(images: Images, outputs: number): LinearMap {
  const { forward, back } = halvings(perChunk(images), images.size * 2, outputs, images.chunks[0]!.shape[1]!);
  return {
    inputs: images.chunks,
    forward: (w) => images.chunks.map((x) => forward.up(x, w)),
    toInput: (_, g, w) => back.down(g, w),
    toWeights: (gs) => back.toWeights(gs, images.chunks.map(again)),
    scaled: scaleBeforeLast,
  };
}

/** The last convolution of the encoder: the whole 4×4 map to one vector. Weights are `[4, 4, I, O]`. */
export function mapToVector(images: Images): LinearMap {
  const channels = images.chunks[0]!.shape[1]!;
  const x = reshape(images.chunks[0]!, [images.count, TAPS * channels]);
  const matrix = (w: Tensor) => reshape(w, [TAPS * channels, w.shape[3]!]);
  return {
    inputs: [x],
    forward: (w) => [gemm(x, matrix(w))],
    toInput: (_, g, w) => gemm(g, matrix(w), { transposeB: true }),
    toWeights: ([g]) => reshape(gemm(x, g!, { transposeA: true }), [4, 4, channels, g!.shape[1]!]),
    scaled: mul,
  };
}

/** The first transposed convolution of the decoder: one vector to a 4×4 map. Weights are `[4, 4, O, I]`. */
export function vectorToMap(x: Tensor): LinearMap {
  const [count, inputs] = x.shape as [number, number];
  const matrix = (w: Tensor) => reshape(w, [w.size / inputs, inputs]);
  const vectors = (g: Tensor) => reshape(g, [count, g.size / count]);
  return {
    inputs: [x],
    forward: (w) => [reshape(gemm(x, matrix(w), { transposeB: true }), [count * TAPS, w.shape[2]!])],
    toInput: (_, g, w) => gemm(vectors(g), matrix(w)),
    toWeights: ([g]) => reshape(gemm(vectors(g!), x, { transposeA: true }), [4, 4, g!.shape[1]!, inputs]),
    scaled: scaleBeforeLast,
  };
}

/** An input for the gradient of the weights: neither it nor its patches wait in memory from the forward pass until then. */
function again(x: Tensor): Tensor {
  return x.graph.recompute(x);
}

/** `[4, 4, O, I]` times `[O]`. */
function scaleBeforeLast(weights: Tensor, scale: Tensor): Tensor {
  return mul(weights, reshape(scale, [scale.size, 1]));
}
