import { Command, Option } from 'commander';
import type { OnBadFile } from '../../data/clips/prepare.js';
import type { MugOptions } from '../../data/mug.js';
import { shellWord } from '../../shell-word.js';
import { numberFlag } from '../terminal/flags.js';
import { formatDuration } from '../terminal/format.js';
import type { Io } from '../terminal/io.js';
import { badFileOption } from './bad-file.js';
import { type MakingFlags, making, makingFlags } from './making.js';
import { describeDataset, describeFiles } from './understood.js';

interface MugFlags extends MakingFlags {
  readonly holdOut?: NonNullable<MugOptions['holdOut']>;
  readonly clips?: number;
  readonly seed?: number;
  readonly onBadFile?: OnBadFile;
}

/** `cdsvae data mug FROM --out DIR` */
export function mugCommand(io: Io): Command {
  const command = new Command('mug')
    .description("Makes the paper's faces: clips of 15 frames, 64×64, of MUG's videos or a tree of pictures like it.")
    .argument('<from>', 'folder of subject/expression/take/*.jpg')
    .addOption(
      new Option(
        '--hold-out <what>',
        'test on videos of known people, or on people never seen (default: video)',
      ).choices(['video', 'identity']),
    )
    .option('--clips <n>', 'clips drawn from each video (default: 3)', numberFlag('--clips', { min: 1, max: 100 }))
    .option(
      '--seed <s>',
      'fixes the split and the clips (default: 0)',
      numberFlag('--seed', { min: 0, max: Number.MAX_SAFE_INTEGER }),
    )
    .addOption(badFileOption());
  return makingFlags(command, ', 185 kB a clip').action(
    (from: string, { json = false, quiet = false, ...flags }: MugFlags) =>
      making(io, { json, quiet }, { phase: 'faces', kept: 'run it again to go on from there' }, async (work) => {
        const { prepareMug } = await import('../../data/mug.js');
        const { signal, onProgress } = work;
        const report = await prepareMug({ from, ...flags, signal, onProgress });
        const left = Object.entries(report.leftOut).map(([name, count]) => `${name} (${count})`);
        return {
          result: report,
          lines: [
            ...describeDataset(report.info, report.splits),
            `Videos     ${report.sources} of ${report.identities.length} people`,
            ...(left.length > 0 ? [`Left out   ${left.join(', ')}: not one of the six expressions`] : []),
            ...describeFiles('Skipped  ', report.skipped),
            `Folder     ${report.folder} (made in ${formatDuration(work.seconds())})`,
            `Train      cdsvae train ${shellWord(flags.out)}`,
          ],
        };
      }),
  );
}
