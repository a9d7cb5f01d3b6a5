import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { decodeSafetensors, type NamedTensor } from '../../src/formats/safetensors.js';
import { cast, encodeOnnx, mul, type Real, type Tensor } from '../../src/graph/index.js';
import { type Coders, codersOf, type ModelConfig } from '../../src/model/index.js';
import { adamSchedule } from '../../src/nn/index.js';
import type { ObjectiveConfig } from '../../src/objective/index.js';
import { createSession } from '../../src/runtime/node.js';
import type { Value } from '../../src/runtime/session.js';
import { type Layout, modelLayout, STEP_TERMS, type StepConfig, trainingGraph } from '../../src/train/step.js';

/** Loss terms by PyTorch's names. */
export type Losses = Record<string, number>;

interface TorchObjective {
  likelihood: 'gaussian' | 'bernoulli' | 'l1';
  mws: 'trajectory' | 'frame';
  all_mws: boolean;
  alpha: number;
  beta: number;
  gamma: number;
  tau: number;
  N: number;
}

/** A fixture made by PyTorch, in this library's terms. */
export interface Fixture {
  readonly name: string;
  readonly batch: number;
  readonly model: ModelConfig;
  readonly losses: Losses;
  readonly losses32: Losses;
  readonly steps: readonly number[] | undefined;
  readonly objective: ObjectiveConfig;
  readonly variants: Record<string, { objective: TorchObjective; losses: Losses }>;
  readonly tensors: Map<string, NamedTensor>;
}

const folder = new URL('../fixtures/pytorch/', import.meta.url);

export function readFixture(name: string): Fixture {
  const config = JSON.parse(readFileSync(new URL(`${name}.config.json`, folder), 'utf8'));
  const { model: m } = config;
  return {
    name,
    batch: config.B,
    model: {
      frame:
        m.kind === 'video'
          ? { kind: 'video', size: m.size, channels: m.channels }
          : { kind: 'features', features: m.frame },
      frames: config.T,
      width: m.width,
      mlp: m.mlp,
      features: m.g,
      hidden: m.hidden,
      static: m.d_s,
      dynamic: m.d_m,
      posterior: m.variant,
      detail: m.detail,
      priorComponents: m.prior_components,
      staticMean: m.static_mean,
      objects: m.objects,
      initialization: 'normal',
    },
    losses: config.losses,
    losses32: config.losses32,
    steps: config.steps,
    objective: objectiveOf(config.objective),
    variants: config.variants ?? {},
    tensors: decodeSafetensors(readFileSync(fileURLToPath(new URL(`${name}.safetensors`, folder)))).tensors,
  };
}

export function objectiveOf(o: TorchObjective): ObjectiveConfig {
  return {
    likelihood: o.likelihood,
    motionPrecision: 1,
    alphaStatic: o.alpha,
    alphaDynamic: o.alpha,
    alphaDynamicEnd: null,
    betaStatic: o.beta,
    betaDynamic: o.beta,
    gamma: o.gamma,
    temperature: o.tau,
    mws: o.mws,
    mutualInformation: o.all_mws ? 'mws' : 'contrastive',
    dataSize: o.N,
  };
}

/** The tensors whose names begin with `prefix`, without it. */
export function group(f: Fixture, prefix: string): Map<string, NamedTensor> {
  return new Map(
    [...f.tensors].filter(([n]) => n.startsWith(`${prefix}/`)).map(([n, t]) => [n.slice(prefix.length + 1), t]),
  );
}

/** Distance of `a` from `b` relative to the length of `b`, over all arrays together. */
export function distance(
  a: Map<string, { data: ArrayLike<number | bigint> }>,
  b: Map<string, { data: ArrayLike<number | bigint> }>,
): number {
  let difference = 0;
  let length = 0;
  for (const [name, { data }] of b) {
    const other = a.get(name)!.data;
    for (let i = 0; i < data.length; i++) {
      difference += (Number(other[i]) - Number(data[i])) ** 2;
      length += Number(data[i]) ** 2;
    }
  }
  return Math.sqrt(difference / length);
}

