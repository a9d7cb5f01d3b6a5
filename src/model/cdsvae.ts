import { concat, permute, reshape, sigmoid, slice, type Tensor, transpose } from '../graph/index.js';
import { type NormMode, type ParameterSource, scoped } from '../nn/index.js';
import type { FrameCoder } from './coder/coder.js';
import { featureCoder } from './coder/features.js';
import { referenceCoder } from './coder/reference.js';
import { type CoderConfig, frameDims, type ModelConfig } from './config.js';
import { causalPosterior, type DynamicPosterior, smoothingPosterior, splitRows } from './dynamic-posterior.js';
import { dynamicPrior } from './dynamic-prior.js';
import { type Gaussian, reparameterize } from './gaussian.js';
import { bidirectional, standardizedMean, staticPosterior } from './static-posterior.js';

/** The coder of a model's frames, in its plainest form. */
export function plainCoder(config: CoderConfig & Pick<ModelConfig, 'frame'>): FrameCoder {
  return config.frame.kind === 'video' ? referenceCoder(config, config.frame) : featureCoder(config, config.frame);
}

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
  /** Mean of q(s | x^c), `[B, d_s]`. */
  readonly contentMean: Tensor;
  /** q(z_1:T | x_1:T), `[T, B, d_m]`, and its sample. */
  readonly z: DynamicPosterior;
  /** Mean of q(z_1:T | x^m), `[T, B, d_m]`. */
  readonly motionMean: Tensor;
  /** p(z_t | z_<t), `[T, B, d_m]`. */
  readonly prior: Gaussian;
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
  coder: FrameCoder,
  inputs: ModelInputs,
  mode: NormMode = 'train',
): ModelOutputs {
  const [b, t] = inputs.x.shape as [number, number];
  const g = config.features;
  const encode = (x: Tensor, norm: NormMode) =>
    reshape(coder.encode(scoped(p, 'encoder'), flatFrames(x), norm), [b, t, g]);

  // A view is normalised by its own batch and leaves the running statistics alone.
  const ofView: NormMode = mode === 'train' ? 'batch' : mode;
  const features = encode(inputs.x, mode);
  const content = permute(features, 1, inputs.order, inputs.inverse);
  const motion = encode(inputs.motion, ofView);
  const [x, xc, xm] = [features, content, motion].map(timeFirst) as [Tensor, Tensor, Tensor];
  const noise = concat([timeFirst(inputs.noiseDynamic), timeFirst(inputs.noiseMotion)], 1);

  let q: Gaussian;
  let z: DynamicPosterior;
  if (config.posterior === 'causal') {
    q = staticPosterior(p, config, bidirectional(p, config, concat([x, xc], 1)));
    z = causalPosterior(p, config, concat([x, xm], 1), noise);
  } else {
    const outputs = bidirectional(p, config, concat([x, xm, xc], 1));
    const part = (from: number, to: number) => ({
      forward: outputs.forward.map((h) => slice(h, 0, from, to)),
      backward: outputs.backward.map((h) => slice(h, 0, from, to)),
    });
    const [ends, own] = [part(2 * b, 3 * b), part(0, b)];
    const join = (a: readonly Tensor[], c: readonly Tensor[]) => a.map((h, k) => concat([h, c[k]!], 0));
    q = staticPosterior(p, config, {
      forward: join(own.forward, ends.forward),
      backward: join(own.backward, ends.backward),
    });
    z = smoothingPosterior(p, config, part(0, 2 * b), noise);
  }

  const meanOf = (from: number, norm: NormMode) => standardizedMean(p, config, slice(q.mean, 0, from, from + b), norm);
  const s = { mean: meanOf(0, mode), logvar: slice(q.logvar, 0, 0, b) };
  const sSample = reparameterize(s, inputs.noiseStatic);
  const [zMean, motionMean] = splitRows(z.mean, b);
  const own = { mean: zMean, logvar: splitRows(z.logvar, b)[0], sample: splitRows(z.sample, b)[0] };
  return {
    s: { ...s, sample: sSample },
    contentMean: meanOf(b, ofView),
    z: own,
    motionMean,
    prior: dynamicPrior(p, config, own.sample),
    logits: decodeLogits(p, config, coder, sSample, own.sample, mode),
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
  coder: FrameCoder,
  x: Tensor,
): { s: Gaussian; z: Gaussian } {
  const [b, t] = x.shape as [number, number];
  const features = timeFirst(
    reshape(coder.encode(scoped(p, 'encoder'), flatFrames(x), 'running'), [b, t, config.features]),
  );
  const outputs = bidirectional(p, config, features);
  const z =
    config.posterior === 'causal' ? causalPosterior(p, config, features) : smoothingPosterior(p, config, outputs);
  const s = staticPosterior(p, config, outputs);
  return {
    s: { mean: standardizedMean(p, config, s.mean, 'running'), logvar: s.logvar },
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
export function decode(p: ParameterSource, config: ModelConfig, coder: FrameCoder, s: Tensor, z: Tensor): Tensor {
  return fromLogits(config, decodeLogits(p, config, coder, s, timeFirst(z), 'running'));
}

/** Frames of logits. */
export function fromLogits(config: ModelConfig, logits: Tensor): Tensor {
  return config.frame.kind === 'video' ? sigmoid(logits) : logits;
}

/** @param z time first, `[T, B, d_m]` */
function decodeLogits(
  p: ParameterSource,
  config: ModelConfig,
  coder: FrameCoder,
  s: Tensor,
  z: Tensor,
  mode: NormMode,
): Tensor {
  const [t, b, d] = z.shape as [number, number, number];
  const latents = { s, z: reshape(timeFirst(z), [b * t, d]) };
  return reshape(coder.decode(scoped(p, 'decoder'), latents, mode), [b, t, ...frameDims(config.frame)]);
}

/** `[B, T, …]` → `[B·T, …]`. */
function flatFrames(x: Tensor): Tensor {
  const [b, t, ...frame] = x.shape as [number, number, ...number[]];
  return reshape(x, [b * t, ...frame]);
}

/** Exchanges the axes of batch and time. */
export function timeFirst(x: Tensor): Tensor {
  return transpose(x, [1, 0, 2]);
}
