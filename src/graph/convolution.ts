import { add } from './elementwise.js';
import { adjointTables, gatherRows } from './gather.js';
import { gemm } from './matrix.js';
import { refuseOpen } from './open-batch.js';
import { reshape, slice, transpose } from './shape.js';
import { graphError, type Tensor } from './tensor.js';

/** How a square kernel moves over an image. */
export interface ConvolutionOptions {
  readonly stride: number;
  /** Zeros around the image, on every side. */
  readonly padding: number;
}

/**
 * Cross-correlation of images with square kernels, as PyTorch's `conv2d` without bias.
 *
 * @param x `[N, C, H, W]`
 * @param w `[O, C, k, k]`
 * @returns `[N, O, H', W']`, H' = ⌊(H + 2·padding − k) / stride⌋ + 1
 */
export function conv2d(x: Tensor, w: Tensor, options: ConvolutionOptions): Tensor {
  const { stride, padding } = options;
  const [n, c, h, width] = dimensions('conv2d', x);
  const [o, c2, k] = kernel('conv2d', w);
  checkOperands('conv2d', x, w, options);
  if (c !== c2) throw graphError('conv2d', `images ${x} and kernels ${w} differ in channels`);
  const outH = Math.floor((h + 2 * padding - k) / stride) + 1;
  const outW = Math.floor((width + 2 * padding - k) / stride) + 1;
  if (outH < 1 || outW < 1) throw graphError('conv2d', `kernels ${w} do not fit images ${x}`);

  // The runtime convolves in float32 only; in float64 the patches are laid out as rows of a matrix and multiplied.
  if (x.type === 'float64') {
    const table = patchTable({ images: n, height: h, width, kernel: k, stride, padding });
    const patches = reshape(gatherRows(pixelRows(x), table), [n * outH * outW, k * k * c]);
    const weights = reshape(transpose(w, [2, 3, 1, 0]), [k * k * c, o]);
    return transpose(reshape(gemm(patches, weights), [n, outH, outW, o]), [0, 3, 1, 2]);
  }
  return x.graph.node({
    op: 'Conv',
    inputs: [x, w],
    shapes: [[n, o, outH, outW]],
    attributes: attributes(k, options),
    backward: ([g]) => {
      // Pixels beyond the last whole stride were never read: transposing back leaves them out, so they are added as zeros.
      const dx = convTranspose2d(g!, w, options, [h, width]);
      return [dx, kernelGradient(x, g!, k, options)];
    },
  })[0]!;
}

/**
 * Transposed convolution, as PyTorch's `conv_transpose2d` without bias: the adjoint of {@link conv2d} in its images.
 *
 * @param x `[N, I, H, W]`
 * @param w `[I, O, k, k]`
 * @param size output height and width; by default (H − 1)·stride − 2·padding + k
 * @returns `[N, O, H', W']`
 */
export function convTranspose2d(
  x: Tensor,
  w: Tensor,
  options: ConvolutionOptions,
  size?: readonly [number, number],
): Tensor {
  const { stride, padding } = options;
  const [n, i, h, width] = dimensions('convTranspose2d', x);
  const [i2, o, k] = kernel('convTranspose2d', w);
  checkOperands('convTranspose2d', x, w, options);
  if (i !== i2) throw graphError('convTranspose2d', `images ${x} and kernels ${w} differ in channels`);
  const [outH, outW] = size ?? [(h - 1) * stride - 2 * padding + k, (width - 1) * stride - 2 * padding + k];
  const [extraH, extraW] = [
    outH - ((h - 1) * stride - 2 * padding + k),
    outW - ((width - 1) * stride - 2 * padding + k),
  ];
  if (outH < 1 || outW < 1 || extraH < 0 || extraW < 0 || extraH >= stride || extraW >= stride) {
    throw graphError('convTranspose2d', `images ${x} and kernels ${w} do not give ${outH}×${outW} pixels`);
  }

  if (x.type === 'float64') {
    const products = gemm(pixelRows(x), reshape(transpose(w, [0, 2, 3, 1]), [i, k * k * o]));
    const rows = reshape(products, [n * h * width * k * k, o]);
    const table = patchTable({ images: n, height: outH, width: outW, kernel: k, stride, padding });
    const summed = adjointTables(table, n * outH * outW)
      .map((t) => gatherRows(rows, t))
      .reduce(add);
    return transpose(reshape(summed, [n, outH, outW, o]), [0, 3, 1, 2]);
  }
  return x.graph.node({
    op: 'ConvTranspose',
    inputs: [x, w],
    shapes: [[n, o, outH, outW]],
    attributes: { ...attributes(k, options), output_padding: [extraH, extraW] },
    backward: ([g]) => [conv2d(g!, w, options), kernelGradient(g!, x, k, options)],
  })[0]!;
}

