import { concat, expand, permute, reshape, sigmoid, slice, type Tensor } from '../graph/index.js';
import { type NormMode, type ParameterSource, scoped } from '../nn/index.js';
import type { Coders } from './coder/coders.js';
import { frameDims, type ModelConfig } from './config.js';
import { causalPosterior, type DynamicPosterior, smoothingPosterior } from './dynamic-posterior.js';
import { type DynamicPrior, dynamicPrior } from './dynamic-prior.js';
import { type Gaussian, reparameterize } from './gaussian.js';
import { drawObjects } from './objects/draw.js';
import { productOfExperts } from './objects/experts.js';
import { glimpses } from './objects/glimpses.js';
import { correctedPosterior } from './objects/posterior.js';
import { bidirectional, standardizedMean, staticPosterior } from './static-posterior.js';
import { flatFrames, splitRows, timeFirst } from './time-first.js';

/** What a training step is given. `B` sequences of `T` frames. */
export interface ModelInputs {
  /** `[B, T, …frame]` */
  readonly x: Tensor;
  /** x^m, the motion augmentation of x, of the same shape. */
  readonly motion: Tensor;
  /** Order of the frames in x^c, the content augmentation, and its inverse: int32 `[T]`. */
  readonly order: Tensor;
  readonly inverse: Tensor;
  /** Standard normal: for s `[B, d_s]`, for z of x and of x^m `[B, T, d_m]`. */
  readonly noiseStatic: Tensor;
  readonly noiseDynamic: Tensor;
  readonly noiseMotion: Tensor;
}

/** Everything the objective needs of one pass. Trajectories are time first. */
export interface ModelOutputs {
  /** q(s | x), `[B, d_s]`, and its sample. */
  readonly s: Gaussian & { readonly sample: Tensor };
  /** Mean of q(s | x^c), `[B, d_s]`; that of q(s | x) with objects, glimpses of which have no order that could be another. */
  readonly contentMean: Tensor;
  /** q(z_1:T | x_1:T), `[T, B, d_m]`, and its sample. */
  readonly z: DynamicPosterior;
  /** Mean of q(z_1:T | x^m), `[T, B, d_m]`. */
  readonly motionMean: Tensor;
  /** p(z_t | z_<t), `[T, B, d_m]`. */
  readonly prior: DynamicPrior;
  /** Logits of the reconstruction, `[B, T, …frame]` (features: the reconstruction). */
  readonly logits: Tensor;
}

/**
 * The forward pass of a training step: x, x^c and x^m through the posteriors, x back out of the decoder.
 *
 * It does no work twice and none for nothing. Frames are encoded one by one, so x^c's features are those of x in another
 * order; x^m needs only the posterior means of z; only x is decoded.
 *
 * @param mode normalisation of x; x^m is normalised by its own batch and leaves the running statistics alone
 */
export function trainingPass(
  p: ParameterSource,
  config: ModelConfig,
  coders: Coders,
  inputs: ModelInputs,
  mode: NormMode = 'train',
): ModelOutputs {
  const b = inputs.x.shape[0]!;
  // A view is normalised by its own batch and leaves the running statistics alone.
  const ofView: NormMode = mode === 'train' ? 'batch' : mode;
  const features = encodeFrames(p, config, coders, inputs.x, mode);
  const motion = encodeFrames(p, config, coders, inputs.motion, ofView);
  const inOrder = (x: Tensor) => permute(x, 0, inputs.order, inputs.inverse);
  const noise = concat([timeFirst(inputs.noiseDynamic), timeFirst(inputs.noiseMotion)], 1);

  // Of x, and above it of x^c, where it is another.
  let q: Gaussian;
  let z: DynamicPosterior;
  if (config.posterior === 'causal') {
    z = causalPosterior(p, config, concat([features, motion], 1), noise);
    if (coders.object) {
      const { mean } = causalPosterior(p, config, features);
      z = correctedPosterior(p, config, coders.object, inputs.x, z, mean, ofView);
      q = productOfExperts(glimpses(p, config, coders.object, inputs.x, splitRows(z.sample, b)[0], mode));
    } else {
      q = staticPosterior(p, config, bidirectional(p, config, concat([inOrder(features), features], 1)));
    }
  } else {
    const outputs = bidirectional(p, config, concat([inOrder(features), features, motion], 1));
    const part = (from: number, to: number) => ({
      forward: outputs.forward.map((h) => slice(h, 0, from, to)),
      backward: outputs.backward.map((h) => slice(h, 0, from, to)),
    });
    q = staticPosterior(p, config, part(0, 2 * b));
    z = smoothingPosterior(p, config, part(b, 3 * b), noise);
  }

  const rows = b * Math.max(1, config.objects);
  const above = q.mean.shape[0]! - rows;
  const whole = (x: Tensor) => reshape(x, [b, config.static]);
  const meanOf = (from: number, norm: NormMode) =>
    whole(standardizedMean(p, config, slice(q.mean, 0, from, from + rows), norm));
  const s = { mean: meanOf(above, mode), logvar: whole(slice(q.logvar, 0, above, above + rows)) };
  const sSample = reparameterize(s, inputs.noiseStatic);
  const [zMean, motionMean] = splitRows(z.mean, b);
  const own = { mean: zMean, logvar: splitRows(z.logvar, b)[0], sample: splitRows(z.sample, b)[0] };
  return {
    s: { ...s, sample: sSample },
    contentMean: above === 0 ? s.mean : meanOf(0, ofView),
    z: own,
    motionMean,
    prior: dynamicPrior(p, config, own.sample),
    logits: decodeLogits(p, config, coders, sSample, own.sample, mode),
  };
}

