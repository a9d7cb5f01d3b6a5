import {
  abs,
  add,
  clip,
  div,
  exp,
  maximum,
  mul,
  neg,
  relu,
  reshape,
  slice,
  square,
  sub,
  sumKeep,
  type Tensor,
} from '../graph/index.js';

/**
 * Resampling one axis of n pixels as a matrix for each sequence, y = A·x: output pixel i reads the source at
 * p = centre + (i − (n − 1)/2)·length with a triangular kernel (bilinear interpolation). Where the source is squeezed
 * (length > 1) the kernel widens with it and averages, so nothing flickers as it moves.
 *
 * @param part `[B, 2]`: centre in pixels and length as a share of the axis
 * @param border outside the axis: its nearest pixel, or 0
 * @returns `[B, n, n]`; rows sum to 1, or less where black is seen
 */
export function resampling(part: Tensor, n: number, border: 'repeat' | 'zero'): Tensor {
  const { graph } = part;
  const batch = part.shape[0]!;
  const centre = reshape(slice(part, 1, 0, 1), [batch, 1, 1]);
  const length = reshape(slice(part, 1, 1, 2), [batch, 1, 1]);
  const indices = Array.from({ length: n }, (_, i) => i);
  const outputs = graph.constant(
    indices.map((i) => i - (n - 1) / 2),
    [1, n, 1],
  );
  const sources = graph.constant(indices, [1, 1, n]);

  const position = add(centre, mul(outputs, length));
  const inside = clip(position, 0, n - 1);
  const weights = relu(sub(1, div(abs(sub(sources, inside)), maximum(length, 1))));
  const rows = div(weights, sumKeep(weights, 2));
  if (border === 'repeat') return rows;
  // Between the last pixel and the first black one, interpolation fades out over one pixel.
  return mul(rows, sub(1, clip(abs(sub(position, inside)), 0, 1)));
}

/**
 * Gaussian blur of one axis of n pixels as a matrix for each sequence. At the border the kernel is cut and its weights
 * rescaled.
 *
 * @param sigma `[B]`, pixels; 0 is no blur
 * @returns `[B, n, n]`, rows sum to 1
 */
export function blurring(sigma: Tensor, n: number): Tensor {
  const distances = Array.from({ length: n * n }, (_, i) => ((i % n) - Math.floor(i / n)) ** 2 / 2);
  const half = sigma.graph.constant(distances, [1, n, n]);
  // The small term makes σ = 0 the identity: e^0 on the diagonal, e^(−5·10⁷) beside it.
  const variance = reshape(add(square(sigma), 1e-8), [sigma.shape[0]!, 1, 1]);
  const weights = exp(neg(div(half, variance)));
  return div(weights, sumKeep(weights, 2));
}
