import { cast, concat, Graph, gradients, mul, type Real, reshape, stack, type Tensor } from '../graph/index.js';
import { type Coders, frameDims, type ModelConfig, type ModelInputs, trainingPass } from '../model/index.js';
import {
  ADAM_INPUTS,
  type AdamSettings,
  adam,
  FlatLayout,
  FlatParameters,
  type ParameterSource,
  recordParameters,
} from '../nn/index.js';
import { type ObjectiveConfig, objective, TERMS } from '../objective/index.js';

/** How values of data enter the graph: as they are stored, to be divided. */
export interface DataFormat {
  readonly dtype: 'uint8' | 'float32' | 'float64';
  /** value = stored / divisor */
  readonly divisor: number;
}

/** What a training step is made of. */
export interface StepConfig {
  readonly model: ModelConfig;
  readonly objective: ObjectiveConfig;
  readonly adam: AdamSettings;
  /** B, sequences in a step. */
  readonly batch: number;
  /** Weight of the loss in the gradient; default 1. */
  readonly lossWeight?: number;
  readonly data: DataFormat;
}

/** The graph's scalar input for α of KL_z, where it differs from step to step. */
export const ALPHA_DYNAMIC = 'alphaDynamic';

/** How the parts of the step that have a choice are built. */
export interface StepParts {
  readonly coders: Coders;
  /** x^m of x `[B, T, …frame]`, with inputs of its own. */
  readonly motion: (x: Tensor) => Tensor;
  readonly real?: Real;
  /** Also give the gradient, as output `gradient`. */
  readonly gradient?: boolean;
}

/** Names of what is logged at each step: the terms of the objective and the norm of the gradient. */
export const STEP_TERMS = [...TERMS, 'gradientNorm'] as const;

/** Flat vectors of parameters and of buffers. */
export interface Layout {
  readonly parameters: FlatLayout;
  readonly buffers: FlatLayout;
}

/** The arrays of a model, found by building its forward pass once for nothing: of one frame, as they are the same for any number. */
export function modelLayout(config: ModelConfig, coders: Coders): Layout {
  const graph = new Graph();
  const model = { ...config, frames: 1 };
  const build = (source: ParameterSource) => {
    const x = graph.input('x', [2, model.frames, ...frameDims(model.frame)]);
    trainingPass(
      source,
      model,
      coders,
      modelInputs(graph, model, 2, x, (same) => same),
    );
  };
  const specs = recordParameters(build, graph);
  return { parameters: new FlatLayout(specs, 'parameter'), buffers: new FlatLayout(specs, 'buffer') };
}

/**
 * One training step as one graph: augmentation, forward pass, objective, gradients, Adam.
 *
 * Inputs: `parameters`, `mean`, `variance` `[P]`, `buffers` `[S]` (if there are any), `schedule` `[2]` of {@link adamSchedule}; `x` as
 * stored `[B, T, …frame]`, `order` and `inverse` int32 `[T]`, `noiseStatic` `[B, d_s]`, `noiseDynamic` and `noiseMotion`
 * `[B, T, d_m]`, those of the motion augmentation, and {@link ALPHA_DYNAMIC} where it differs from step to step.
 *
 * Outputs: `terms` ({@link STEP_TERMS}), and the state after the step under the names of the inputs with `next.` before.
 */
export function trainingGraph(config: StepConfig, parts: StepParts, layout: Layout): Graph {
  const { model, batch, data } = config;
  const graph = new Graph(parts.real);
  const source = parameterInputs(graph, layout);
  const x = dataInput(graph, [batch, model.frames, ...frameDims(model.frame)], data);
  const inputs = modelInputs(graph, model, batch, x, parts.motion);
  const { alphaDynamic, alphaDynamicEnd } = config.objective;
  const alpha = alphaDynamicEnd === null ? alphaDynamic : graph.input(ALPHA_DYNAMIC, []);
  const terms = objective(model, config.objective, x, trainingPass(source, model, parts.coders, inputs), alpha);

  const { lossWeight = 1 } = config;
  const loss = lossWeight === 1 ? terms.loss : mul(terms.loss, lossWeight);
  const found = stack(
    TERMS.map((name) => terms[name]),
    0,
  );
  const { gradient, next } = descend(source, layout.parameters, { loss, watched: found }, config.adam);

  graph.output('terms', concat([found, reshape(next.gradientNorm, [1])], 0));
  if (layout.buffers.size > 0) graph.output('next.buffers', source.updatedBuffers());
  if (parts.gradient) graph.output('gradient', gradient);
  return graph;
}

