import { concat, reshape, stack, type Tensor, unstack } from '../graph/index.js';
import { LstmLayer, type LstmState, type ParameterSource, rnn, scoped } from '../nn/index.js';
import type { ModelConfig } from './config.js';
import { type Gaussian, gaussianHead, reparameterize } from './gaussian.js';

/** q(z_1:T | x_1:T) and a sample of it, each `[T, R, d_m]`. */
export interface DynamicPosterior extends Gaussian {
  readonly sample: Tensor;
}

/**
 * The paper's q(z_t | z_<t, x_≤t), eq. 2: an LSTM whose input at t is [features_t, z_t−1], z_0 = 0.
 *
 * @param features time first, `[T, R, g]`
 * @param noise standard normal `[T, R, d_m]`; none: z_t is its mean
 */
export function causalPosterior(
  p: ParameterSource,
  config: ModelConfig,
  features: Tensor,
  noise?: Tensor,
): DynamicPosterior {
  const source = scoped(p, 'dynamic_posterior');
  const [t, r, g] = features.shape;
  const layer = new LstmLayer(scoped(source, 'lstm'), '_l0', g! + config.dynamic, config.hidden);
  const { share, rest } = layer.projectParts(reshape(features, [t! * r!, g!]));
  const shares = unstack(reshape(share, [t!, r!, 4 * config.hidden]), 0);
  const noises = noise && unstack(noise, 0);

  let state: LstmState | undefined;
  let z: Tensor | undefined;
  const steps = shares.map((gates, k) => {
    state = layer.step(z ? rest(z, gates) : gates, state);
    const q = gaussianHead(source, config, state.h, config.dynamic, { logvar: -3 });
    z = noises ? reparameterize(q, noises[k]!) : q.mean;
    return { ...q, sample: z };
  });
  return {
    mean: stack(
      steps.map((s) => s.mean),
      0,
    ),
    logvar: stack(
      steps.map((s) => s.logvar),
      0,
    ),
    sample: stack(
      steps.map((s) => s.sample),
      0,
    ),
  };
}

/**
 * The authors' released posterior, which sees the whole sequence at every step: the outputs of the static posterior's
 * bidirectional LSTM pass through a plain tanh RNN.
 *
 * @param outputs of the bidirectional LSTM, each `[R, hidden]`
 * @param noise standard normal `[T, R, d_m]`; none: z_t is its mean
 */
export function smoothingPosterior(
  p: ParameterSource,
  config: ModelConfig,
  outputs: { forward: readonly Tensor[]; backward: readonly Tensor[] },
  noise?: Tensor,
): DynamicPosterior {
  const source = scoped(p, 'dynamic_posterior');
  const both = stack(
    outputs.forward.map((f, k) => concat([f, outputs.backward[k]!], 1)),
    0,
  );
  const [t, r] = both.shape;
  const states = concat(rnn(scoped(source, 'rnn'), both, config.hidden), 0);
  const head = gaussianHead(source, config, states, config.dynamic, { logvar: -3 });
  const q = {
    mean: reshape(head.mean, [t!, r!, config.dynamic]),
    logvar: reshape(head.logvar, [t!, r!, config.dynamic]),
  };
  return { ...q, sample: noise ? reparameterize(q, noise) : q.mean };
}
