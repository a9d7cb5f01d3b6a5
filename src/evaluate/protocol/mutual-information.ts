import { encodeOnnx, Graph, stack } from '../../graph/index.js';
import type { ModelConfig } from '../../model/index.js';
import { timeFirst } from '../../model/index.js';
import { mutualInformation as estimates } from '../../objective/index.js';
import { Random } from '../../random.js';
import { createSession } from '../../runtime/node.js';
import { float32, type SessionOptions } from '../../runtime/session.js';
import { turn } from '../../turn.js';
import { type Summary, summarize } from '../metrics/summary.js';
import type { Material, OnSequences } from './material.js';

/**
 * Mutual information by minibatch weighted sampling, in nats (Figures 6, 14 and 15). The estimates are the paper's: each lies log N above what it
 * estimates where the batch is all there is, and goes from log N (nothing is known) to log(N·M).
 */
export interface MutualInformationReport {
  /** I(s; x_1:T) */
  readonly staticData: Summary;
  /** I(z_1:T; x_1:T) */
  readonly dynamicData: Summary;
  /**
   * I(s; z_1:T), about log N where they are independent and the estimate is off its ceiling: where I(s; x) is at it, each posterior of s is told
   * from all others, and this is then I(z; x), whatever s and z have in common.
   */
  readonly staticDynamic: Summary;
  /** M, sequences in a batch, on which the estimates depend. */
  readonly batch: number;
  /** N, sequences of the train split of the data evaluated; of an endless source as many as training takes them to be. */
  readonly dataSize: number;
}

/** The batch of the authors' script. */
const BATCH = 128;

/**
 * The estimates that training logs, on real sequences: the mean over batches in random order, new samples of the posterior in each
 * repeat. q(z_t | …) is taken along the trajectory of means, which the exported encoder gives.
 *
 * @param onSequences told of each batch
 * @returns undefined for fewer than two sequences
 */
export async function mutualInformation(
  config: ModelConfig,
  source: Material,
  dataSize: number,
  { repeats, seed }: { readonly repeats: number; readonly seed: number },
  onSequences: OnSequences,
  options: SessionOptions,
): Promise<MutualInformationReport | undefined> {
  const count = source.indices.length;
  if (count < 2) return undefined;
  const batch = Math.min(BATCH, count);
  const session = await createSession(encodeOnnx(estimateGraph(config, batch, dataSize)), options);
  try {
    const runs: [number, number, number][] = [];
    for (let r = 0; r < repeats; r++) {
      const random = Random.of(seed, 'evaluate mutual information', r);
      const order = random.permutation(count);
      const sums: [number, number, number] = [0, 0, 0];
      const batches = Math.floor(count / batch);
      for (let i = 0; i < batches; i++) {
        const rows = order.subarray(i * batch, (i + 1) * batch);
        const { estimates: out } = await session.run({
          ...posterior('s', source.s, source.sLogvar, rows, [config.static], random),
          ...posterior('z', source.z, source.zLogvar, rows, [config.frames, config.dynamic], random),
        });
        for (let k = 0; k < 3; k++) sums[k]! += Number(out!.data[k]) / batches;
        await turn();
        onSequences(batch);
      }
      // Those that are too few for a batch.
      onSequences(count % batch);
      runs.push(sums);
    }
    const over = (k: 0 | 1 | 2) => summarize(runs.map((run) => run[k]));
    return { staticData: over(0), dynamicData: over(1), staticDynamic: over(2), batch, dataSize };
  } finally {
    await session.release();
  }
}

function estimateGraph(config: ModelConfig, batch: number, dataSize: number): Graph {
  const graph = new Graph();
  const inputs = (name: string, shape: number[]) => {
    const [mean, logvar, sample] = ['mean', 'logvar', 'sample'].map((part) => graph.input(`${name}.${part}`, shape));
    return { mean: mean!, logvar: logvar!, sample: sample! };
  };
  const s = inputs('s', [batch, config.static]);
  const z = inputs('z', [batch, config.frames, config.dynamic]);
  const found = estimates(
    s,
    { mean: timeFirst(z.mean), logvar: timeFirst(z.logvar), sample: timeFirst(z.sample) },
    dataSize,
  );
  graph.output('estimates', stack([found.staticData, found.dynamicData, found.trajectory], 0));
  return graph;
}

/** Rows of a posterior, and a sample of it. */
function posterior(
  name: string,
  means: Float32Array,
  logvars: Float32Array,
  rows: Int32Array,
  shape: readonly number[],
  random: Random,
) {
  const width = shape.reduce((a, b) => a * b, 1);
  const [mean, logvar, sample] = [0, 1, 2].map(() => new Float32Array(rows.length * width)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  rows.forEach((row, i) => {
    mean.set(means.subarray(row * width, (row + 1) * width), i * width);
    logvar.set(logvars.subarray(row * width, (row + 1) * width), i * width);
  });
  for (let i = 0; i < sample.length; i++) sample[i] = mean[i]! + Math.exp(logvar[i]! / 2) * random.normal();
  const value = (data: Float32Array) => float32(data, [rows.length, ...shape]);
  return {
    [`${name}.mean`]: value(mean),
    [`${name}.logvar`]: value(logvar),
    [`${name}.sample`]: value(sample),
  };
}