/**
 * Posterior parameters of sequences, with nothing random: z_t−1 is its mean.
 *
 * @param x `[B, T, …frame]`
 * @returns s `[B, d_s]`, z `[B, T, d_m]`
 */
export function encode(
  p: ParameterSource,
  config: ModelConfig,
  coders: Coders,
  x: Tensor,
): { s: Gaussian; z: Gaussian } {
  const features = encodeFrames(p, config, coders, x, 'running');
  const found =
    config.posterior === 'causal'
      ? causalPosterior(p, config, features)
      : smoothingPosterior(p, config, bidirectional(p, config, features));
  const z = coders.object ? correctedPosterior(p, config, coders.object, x, found, found.mean, 'running') : found;
  const s = coders.object
    ? productOfExperts(glimpses(p, config, coders.object, x, z.mean, 'running'))
    : staticPosterior(p, config, bidirectional(p, config, features));
  const whole = (v: Tensor) => reshape(v, [x.shape[0]!, config.static]);
  return {
    s: { mean: whole(standardizedMean(p, config, s.mean, 'running')), logvar: whole(s.logvar) },
    z: { mean: timeFirst(z.mean), logvar: timeFirst(z.logvar) },
  };
}

/**
 * Frames of static and dynamic factors.
 *
 * @param s `[B, d_s]`
 * @param z `[B, T, d_m]`
 * @returns `[B, T, …frame]`
 */
export function decode(p: ParameterSource, config: ModelConfig, coders: Coders, s: Tensor, z: Tensor): Tensor {
  return fromLogits(config, decodeLogits(p, config, coders, s, timeFirst(z), 'running'));
}

/** Frames of logits. */
export function fromLogits(config: ModelConfig, logits: Tensor): Tensor {
  return config.frame.kind === 'video' ? sigmoid(logits) : logits;
}

/** Features of frames, time first: `[B, T, …frame]` → `[T, B, g]`. */
function encodeFrames(p: ParameterSource, config: ModelConfig, coders: Coders, x: Tensor, mode: NormMode): Tensor {
  const [b, t] = x.shape as [number, number];
  return timeFirst(reshape(coders.frame.encode(scoped(p, 'encoder'), flatFrames(x), mode), [b, t, config.features]));
}

/** @param z time first, `[T, B, d_m]` */
function decodeLogits(
  p: ParameterSource,
  config: ModelConfig,
  { frame, object }: Coders,
  s: Tensor,
  z: Tensor,
  mode: NormMode,
): Tensor {
  const [t, b, d] = z.shape as [number, number, number];
  const flat = reshape(timeFirst(z), [b * t, d]);
  const drawn = object
    ? drawObjects(p, config, object, s, flat, mode)
    : frame.decode(scoped(p, 'decoder'), concat([flat, repeated(s, t)], 1), mode);
  return reshape(drawn, [b, t, ...frameDims(config.frame)]);
}

/** `[B, d]` → `[B·T, d]`: what belongs to a sequence, for each of its frames. */
function repeated(v: Tensor, t: number): Tensor {
  const [b, d] = v.shape as [number, number];
  return reshape(expand(reshape(v, [b, 1, d]), [b, t, d]), [b * t, d]);
}
