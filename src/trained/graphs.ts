import { Graph, OPEN_BATCH } from '../graph/index.js';
import {
  codersOf,
  decode,
  encode,
  frameDims,
  type ModelConfig,
  type PriorState,
  samplePrior,
  timeFirst,
} from '../model/index.js';
import { constantParameters, type ParameterSource, type ParameterSpec, recordParameters } from '../nn/index.js';

/** Arrays of a trained model by PyTorch's names and in its layout, running statistics included. */
export type Weights = ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float32Array }>;

/** Names of the arrays that the prior carries from one call to the next: `z` `[B, d_m]`, the others `[B, hidden]`. */
export const PRIOR_STATE = ['z', 'h1', 'c1', 'h2', 'c2'] as const;

/**
 * A trained model's posterior, for any number of sequences:
 * `x` `[batch, T, …frame]` → `s.mean`, `s.logvar` `[batch, d_s]`, `z.mean`, `z.logvar` `[batch, T, d_m]`.
 */
export function encoderGraph(model: ModelConfig, weights: Weights): Graph {
  return withWeights(weights, (p) => buildEncoder(p, model));
}

/** A trained model's decoder, for any number of sequences: `s` `[batch, d_s]`, `z` `[batch, T, d_m]` → `x` `[batch, T, …frame]`. */
export function decoderGraph(model: ModelConfig, weights: Weights): Graph {
  return withWeights(weights, (p) => buildDecoder(p, model));
}

/**
 * A trained model's prior, for any number of sequences: standard normal `noise.s` `[batch, d_s]` and `noise.z` `[batch, T, d_m]` →
 * `s` and `z` of the same shapes. `state.*` is where the trajectory before ended (zeros at the beginning), `next.*` where this
 * one ends, so that calls one after another draw a trajectory of any length. Where p(z_1) is a mixture there is also `noise.first` `[batch, K]`,
 * standard Gumbel at the beginning; 1e30 in its first column and 0 in the others where a trajectory goes on.
 */
export function priorGraph(model: ModelConfig, weights: Weights): Graph {
  return withWeights(weights, (p) => buildPrior(p, model));
}

/** Every array a model of this configuration has: its state dict, but for PyTorch's count of batches. */
export function modelArrays(model: ModelConfig): ParameterSpec[] {
  const specs = [buildEncoder, buildDecoder, buildPrior].flatMap((build) =>
    recordParameters((p) => build(p, model), new Graph()),
  );
  return [...new Map(specs.map((s) => [s.name, s])).values()];
}

/** With its one operand, or its result, a node then has the 8 storage buffers that every WebGPU gives it. */
const WIDEST = 7;

function withWeights(weights: Weights, build: (p: ParameterSource) => void): Graph {
  const graph = new Graph('float32', WIDEST);
  build(constantParameters(graph, weights));
  return graph;
}

function buildEncoder(p: ParameterSource, model: ModelConfig): void {
  const { graph } = p;
  const x = graph.input('x', [OPEN_BATCH, model.frames, ...frameDims(model.frame)]);
  const { s, z } = encode(p, model, codersOf(model), x);
  graph.output('s.mean', s.mean);
  graph.output('s.logvar', s.logvar);
  graph.output('z.mean', z.mean);
  graph.output('z.logvar', z.logvar);
}

function buildDecoder(p: ParameterSource, model: ModelConfig): void {
  const { graph } = p;
  const s = graph.input('s', [OPEN_BATCH, model.static]);
  const z = graph.input('z', [OPEN_BATCH, model.frames, model.dynamic]);
  graph.output('x', decode(p, model, codersOf(model), s, z));
}

function buildPrior(p: ParameterSource, model: ModelConfig): void {
  const { graph } = p;
  const noiseS = graph.input('noise.s', [OPEN_BATCH, model.static]);
  const noiseZ = graph.input('noise.z', [OPEN_BATCH, model.frames, model.dynamic]);
  const [z, h1, c1, h2, c2] = PRIOR_STATE.map((name) =>
    graph.input(`state.${name}`, [OPEN_BATCH, name === 'z' ? model.dynamic : model.hidden]),
  );
  const state: PriorState = {
    z: z!,
    layers: [
      { h: h1!, c: c1! },
      { h: h2!, c: c2! },
    ],
  };
  const { priorComponents: k } = model;
  const noiseFirst = k > 1 ? graph.input('noise.first', [OPEN_BATCH, k]) : undefined;
  const drawn = samplePrior(p, model, timeFirst(noiseZ), state, noiseFirst);
  // p(s) is standard normal: its noise is its sample.
  graph.output('s', noiseS);
  graph.output('z', timeFirst(drawn.z));
  const [lower, upper] = drawn.state.layers;
  const next = { z: drawn.state.z, h1: lower.h, c1: lower.c, h2: upper.h, c2: upper.c };
  for (const name of PRIOR_STATE) graph.output(`next.${name}`, next[name]);
}