/**
 * One step of Adam down a loss, where all that is `watched` is finite: the vectors `mean` and `variance` `[P]` and `schedule` `[2]` come in, `next.parameters`, `next.mean` and
 * `next.variance` go out.
 */
export function descend(
  source: FlatParameters,
  layout: FlatLayout,
  { loss, watched }: { readonly loss: Tensor; readonly watched: Tensor },
  settings: AdamSettings,
): { gradient: Tensor; next: ReturnType<typeof adam> } {
  const { graph } = source;
  const wanted = [...source.parameters.entries()];
  // In a sequence of one frame nothing goes from a frame to the next: recurrent weights have no part in the loss.
  const found = gradients(
    loss,
    wanted.map(([, t]) => t),
    'zeros',
  );
  const byName = new Map(wanted.map(([name], i) => [name, found[i]!]));
  const gradient = layout.join((name) => byName.get(name)!);
  const vector = (name: string) => graph.input(name, [layout.size]);
  const next = adam(
    { parameters: source.flat, mean: vector('mean'), variance: vector('variance') },
    gradient,
    graph.input('schedule', [ADAM_INPUTS]),
    settings,
    watched,
  );
  graph.output('next.parameters', next.parameters);
  graph.output('next.mean', next.mean);
  graph.output('next.variance', next.variance);
  return { gradient, next };
}

/**
 * The objective on data that is not trained on: running statistics, no gradients. Inputs and outputs as in
 * {@link trainingGraph}, without optimiser and `next.`.
 */
export function validationGraph(config: StepConfig, parts: StepParts, layout: Layout): Graph {
  const { model, batch, data } = config;
  const graph = new Graph(parts.real);
  const source = parameterInputs(graph, layout);
  const x = dataInput(graph, [batch, model.frames, ...frameDims(model.frame)], data);
  const inputs = modelInputs(graph, model, batch, x, parts.motion);
  const terms = objective(model, config.objective, x, trainingPass(source, model, parts.coders, inputs, 'running'));
  graph.output(
    'terms',
    stack(
      TERMS.map((name) => terms[name]),
      0,
    ),
  );
  return graph;
}

/** A network whose arrays are the graph's inputs `parameters` and `buffers`. */
export function parameterInputs(graph: Graph, layout: Layout): FlatParameters {
  return new FlatParameters(graph, layout, {
    parameters: graph.input('parameters', [layout.parameters.size]),
    buffers: layout.buffers.size > 0 ? graph.input('buffers', [layout.buffers.size]) : undefined,
  });
}

/** The graph's input `x`, as stored, and its values. */
export function dataInput(graph: Graph, shape: readonly number[], { dtype, divisor }: DataFormat): Tensor {
  return mul(cast(graph.input('x', shape, dtype), graph.real), 1 / divisor);
}

function modelInputs(
  graph: Graph,
  model: ModelConfig,
  batch: number,
  x: Tensor,
  motion: (x: Tensor) => Tensor,
): ModelInputs {
  const trajectory = [batch, model.frames, model.dynamic];
  return {
    x,
    motion: motion(x),
    order: graph.input('order', [model.frames], 'int32'),
    inverse: graph.input('inverse', [model.frames], 'int32'),
    noiseStatic: graph.input('noiseStatic', [batch, model.static]),
    noiseDynamic: graph.input('noiseDynamic', trajectory),
    noiseMotion: graph.input('noiseMotion', trajectory),
  };
}
