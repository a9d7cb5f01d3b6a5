import { Command } from 'commander';
import { counted } from '../counted.js';
import type { JudgeOptions } from '../evaluate/judge/options.js';
import type { JudgeReport } from '../evaluate/judge/train.js';
import { judgeShares, percent } from '../evaluate/report/figures.js';
import { numberFlag, seedFlag, threadsFlag } from './terminal/flags.js';
import { formatCount, formatDuration } from './terminal/format.js';
import { type CommonFlags, type Io, writeResult } from './terminal/io.js';
import { stoppable } from './terminal/stoppable.js';

type JudgeFlags = CommonFlags & Omit<JudgeOptions, 'data' | 'signal' | 'onProgress'>;

/** `cdsvae judge DATA`: trains the classifier that evaluation judges by. */
export function judgeCommand(io: Io): Command {
  return new Command('judge')
    .description('Trains the judge of a data set: the classifier that cdsvae evaluate judges by.')
    .argument('<data>', '"sm-mnist" or a dataset folder with labels')
    .option('--out <dir>', "the judge's folder (default: DATA/judge, or runs/judges/NAME for a built-in data set)")
    .option(
      '--minutes <m>',
      'longest training (default: 3 passes over the data, at least 800 steps; 20 minutes of sm-mnist)',
      numberFlag('--minutes', { min: 1e-3, max: 1e6, fraction: true }),
    )
    .option('--steps <n>', 'longest training, in steps', numberFlag('--steps', { min: 1, max: 1e9 }))
    .option(
      '--batch <n>',
      'sequences in a step (default: 32; 48 of sm-mnist)',
      numberFlag('--batch', { min: 2, max: 4096 }),
    )
    .option(
      '--width <n>',
      'channels of the first convolution (default: 16; 24 for sm-mnist)',
      numberFlag('--width', { min: 1, max: 512 }),
    )
    .option(
      '--looks <n>',
      'frames of a sequence that it looks at (default: all; 4 of sm-mnist)',
      numberFlag('--looks', { min: 1, max: 16384 }),
    )
    .addOption(seedFlag())
    .addOption(threadsFlag())
    .option('--json', 'the result as one line of JSON')
    .option('--quiet', 'no progress')
    .action((data: string, flags: JudgeFlags) => runJudge(io, data, flags));
}

async function runJudge(io: Io, data: string, flags: JudgeFlags): Promise<void> {
  const { json: _, quiet: __, ...options } = flags;
  const { trainJudge } = await import('../evaluate/judge/train.js');
  const report = await stoppable(io, flags, 'no judge was kept', ({ signal, progress }) =>
    trainJudge({
      data,
      ...options,
      signal,
      onProgress: ({ step, steps, batch, seconds, loss, validation }) => {
        const rate = step / Math.max(1e-9, seconds);
        progress?.update({
          phase: 'judge',
          step,
          ...(steps !== undefined && { steps, secondsLeft: (steps - step) / rate }),
          fraction: steps === undefined ? 0 : step / steps,
          secondsElapsed: seconds,
          stepsPerSecond: rate,
          sequencesPerSecond: batch * rate,
          terms: { loss, ...validation },
        });
      },
    }),
  );
  for (const text of report.leftOut) io.stderr.write(`left out: ${text}\n`);
  for (const warning of report.warnings) io.stderr.write(`warning: ${warning}\n`);
  writeResult(io, flags, report, summary(data, report));
}

function summary(data: string, { folder, bestStep, steps, seconds, ...judge }: JudgeReport): string[] {
  const { sequences, split } = judge.accuracy;
  const shares = judgeShares(judge);
  const width = Math.max(...shares.map(([name]) => name.length));
  return [
    `Judge of ${data}: best after ${formatCount(bestStep)} of ${counted(steps, 'step', formatCount)}, ${formatDuration(seconds)}`,
    `Right on ${counted(sequences, `real ${split} sequence`, formatCount)}:`,
    ...shares.map(([name, v]) => `  ${name.padEnd(width)}  ${v === null ? 'no label of it' : `${percent(v)} %`}`),
    `Folder: ${folder}`,
  ];
}
