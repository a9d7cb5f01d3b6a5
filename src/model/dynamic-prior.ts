import { concat, reshape, slice, stack, type Tensor, unstack } from '../graph/index.js';
import { LstmLayer, type LstmState, type ParameterSource, scoped } from '../nn/index.js';
import type { ModelConfig } from './config.js';
import { drawOutput, firstStep, type Mixture } from './first-step.js';
import { type Gaussian, gaussianHead, reparameterize } from './gaussian.js';

/** p(z_t | z_<t) of every step, `[T, B, d_m]`. */
export interface DynamicPrior extends Gaussian {
  /** p(z_1), where it is a mixture, of which the first step's is then but the first component. */
  readonly first?: Mixture;
}

/** What the prior carries from step to step: its last z `[B, d_m]` and the states of its two layers. */
export interface PriorState {
  readonly z: Tensor;
  readonly layers: readonly [LstmState, LstmState];
}

/**
 * p(z_t | z_<t), eq. 1: a two-layer LSTM whose input at t is z_t−1 (z_0 = 0), linear maps to mean and log-variance.
 * Of z_1 it may be one of several; see `first-step.ts`.
 *
 * @param z a sample of the posterior, `[T, B, d_m]`
 * @returns the prior of each step given the sample before it, `[T, B, d_m]`
 */
export function dynamicPrior(p: ParameterSource, config: ModelConfig, z: Tensor): DynamicPrior {
  const { first, second, source, begin } = layers(p, config);
  const [t, b, d] = z.shape;
  // z_0 = 0 adds nothing to the gates, but its row keeps all steps one product.
  const none = z.graph.constant(0, [1, b!, d!], z.type);
  const before = t === 1 ? none : concat([none, slice(z, 0, 0, t! - 1)], 0);
  const shares = unstack(reshape(first.project(reshape(before, [t! * b!, d!])), [t!, b!, 4 * config.hidden]), 0);
  let lower: LstmState | undefined;
  let upper: LstmState | undefined;
  const outputs = shares.map((gates) => {
    lower = first.step(gates, lower);
    upper = second.step(second.project(lower.h), upper);
    return upper.h;
  });
  const rows = concat(begin ? [...outputs, begin.outputs] : outputs, 0);
  const head = gaussianHead(source, config, rows, d!);
  const steps = (x: Tensor) => reshape(slice(x, 0, 0, t! * b!), [t!, b!, d!]);
  const prior = { mean: steps(head.mean), logvar: steps(head.logvar) };
  if (!begin) return prior;
  // The LSTM's own output is the same for all sequences: the first one's is as good as any.
  const components = (x: Tensor) => concat([slice(x, 0, 0, 1), slice(x, 0, t! * b!, x.shape[0]!)], 0);
  return {
    ...prior,
    first: { mean: components(head.mean), logvar: components(head.logvar), logWeights: begin.logWeights },
  };
}

/**
 * Draws a trajectory from the prior: each z_t from p(z_t | the z drawn so far).
 *
 * @param noise standard normal `[T, B, d_m]`
 * @param state where an earlier trajectory ended; zeros at the beginning
 * @param noiseFirst of the component of z_1, where there are several; see {@link drawOutput}
 * @returns the trajectory `[T, B, d_m]`, and the state to go on from
 */
export function samplePrior(
  p: ParameterSource,
  config: ModelConfig,
  noise: Tensor,
  state: PriorState,
  noiseFirst?: Tensor,
): { z: Tensor; state: PriorState } {
  const { first, second, source, begin } = layers(p, config);
  let { z } = state;
  let [lower, upper] = state.layers;
  const zs = unstack(noise, 0).map((e, step) => {
    lower = first.step(first.project(z), lower);
    upper = second.step(second.project(lower.h), upper);
    const output = step === 0 && begin && noiseFirst ? drawOutput(begin, upper.h, noiseFirst) : upper.h;
    z = reparameterize(gaussianHead(source, config, output, config.dynamic), e);
    return z;
  });
  return { z: stack(zs, 0), state: { z, layers: [lower, upper] } };
}

function layers(p: ParameterSource, config: ModelConfig) {
  const source = scoped(p, 'dynamic_prior');
  const lstm = scoped(source, 'lstm');
  return {
    source,
    first: new LstmLayer(lstm, '_l0', config.dynamic, config.hidden),
    second: new LstmLayer(lstm, '_l1', config.hidden, config.hidden),
    begin: firstStep(source, config),
  };
}
