import { existsSync } from 'node:fs';
import { Command } from 'commander';
import type { SplitName } from '../data/dataset.js';
import { SPLIT_NAMES } from '../data/dataset.js';
import { CdsvaeError } from '../errors.js';
import type { EvaluateOptions } from '../evaluate/evaluate.js';
import { runPaths } from '../formats/run-paths.js';
import { RUN_OR_MODEL_FILES } from '../trained/run-or-model.js';
import { RUN_HELP, type Run, resolveRun } from './run-argument.js';
import { numberFlag, seedFlag, threadsFlag } from './terminal/flags.js';
import { formatDuration } from './terminal/format.js';
import { type CommonFlags, type Io, writeResult } from './terminal/io.js';
import { stoppable } from './terminal/stoppable.js';

type EvaluateFlags = CommonFlags & Omit<EvaluateOptions, 'signal' | 'onProgress'>;

/** `cdsvae evaluate RUN`: measures the model of a run, the paper's rows beside it. */
export function evaluateCommand(io: Io): Command {
  return new Command('evaluate')
    .description('Measures the model of a run on test sequences, and writes evaluation.json.')
    .argument('[run]', RUN_HELP)
    .option('--data <data>', 'dataset folder or built-in name (default: the data of the run)')
    .option(
      '--judge <dir>',
      "the judge's folder (default: RUN/judge, where cdsvae judge puts it, or the one that comes with sm-mnist)",
    )
    .option('--out <file>', 'file of the result (default: evaluation.json in RUN, or here for the pretrained model)')
    .option(
      '--split <name>',
      'test, validation or train (default: test, or validation where there is none)',
      whichSplit,
    )
    .option(
      '--sequences <n>',
      'how many sequences (default: all of the split, 2000 where it is endless)',
      numberFlag('--sequences', { min: 1, max: 1e6 }),
    )
    .option(
      '--repeats <n>',
      'how often all that is random is repeated (default: 5)',
      numberFlag('--repeats', { min: 1, max: 1000 }),
    )
    .addOption(seedFlag())
    .addOption(threadsFlag())
    .option('--json', 'the result as one line of JSON')
    .option('--quiet', 'no progress')
    .action((run: string | undefined, flags: EvaluateFlags) => runEvaluation(io, resolveRun(run), flags));
}

async function runEvaluation(io: Io, run: Run, flags: EvaluateFlags): Promise<void> {
  const { json: _, quiet: __, ...options } = flags;
  const [{ evaluate }, { evaluationTable }] = [
    await import('../evaluate/evaluate.js'),
    await import('../evaluate/report/table.js'),
  ];
  const out = options.out ?? runPaths(run.pretrained ? '.' : run.folder).evaluation;
  if (options.out === undefined && run.pretrained) checkNoModelHere();
  const evaluation = await stoppable(io, flags, 'nothing was written', ({ signal, progress, seconds }) =>
    evaluate(run.folder, {
      ...options,
      out,
      signal,
      onProgress: (what, fraction) => {
        progress?.update({
          phase: what,
          fraction,
          secondsElapsed: seconds(),
          ...(fraction > 0 && { secondsLeft: (seconds() * (1 - fraction)) / fraction }),
          terms: {},
        });
      },
    }),
  );
  for (const warning of evaluation.warnings) io.stderr.write(`warning: ${warning}\n`);
  writeResult(io, flags, evaluation, [
    ...evaluationTable(evaluation),
    '',
    `Written to ${out} in ${formatDuration(evaluation.seconds)}`,
  ]);
}

/** In the folder of a run, what is found of the pretrained model would stand for what is found of the run. @throws CdsvaeError `usage` */
function checkNoModelHere(): void {
  const here = RUN_OR_MODEL_FILES.find((name) => existsSync(name));
  if (here === undefined) return;
  throw new CdsvaeError(
    'usage',
    `${here} found here: evaluation.json would be taken for that of this run or model; name it (cdsvae evaluate .), or give the pretrained one another file by --out`,
  );
}

function whichSplit(text: string): SplitName {
  const found = SPLIT_NAMES.find((name) => name === text);
  if (found === undefined)
    throw new CdsvaeError('usage', `--split: "${text}" found; ${SPLIT_NAMES.join(', ')} expected`);
  return found;
}