/** Which pixels a kernel sees. */
export interface PatchGeometry extends ConvolutionOptions {
  readonly images: number;
  readonly height: number;
  readonly width: number;
  readonly kernel: number;
}

/**
 * For images stored as rows of pixels (row (n·H + y)·W + x), the row that each kernel position reads, in the order image,
 * output row, output column, kernel row, kernel column; −1 outside the image. Gathering by it is "im2col".
 */
export function patchTable({ images, height, width, kernel, stride, padding }: PatchGeometry): Int32Array {
  const outH = Math.floor((height + 2 * padding - kernel) / stride) + 1;
  const outW = Math.floor((width + 2 * padding - kernel) / stride) + 1;
  const table = new Int32Array(images * outH * outW * kernel * kernel);
  let i = 0;
  for (let n = 0; n < images; n++)
    for (let oy = 0; oy < outH; oy++)
      for (let ox = 0; ox < outW; ox++)
        for (let ky = 0; ky < kernel; ky++)
          for (let kx = 0; kx < kernel; kx++) {
            const y = oy * stride + ky - padding;
            const x = ox * stride + kx - padding;
            table[i++] = y < 0 || x < 0 || y >= height || x >= width ? -1 : (n * height + y) * width + x;
          }
  return table;
}

/**
 * Gradient of a convolution in its kernels: Σ over images of the correlation of `image` with `g`, whose elements stand
 * `stride` pixels apart. That is a convolution with the axes of images and channels exchanged and `g` dilated.
 */
function kernelGradient(image: Tensor, g: Tensor, k: number, { stride, padding }: ConvolutionOptions): Tensor {
  const [, c, h, width] = dimensions('conv2d', image);
  const [, o, gh, gw] = dimensions('conv2d', g);
  const outH = h + 2 * padding - (stride * (gh - 1) + 1) + 1;
  const outW = width + 2 * padding - (stride * (gw - 1) + 1) + 1;
  const [full] = image.graph.node({
    op: 'Conv',
    inputs: [transpose(image, [1, 0, 2, 3]), transpose(g, [1, 0, 2, 3])],
    shapes: [[c, o, outH, outW]],
    attributes: {
      kernel_shape: [gh, gw],
      dilations: [stride, stride],
      pads: [padding, padding, padding, padding],
    },
  });
  return transpose(slice(slice(full!, 2, 0, k), 3, 0, k), [1, 0, 2, 3]);
}

/** `[N, C, H, W]` as rows of pixels `[N·H·W, C]`. */
function pixelRows(x: Tensor): Tensor {
  const [n, c, h, w] = dimensions('conv2d', x);
  return reshape(transpose(x, [0, 2, 3, 1]), [n * h * w, c]);
}

function checkOperands(op: string, x: Tensor, w: Tensor, { stride, padding }: ConvolutionOptions): void {
  if (x.type !== w.type || (x.type !== 'float32' && x.type !== 'float64')) {
    throw graphError(op, `images ${x} and kernels ${w} must be of one floating-point type`);
  }
  if (!Number.isInteger(stride) || stride < 1 || !Number.isInteger(padding) || padding < 0) {
    throw graphError(op, `stride ${stride} and padding ${padding}: whole numbers from 1 and from 0 expected`);
  }
  if (x.type === 'float64') refuseOpen(op, x, 0);
}

function attributes(k: number, { stride, padding }: ConvolutionOptions) {
  return { kernel_shape: [k, k], strides: [stride, stride], pads: [padding, padding, padding, padding] };
}

function dimensions(op: string, x: Tensor): readonly [number, number, number, number] {
  if (x.rank !== 4) throw graphError(op, `images [N, C, H, W] are needed, not ${x}`);
  const [n, c, h, w] = x.shape;
  return [n!, c!, h!, w!];
}

function kernel(op: string, w: Tensor): readonly [number, number, number] {
  if (w.rank !== 4 || w.shape[2] !== w.shape[3]) throw graphError(op, `square kernels are needed, not ${w}`);
  return [w.shape[0]!, w.shape[1]!, w.shape[2]!];
}
