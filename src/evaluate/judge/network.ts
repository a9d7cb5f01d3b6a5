import type { Factor } from '../../data/dataset.js';
import {
  add,
  clip,
  concat,
  Graph,
  leakyRelu,
  mean,
  mul,
  OPEN_BATCH,
  reshape,
  slice,
  softmax,
  sub,
  type Tensor,
} from '../../graph/index.js';
import {
  type CoderConfig,
  type FrameCoder,
  type FrameShape,
  frameDims,
  plainCoder,
  timeFirst,
} from '../../model/index.js';
import {
  bidirectionalLstm,
  constantParameters,
  linear,
  type NormMode,
  normal,
  type ParameterSource,
  type ParameterSpec,
  recordParameters,
  scoped,
} from '../../nn/index.js';
import type { Weights } from '../../trained/graphs.js';

/**
 * Values so near to 0 and 1 are 0 and 1 to a judge, as they are to an eye. A sigmoid never comes to black, of which real frames may be full, and
 * a network that has seen nothing else takes a shade that nobody sees for something else.
 */
const INVISIBLE = 0.02;

/** Everything that fixes the shapes of a judge. */
export interface JudgeConfig extends CoderConfig {
  readonly frame: FrameShape;
  /** T, frames in the sequences it judges. */
  readonly frames: number;
  /** Frames it looks at, evenly spaced from the first to the last; 1 … T. */
  readonly looks: number;
  /** Units of its recurrent network, and of the hidden layer of each head. */
  readonly hidden: number;
  /** The labels it tells, a head for each. */
  readonly factors: readonly Factor[];
}

/**
 * The network of a judge (§4.2): the model's own frame encoder, a bidirectional LSTM over its features, and for each factor a head of
 * two layers on the last output of the forward pass, that of the backward pass at the first frame, and the mean of the features: what stays
 * the same need not be learned by way of what has an order.
 *
 * @param x `[B, T, …frame]`
 * @param seen the frames it looks at
 * @returns logits `[B, classes]` of each factor
 */
export function judgeLogits(
  p: ParameterSource,
  config: JudgeConfig,
  coder: FrameCoder,
  x: Tensor,
  mode: NormMode,
  seen: readonly number[] = lookedAt(config),
): Tensor[] {
  const b = x.shape[0]!;
  const frames =
    seen.length === config.frames
      ? x
      : concat(
          seen.map((t) => slice(x, 1, t, t + 1)),
          1,
        );
  const flat = reshape(frames, [b * seen.length, ...frameDims(config.frame)]);
  const visible = config.frame.kind === 'video' ? clip(mul(sub(flat, INVISIBLE), 1 / (1 - 2 * INVISIBLE)), 0, 1) : flat;
  const features = coder.encode(scoped(p, 'encoder'), visible, mode);
  const inOrder = reshape(features, [b, seen.length, config.features]);
  const sequence = timeFirst(inOrder);
  const { forward, backward } = bidirectionalLstm(scoped(p, 'lstm'), sequence, config.hidden);
  const whole = concat([forward.at(-1)!, backward[0]!, mean(inOrder, 1)], 1);
  const weights = (inputs: number, gain: number) => normal(Math.sqrt(gain / inputs));
  return config.factors.map(({ classes }, k) => {
    const head = scoped(p, `heads.${k}`);
    const hidden = leakyRelu(linear(scoped(head, 'linear1'), whole, config.hidden, weights(whole.shape[1]!, 2)));
    return linear(scoped(head, 'linear2'), hidden, classes.length, weights(config.hidden, 1));
  });
}

/** The frames a judge looks at while it learns. */
export function lookedAt({ frames, looks }: Pick<JudgeConfig, 'frames' | 'looks'>): number[] {
  if (looks === 1) return [Math.floor((frames - 1) / 2)];
  return Array.from({ length: looks }, (_, i) => Math.round((i * (frames - 1)) / (looks - 1)));
}

/**
 * The frames of each glance of a finished judge: as many as it looks at while it learns, evenly spaced, each glance a frame later than the one
 * before it, and as many glances as there are frames for. What is hidden in one may be seen in another.
 */
export function glances({ frames, looks }: Pick<JudgeConfig, 'frames' | 'looks'>): number[][] {
  const count = Math.floor(frames / looks);
  const first = lookedAt({ frames: frames - count + 1, looks });
  return Array.from({ length: count }, (_, g) => first.map((t) => t + g));
}

/** Name of the graph's output for factor k. */
export function outputName(k: number): string {
  return `probabilities.${k}`;
}

/**
 * A finished judge, for any number of sequences: `x` `[batch, T, …frame]` → `probabilities.k` `[batch, classes]` of factor k, their mean over
 * its {@link glances}.
 */
export function judgeGraph(config: JudgeConfig, weights: Weights): Graph {
  const graph = new Graph();
  const x = graph.input('x', [OPEN_BATCH, config.frames, ...frameDims(config.frame)]);
  const p = constantParameters(graph, weights);
  const coder = plainCoder(config);
  const all = glances(config).map((seen) =>
    judgeLogits(p, config, coder, x, 'running', seen).map((l) => softmax(l, 1)),
  );
  config.factors.forEach((_, k) => {
    const sum = all.map((probabilities) => probabilities[k]!).reduce(add);
    graph.output(outputName(k), all.length === 1 ? sum : mul(sum, 1 / all.length));
  });
  return graph;
}

/** Every array a judge of this configuration has. */
export function judgeArrays(config: JudgeConfig, coder: FrameCoder = plainCoder(config)): ParameterSpec[] {
  const graph = new Graph();
  const x = graph.input('x', [2, config.frames, ...frameDims(config.frame)]);
  return recordParameters((p) => judgeLogits(p, config, coder, x, 'train'), graph);
}
