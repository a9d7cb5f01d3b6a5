/** The model of a run, measured: `evaluation.json`. */
import { dirname, join } from 'node:path';
import { checkNames } from '../bounds.js';
import { openDataset } from '../data/open.js';
import { CdsvaeError } from '../errors.js';
import { checkWritable, makeFolder, writeAtomic } from '../formats/durable.js';
import { runPaths } from '../formats/run-paths.js';
import { shellWord } from '../shell-word.js';
import { modelBehind } from '../train/model-behind.js';
import { sourceOf } from '../train/run-data.js';
import { WEIGHTS_FILE } from '../trained/folder-names.js';
import { load } from '../trained/load.js';
import {
  checkData,
  EVALUATE_MODEL_OPTIONS,
  type EvaluateModelOptions,
  measures,
  withoutJudge,
} from './evaluate-model.js';
import { EVALUATION_FORMAT, type Evaluation } from './evaluation.js';
import { checkJudge, hasJudge, loadJudge, usualJudge } from './judge/folder.js';

/** What to evaluate, and how. */
export interface EvaluateOptions extends EvaluateModelOptions {
  /** The data: a dataset folder or a built-in name. Default: those of the run; a model folder knows only built-in ones. */
  readonly data?: string | undefined;
  /** The judge's folder. Default: `judge` in the folder evaluated, or else where `cdsvae judge` puts it. */
  readonly judge?: string | undefined;
  /** The file to be written. Default: `evaluation.json` in the folder evaluated. */
  readonly out?: string | undefined;
}

/**
 * Evaluates the model of a run (§4.2): both directions of generation, swaps, reconstruction, probes, mutual information, and for
 * features and speech verification. What needs labels or a judge is left out where there is none, and said to be.
 *
 * @param run a run folder or a model folder; `evaluation.json` is written into it unless told otherwise
 * @throws CdsvaeError `input`: no model, a judge of other data, sequences that the model cannot take; `usage`; `stopped`; `io`. Nothing is written then.
 *
 * @example
 * const { swap, reconstruction } = await evaluate('runs/sprites');
 */
export async function evaluate(run: string, options: EvaluateOptions = {}): Promise<Evaluation> {
  checkNames('evaluate', options, { ...EVALUATE_MODEL_OPTIONS, data: true, judge: true, out: true });
  const session = options.threads === undefined ? {} : { threads: options.threads };
  const out = options.out ?? runPaths(run).evaluation;
  const model = await load(run, session);
  const behind = modelBehind(run, model.description?.training.steps ?? 0);
  try {
    const source = sourceOf(run, model.description?.data.name, options.data);
    if (source === undefined) {
      throw new CdsvaeError('usage', `${run}: a model folder does not say where its data are; give them by --data`);
    }
    // Of an endless source the sequences of seed 0, whatever the run's: all runs are measured on the same.
    const data = openDataset(source.data);
    try {
      checkData(model, `the model of ${run}`, data);
      const beside = join(run, 'judge');
      const folder = options.judge ?? (hasJudge(beside) ? beside : usualJudge(source.data));
      // A judge that was asked for must be there; the usual one may be missing.
      const judge = options.judge !== undefined || hasJudge(folder) ? await loadJudge(folder, session) : undefined;
      try {
        if (judge) checkJudge(judge, folder, data.info);
        // Before all the work, not after it.
        checkWritable(out, 'file');
        const found = await measures(model, judge, data, options);
        const evaluation: Evaluation = {
          format: EVALUATION_FORMAT,
          model: {
            folder: run,
            steps: model.description?.training.steps ?? null,
            objective: source.settings?.objective.name ?? model.description?.training.objective ?? null,
            weights: model.description?.files[WEIGHTS_FILE]?.sha256,
          },
          ...found,
          judge: judge
            ? { folder, factors: judge.factors.map((f) => f.name), accuracy: judge.accuracy, weights: judge.hash }
            : null,
          leftOut: [
            ...(judge
              ? []
              : [withoutJudge(data, `no judge in ${folder}; train one with cdsvae judge ${shellWord(source.data)}`)]),
            ...found.leftOut,
          ],
          warnings: [...(behind === undefined ? [] : [behind]), ...found.warnings],
        };
        makeFolder(dirname(out));
        writeAtomic(out, `${JSON.stringify(evaluation, null, 2)}\n`);
        return evaluation;
      } finally {
        await judge?.release();
      }
    } finally {
      data.close();
    }
  } finally {
    await model.release();
  }
}
