/**
 * Frames of objects at positions. Of K objects, each keeps its appearance for a whole sequence, s = [s₁ … s_K], and is somewhere in each frame,
 * which z_t says. Convolutions that draw whole frames must learn an object's appearance anew for each of its positions; here it is drawn once, in
 * the middle of a patch half as large as the frame, and put where it belongs:
 *
 *   logits_t = b + Σ_k Rₜₖ · Pₖ · Cₜₖᵀ,   Pₖ = draw(sₖ),   R_ij = N(i; j + y, σ²),   C_ij = N(i; j + x, σ²)
 *
 * with rows i of the frame and j of the patch counted from their middles, and (y, x) = z_tk + aₖ, in quarters of a frame: the filterbanks of
 * Gregor et al., "DRAW: a recurrent neural network for image generation", 2015, of stride 1.
 *
 * The same positions say where to look for what is there, Gₜₖ = Rᵀ·xₜ·C, so q(s, z | x) = q(z | x) q(s | z, x), the order of Eslami et al.,
 * "Attend, infer, repeat", 2016. Which object is which is then z's to say and s's to follow; were each to find it out by itself, both would
 * have to learn the same order of objects that have none.
 */
import { add, exp, maximum, mul, relu, reshape, slice, square, sub, type Tensor } from '../../graph/index.js';
import type { FrameShape, ModelConfig } from '../config.js';

/** σ, in pixels: as sharp as lets the gradient still see the pixel beside. */
const SIGMA = 0.7;

/** Where K objects are in each of N frames of S pixels a side, with patches of S/2. All are `[N, K, 1, S, S/2]`. */
export interface Positions {
  /** R and C. */
  readonly rows: Tensor;
  readonly columns: Tensor;
  /** ∂R/∂y and ∂C/∂x, a pixel down and right. */
  readonly rowSlopes: Tensor;
  readonly columnSlopes: Tensor;
}

/** @param z how far from its first position each object is, down and right, in quarters of a frame: of N frames, `[N, 2K]` */
export function positions(config: ModelConfig, z: Tensor): Positions {
  const { objects } = config;
  const { size } = videoOf(config);
  const [n, half] = [z.shape[0]!, size / 2];
  const middles = reshape(pixelsFromMiddle(config, z), [n, objects, 2, 1, 1]);
  const distance = sub(z.graph.constant(distances(size, half), [size, half], z.type), middles);
  const density = mul(expOrNothing(mul(square(distance), -1 / (2 * SIGMA ** 2))), 1 / (SIGMA * Math.sqrt(2 * Math.PI)));
  const slopes = mul(mul(density, distance), 1 / SIGMA ** 2);
  const axis = (of: Tensor, k: number) => slice(of, 2, k, k + 1);
  return {
    rows: axis(density, 0),
    columns: axis(density, 1),
    rowSlopes: axis(slopes, 0),
    columnSlopes: axis(slopes, 1),
  };
}

/**
 * e^x, and 0 where that is below 1e-13: 5.4 pixels from the middle of a density. What would be left there, and its products with its like, are subnormal numbers,
 * over which processors take many times as long: without them a step takes two thirds of the time.
 */
function expOrNothing(x: Tensor): Tensor {
  // Its own slope, but for a part in 1e13.
  const y = relu(sub(exp(maximum(x, -30)), 1e-13));
  return x.graph.differentiable([x], [y], ([g]) => [mul(g!, y)])[0]!;
}

/** Where objects are, in pixels down and right from the middle of a frame. @param z `[…, 2K]`, as is what is returned */
export function pixelsFromMiddle(config: ModelConfig, z: Tensor): Tensor {
  const { objects } = config;
  return mul(add(z, z.graph.constant(firstPositions(objects), [2 * objects], z.type)), videoOf(config).size / 4);
}

/** aₖ, evenly on a circle, one alone in the middle: were objects alike in everything, they would all follow the middle of what is there. */
export function firstPositions(objects: number): Float64Array {
  if (objects === 1) return new Float64Array(2);
  return Float64Array.from({ length: 2 * objects }, (_, i) => {
    const angle = (2 * Math.PI * (i >> 1)) / objects;
    return (i % 2 === 0 ? Math.sin(angle) : Math.cos(angle)) / 2;
  });
}

/** Pixels from row j of a patch in the middle of a frame to row i of the frame, `[size, half]`. */
function distances(size: number, half: number): Float64Array {
  return Float64Array.from({ length: size * half }, (_, at) => {
    const [i, j] = [Math.floor(at / half), at % half];
    return i - (size - 1) / 2 - (j - (half - 1) / 2);
  });
}

/** What frames of objects are. */
export function videoOf({ frame }: ModelConfig): Extract<FrameShape, { kind: 'video' }> {
  if (frame.kind !== 'video') throw new TypeError('objects are of video');
  return frame;
}
