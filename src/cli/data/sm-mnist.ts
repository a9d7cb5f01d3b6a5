import { Command } from 'commander';
import { counted } from '../../counted.js';
import { shellWord } from '../../shell-word.js';
import { numberFlag } from '../terminal/flags.js';
import { formatCount, formatDuration } from '../terminal/format.js';
import type { Io } from '../terminal/io.js';
import { type MakingFlags, making, makingFlags } from './making.js';

interface SmMnistFlags extends MakingFlags {
  readonly sequences?: number;
  readonly frames?: number;
  readonly seed?: number;
}

/** `cdsvae data sm-mnist --out DIR` */
export function smMnistCommand(io: Io): Command {
  const command = new Command('sm-mnist')
    .description('Makes a dataset folder of Stochastic Moving MNIST, which training draws endlessly without one.')
    .option(
      '--sequences <n>',
      'sequences to train on; a tenth as many each to validate and test (default: 10,000, 737 MB)',
      numberFlag('--sequences', { min: 2, max: 1e9 }),
    )
    .option('--frames <t>', 'frames of a sequence (default: 15)', numberFlag('--frames', { min: 1, max: 16384 }))
    .option(
      '--seed <s>',
      'fixes every sequence (default: 0)',
      numberFlag('--seed', { min: 0, max: Number.MAX_SAFE_INTEGER }),
    );
  return makingFlags(command, ', 61 kB a sequence').action((flags: SmMnistFlags) =>
    making(io, flags, { phase: 'digits', kept: 'run it again to go on from there' }, async (work) => {
      const { prepareSmMnist } = await import('../../data/sm-mnist-folder.js');
      const { json: _, quiet: __, ...options } = flags;
      const report = await prepareSmMnist({ ...options, signal: work.signal, onProgress: work.onProgress });
      const { train, validation, test } = report.splits;
      return {
        result: report,
        lines: [
          `SM-MNIST: ${counted(train, 'sequence', formatCount)} to train on, ${formatCount(validation)} to validate, ${formatCount(test)} to test`,
          `Folder:   ${report.folder} (made in ${formatDuration(work.seconds())})`,
          `Train:    cdsvae train ${shellWord(flags.out)}`,
        ],
      };
    }),
  );
}
