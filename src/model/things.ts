/**
 * Frames as things in places. Of K things, each keeps its looks for a whole sequence, s = [s₁ … s_K], and is somewhere in each frame,
 * which z_t says. Convolutions that draw whole frames must learn a thing's looks anew for each of its places; here it is drawn once, in
 * the middle of a patch half as large as the frame, and put where it belongs:
 *
 *   logits_t = b + Σ_k Rₜₖ · Pₖ · Cₜₖᵀ,   Pₖ = draw(sₖ),   R_ij = N(i; j + y, σ²),   C_ij = N(i; j + x, σ²)
 *
 * with rows i of the frame and j of the patch counted from their middles, and (y, x) = z_tk + aₖ, in quarters of a frame: the filterbanks of
 * Gregor et al., "DRAW: a recurrent neural network for image generation", 2015, of stride 1.
 *
 * The same places say where to look for what is there, Gₜₖ = Rᵀ·xₜ·C, so q(s, z | x) = q(z | x) q(s | z, x), the order of Eslami et al.,
 * "Attend, infer, repeat", 2016. Which thing is which is then z's to say and s's to follow; were each to find it out by itself, both would
 * have to learn the same order of things that have none.
 */
import {
  add,
  exp,
  expand,
  matmul,
  matrixTranspose,
  mul,
  reshape,
  slice,
  square,
  sub,
  sum,
  type Tensor,
  transpose,
} from '../graph/index.js';
import { type NormMode, type ParameterSource, scoped } from '../nn/index.js';
import type { FrameCoder } from './coder/coder.js';
import { type FrameShape, type ModelConfig, staticOfOne } from './config.js';
import { zeros } from './initialization.js';

/** σ, in pixels: as sharp as lets the gradient still see the pixel beside. */
const SIGMA = 0.7;

/** Where K things are in each of N frames of S pixels a side, with patches of S/2: R and C, each `[N, K, 1, S, S/2]`. */
interface Places {
  readonly rows: Tensor;
  readonly columns: Tensor;
}

/**
 * Features of what is seen at each thing's places. They are looked up there, no more: no gradient flows into the places, which
 * are learned by drawing.
 *
 * @param p the model's
 * @param x frames `[N, S, S, C]`
 * @param z of each of them, `[N, d_m]`
 * @returns `[N·K, g]`, those of one frame one after the other
 */
export function look(
  p: ParameterSource,
  config: ModelConfig,
  thing: FrameCoder,
  x: Tensor,
  z: Tensor,
  mode: NormMode,
): Tensor {
  const { things } = config;
  const { size, channels } = videoOf(config);
  const { rows, columns } = places(config, x.graph.stopGradient(z));
  const n = x.shape[0]!;
  const frames = reshape(transpose(x, [0, 3, 1, 2]), [n, 1, channels, size, size]);
  const seen = matmul(matmul(matrixTranspose(rows), frames), columns);
  const patches = reshape(seen, [n * things, channels, size / 2, size / 2]);
  const still = x.graph.stopGradient(transpose(patches, [0, 2, 3, 1]));
  return thing.encode(scoped(p, 'look'), still, mode);
}

/**
 * Frames of things.
 *
 * @param p the model's
 * @param s `[B, d_s]`
 * @param z of each of N = B·T frames, those of a sequence one after the other, `[N, d_m]`
 * @returns logits `[N, S, S, C]`
 */
export function drawThings(
  p: ParameterSource,
  config: ModelConfig,
  thing: FrameCoder,
  s: Tensor,
  z: Tensor,
  mode: NormMode,
): Tensor {
  const { things } = config;
  const { size, channels } = videoOf(config);
  const [b, n] = [s.shape[0]!, z.shape[0]!];
  const half = size / 2;
  const decoder = scoped(p, 'decoder');
  const drawn = thing.decode(scoped(decoder, 'thing'), reshape(s, [b * things, staticOfOne(config)]), mode);
  const each = things * channels * half ** 2;
  const once = reshape(transpose(drawn, [0, 3, 1, 2]), [b, 1, each]);
  const patches = reshape(expand(once, [b, n / b, each]), [n, things, channels, half, half]);
  const { rows, columns } = places(config, z);
  const frames = sum(matmul(matmul(rows, patches), matrixTranspose(columns)), 1);
  const background = decoder.parameter('background', { shape: [channels], initializer: zeros });
  return transpose(add(frames, reshape(background, [channels, 1, 1])), [0, 2, 3, 1]);
}

/** z says how far from its first place each thing is, down and right, in quarters of a frame. */
function places(config: ModelConfig, z: Tensor): Places {
  const { things } = config;
  const { size } = videoOf(config);
  const [n, half] = [z.shape[0]!, size / 2];
  const where = add(z, z.graph.constant(firstPlaces(things), [2 * things], z.type));
  const middles = reshape(mul(where, size / 4), [n, things, 2, 1, 1]);
  const distance = sub(z.graph.constant(distances(size, half), [size, half], z.type), middles);
  const density = mul(exp(mul(square(distance), -1 / (2 * SIGMA ** 2))), 1 / (SIGMA * Math.sqrt(2 * Math.PI)));
  const axis = (k: number) => slice(density, 2, k, k + 1);
  return { rows: axis(0), columns: axis(1) };
}

/** aₖ, evenly on a circle: were things alike in everything, they would all follow the middle of what is there. */
function firstPlaces(things: number): Float64Array {
  return Float64Array.from({ length: 2 * things }, (_, i) => {
    const angle = (2 * Math.PI * (i >> 1)) / things;
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

function videoOf({ frame }: ModelConfig): Extract<FrameShape, { kind: 'video' }> {
  if (frame.kind !== 'video') throw new TypeError('things are of video');
  return frame;
}