/** Runs `count` training steps on a fixture's batch, and gives what each one left. */
export async function runSteps(
  f: Fixture,
  real: Real,
  {
    count = 1,
    objective = f.objective,
    coders = codersOf(f.model),
  }: { count?: number; objective?: ObjectiveConfig; coders?: Coders } = {},
) {
  const config: StepConfig = {
    model: f.model,
    objective,
    adam: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, clip: 0, clipElement: 0 },
    batch: f.batch,
    data: f.model.frame.kind === 'video' ? { dtype: 'uint8', divisor: 255 } : { dtype: real, divisor: 1 },
  };
  const layout: Layout = modelLayout(f.model, coders);
  const floats = (n: number) => (real === 'float64' ? new Float64Array(n) : new Float32Array(n));
  const value = (name: string, type = real): Value => {
    const t = f.tensors.get(name)!;
    const data =
      type === 'float64' ? Float64Array.from(t.data as Float64Array) : Float32Array.from(t.data as Float64Array);
    return { type, shape: t.shape, data };
  };
  const stored = (name: string): Value =>
    f.model.frame.kind === 'video'
      ? { type: 'uint8', shape: f.tensors.get(name)!.shape, data: f.tensors.get(name)!.data as Uint8Array }
      : value(name);

  const graph = trainingGraph(
    config,
    {
      coders,
      real,
      gradient: true,
      motion: (x) => motionInput(x, config),
    },
    layout,
  );
  const session = await createSession(encodeOnnx(graph), { threads: 2 });
  const P = layout.parameters.size;
  const S = layout.buffers.size;
  const permutation = Int32Array.from(f.tensors.get('permutation')!.data as BigInt64Array, Number);
  const inverse = permutation.map((_, i) => permutation.indexOf(i));
  const vector = (data: Float32Array | Float64Array): Value => ({ type: real, shape: [data.length], data });
  let state: Record<string, Value> = {
    parameters: vector(layout.parameters.fromNamed(group(f, 'weights'), floats(P), f.name)),
    mean: vector(floats(P)),
    variance: vector(floats(P)),
    ...(S > 0 && { buffers: vector(layout.buffers.fromNamed(group(f, 'buffers'), floats(S), f.name)) }),
  };
  const results = [];
  for (let step = 1; step <= count; step++) {
    const out = await session.run({
      ...state,
      schedule: vector(
        real === 'float64'
          ? Float64Array.from(adamSchedule(step, 1e-3, config.adam))
          : Float32Array.from(adamSchedule(step, 1e-3, config.adam)),
      ),
      x: stored('x'),
      motion: stored('x_motion'),
      order: { type: 'int32', shape: [f.model.frames], data: permutation },
      inverse: { type: 'int32', shape: [f.model.frames], data: inverse },
      noiseStatic: value('noise_s'),
      noiseDynamic: value('noise_z'),
      noiseMotion: value('noise_motion'),
    });
    state = Object.fromEntries(Object.keys(state).map((name) => [name, out[`next.${name}`]!]));
    results.push({
      terms: Object.fromEntries(STEP_TERMS.map((name, i) => [name, Number(out.terms!.data[i])])),
      gradient: layout.parameters.toNamed(out.gradient!.data as Float64Array),
      parameters: layout.parameters.toNamed(state.parameters!.data as Float64Array),
      buffers: state.buffers ? layout.buffers.toNamed(state.buffers.data as Float64Array) : new Map(),
    });
  }
  await session.release();
  return results;
}

function motionInput(x: Tensor, config: StepConfig) {
  const { graph, shape } = x;
  const raw = graph.input('motion', shape, config.data.dtype);
  return mul(cast(raw, graph.real), 1 / config.data.divisor);
}

/** Every fixture made by PyTorch: both posteriors, both coders, video of 32, 64 and 128 pixels, features. */
export const FIXTURES = [
  'video-causal',
  'video-smoothing',
  'features-causal',
  'features-smoothing',
  'video-64',
  'video-128',
  'video-objects',
  'video-detail',
  'video-mixture',
].map(readFixture);
