import {
  add,
  clip,
  div,
  matmul,
  matrixTranspose,
  mul,
  reshape,
  sigmoid,
  square,
  stack,
  sub,
  sum,
  type Tensor,
  transpose,
} from '../../graph/index.js';
import type { NormMode, ParameterSource } from '../../nn/index.js';
import type { FrameCoder } from '../coder/coder.js';
import type { ModelConfig } from '../config.js';
import { background, drawPatches } from './draw.js';
import { positions, videoOf } from './positions.js';

/** λ: an object that is hardly drawn, which has no slopes, stays where it is. */
const DAMPING = 0.5;
/** Pixels: as far as slopes of strokes say anything. */
const FARTHEST = 2;

/**
 * How far each object is from where z says, by its appearance: one step of Gauss and Newton from what is drawn to what is there,
 *
 *   Δₖ = (JₖᵀJₖ + λI)⁻¹ Jₖᵀ (x − x̂),   Jₖ = ∂x̂/∂(y, x)ₖ = x̂(1 − x̂) · [R′·Pₖ·Cᵀ, R·Pₖ·C′ᵀ]
 *
 * (Lucas and Kanade, "An iterative image registration technique with an application to stereo vision", 1981), each object by itself. A
 * recurrent network tells where objects are to a pixel or so; what is left would blur their appearance, which is that of all frames at once.
 *
 * No gradient flows: Δ is added to the mean and the sample of q(z | x), whose own gradients are those at the positions put right.
 *
 * @param p the model's
 * @param x frames `[N, S, S, C]`
 * @param s as far as it is known, `[B, d_s]`
 * @param z of each frame, `[N, d_m]`
 * @returns what is to be added to z, `[N, d_m]`
 */
export function alignment(
  p: ParameterSource,
  config: ModelConfig,
  object: FrameCoder,
  x: Tensor,
  s: Tensor,
  z: Tensor,
  mode: NormMode,
): Tensor {
  const still = (t: Tensor) => z.graph.stopGradient(t);
  const { objects } = config;
  const { size, channels } = videoOf(config);
  const n = z.shape[0]!;
  const { rows, columns, rowSlopes, columnSlopes } = positions(config, still(z));
  const patches = still(drawPatches(p, config, object, still(s), n, mode));
  const across = matmul(patches, matrixTranspose(columns));
  const drawn = sigmoid(add(sum(matmul(rows, across), 1), still(background(p, config))));

  const values = channels * size ** 2;
  const ofObjects = (t: Tensor) => reshape(t, [n, objects, values]);
  const ofFrames = (t: Tensor) => reshape(t, [n, 1, values]);
  const error = ofFrames(sub(transpose(x, [0, 3, 1, 2]), drawn));
  const sigmoidSlope = ofFrames(mul(drawn, sub(1, drawn)));
  const down = mul(ofObjects(matmul(rowSlopes, across)), sigmoidSlope);
  const right = mul(ofObjects(matmul(rows, matmul(patches, matrixTranspose(columnSlopes)))), sigmoidSlope);

  // Two equations for each object, by Cramer's rule.
  const product = (a: Tensor, b: Tensor) => sum(mul(a, b), 2);
  const [a, b, d] = [add(product(down, down), DAMPING), product(down, right), add(product(right, right), DAMPING)];
  const [f, g] = [product(down, error), product(right, error)];
  const determinant = sub(mul(a, d), square(b));
  const pixels = stack([div(sub(mul(d, f), mul(b, g)), determinant), div(sub(mul(a, g), mul(b, f)), determinant)], 2);
  return mul(clip(reshape(pixels, [n, 2 * objects]), -FARTHEST, FARTHEST), 4 / size);
}
