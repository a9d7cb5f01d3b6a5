import { checkNames, checkRange, checkWhole } from '../../bounds.js';
import { openDataset } from '../../data/open.js';
import { CdsvaeError } from '../../errors.js';
import { encodeOnnx } from '../../graph/index.js';
import { createSession } from '../../runtime/node.js';
import { fit, stopped } from './fit.js';
import { checkJudgeFolder, judgeFolder, loadJudge, writeJudge } from './folder.js';
import { Classifier, type JudgeAccuracy } from './judge.js';
import { measureJudge } from './measure.js';
import { judgeGraph } from './network.js';
import type { JudgeOptions } from './options.js';
import { prepare } from './setup.js';

/** What {@link trainJudge} made. */
export interface JudgeReport {
  /** The judge's folder. */
  readonly folder: string;
  /** Steps until the judge that was kept, and in all. */
  readonly bestStep: number;
  readonly steps: number;
  readonly seconds: number;
  /** Sequences it was trained on, validated on. */
  readonly trainSize: number;
  readonly factors: readonly string[];
  /** Labelled factors that it does not tell, and why. */
  readonly leftOut: readonly string[];
  readonly accuracy: JudgeAccuracy;
  /** One for each factor it does not know well. */
  readonly warnings: readonly string[];
}

const OPTIONS: Readonly<Record<keyof JudgeOptions, true>> = {
  data: true,
  out: true,
  minutes: true,
  steps: true,
  batch: true,
  width: true,
  looks: true,
  seed: true,
  threads: true,
  signal: true,
  onProgress: true,
};

/**
 * Trains a judge on real sequences and their labels, stops when validation sequences show nothing better, measures it on real test
 * sequences, and writes its folder.
 *
 * @throws CdsvaeError `input`: no labels, or data that cannot be read; `usage`; `diverged`; `stopped`; `io`. No judge is left then.
 *
 * @example
 * const { folder, accuracy } = await trainJudge({ data: 'datasets/sprites' });
 */
export async function trainJudge(options: JudgeOptions): Promise<JudgeReport> {
  const { data: source, seed = 0, threads } = options;
  checkNames('trainJudge', options, OPTIONS);
  checkNumbers(options);
  const folder = options.out ?? judgeFolder(source);
  const data = openDataset(source);
  try {
    checkJudgeFolder(folder);
    const setup = prepare(data, options);
    const session = (bytes: Uint8Array) => createSession(bytes, threads === undefined ? {} : { threads });
    const trained = await fit(setup, options, seed, session);
    const judge = new Classifier(setup.config, await session(encodeOnnx(judgeGraph(setup.config, trained.weights))));
    const heed = () => {
      if (options.signal?.aborted) throw stopped();
    };
    const accuracy = await measureJudge(judge, data, heed).finally(() => judge.release());
    writeJudge(folder, {
      config: setup.config,
      weights: trained.weights,
      data: data.info,
      training: { steps: trained.bestStep, batch: setup.batch, seed, seconds: Math.round(trained.seconds) },
      accuracy,
    });
    // As it will be read: what cannot be would otherwise show itself much later.
    const written = await loadJudge(folder, { threads: 1 });
    await written.release();
    return {
      folder,
      bestStep: trained.bestStep,
      steps: trained.steps,
      seconds: trained.seconds,
      trainSize: data.split('train')!.size,
      factors: setup.config.factors.map((f) => f.name),
      leftOut: setup.leftOut,
      accuracy: written.accuracy,
      warnings: written.warnings(),
    };
  } finally {
    data.close();
  }
}

/** @throws CdsvaeError `usage` */
function checkNumbers({ minutes, steps, batch, width, looks, seed = 0 }: JudgeOptions): void {
  if (minutes !== undefined) checkRange('minutes', minutes, 0, 1e6);
  if (steps !== undefined) checkWhole('steps', steps, 1);
  if (batch !== undefined) checkWhole('batch', batch, 2, 4096);
  if (width !== undefined) checkWhole('width', width, 1, 512);
  if (looks !== undefined) checkWhole('looks', looks, 1);
  checkWhole('seed', seed, 0);
  if (minutes !== undefined && steps !== undefined) {
    throw new CdsvaeError('usage', 'both steps and minutes given; one of them is expected');
  }
}
