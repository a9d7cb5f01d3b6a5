import { add, Graph, logSoftmax, mul, reshape, slice, stack, sum, type Tensor } from '../../graph/index.js';
import { type FrameCoder, frameDims } from '../../model/index.js';
import { type AdamSettings, FlatLayout } from '../../nn/index.js';
import { type DataFormat, dataInput, descend, type Layout, parameterInputs } from '../../train/step.js';
import { type JudgeConfig, judgeArrays, judgeLogits } from './network.js';

/** Adam as its authors have it, and a gradient that no single batch can throw far. */
export const JUDGE_ADAM: AdamSettings = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, clip: 10, clipElement: 0 };

/** The arrays of a judge. */
export function judgeLayout(config: JudgeConfig, coder: FrameCoder): Layout {
  const specs = judgeArrays(config, coder);
  return { parameters: new FlatLayout(specs, 'parameter'), buffers: new FlatLayout(specs, 'buffer') };
}

/**
 * One training step of a judge as one graph: cross-entropy summed over the factors, its gradient, Adam.
 *
 * Inputs: `parameters`, `mean`, `variance` `[P]`, `buffers` `[S]` (if there are any), `schedule` `[2]`, `x` as stored `[B, T, …frame]`,
 * and `targets` `[B, Σ classes]`: for each factor a row with a 1 at its class, all 0 where the label is unknown.
 * Outputs: `terms` (loss, norm of the gradient), and the state after the step with `next.` before its name.
 */
export function judgeTrainingGraph(
  config: JudgeConfig,
  coder: FrameCoder,
  layout: Layout,
  { batch, data }: { readonly batch: number; readonly data: DataFormat },
): Graph {
  const graph = new Graph();
  const source = parameterInputs(graph, layout);
  const x = dataInput(graph, [batch, config.frames, ...frameDims(config.frame)], data);
  const logits = judgeLogits(source, config, coder, x, 'train');
  const loss = crossEntropy(graph, logits, batch);
  const { next } = descend(source, layout.parameters, { loss, watched: loss }, JUDGE_ADAM);
  graph.output('terms', stack([loss, next.gradientNorm], 0));
  if (layout.buffers.size > 0) graph.output('next.buffers', source.updatedBuffers());
  return graph;
}

/** −mean_i Σ_factors log p(label_i | x_i). */
function crossEntropy(graph: Graph, logits: readonly Tensor[], batch: number): Tensor {
  const width = logits.reduce((n, l) => n + l.shape[1]!, 0);
  const targets = graph.input('targets', [batch, width]);
  let from = 0;
  const terms = logits.map((l) => {
    const classes = l.shape[1]!;
    const target = slice(targets, 1, from, from + classes);
    from += classes;
    return reshape(sum(mul(target, logSoftmax(l, 1))), []);
  });
  return mul(terms.reduce(add), -1 / batch);
}
