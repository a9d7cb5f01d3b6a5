import { Command } from 'commander';
import { counted } from '../../counted.js';
import { shellWord } from '../../shell-word.js';
import { formatCount, formatDuration } from '../terminal/format.js';
import type { Io } from '../terminal/io.js';
import { type MakingFlags, making, makingFlags } from './making.js';

/** `cdsvae data sprites FROM --out DIR` */
export function spritesCommand(io: Io): Command {
  const command = new Command('sprites')
    .description("Makes the paper's Sprites data set from its sprite sheets.")
    .argument('<from>', 'folder of sprite sheets: body/, bottomwear/, topwear/, hair/, shoes/');
  return makingFlags(command, ', 1.15 GB').action((from: string, flags: MakingFlags) =>
    // A character has nine motions.
    making(io, flags, { phase: 'sprites', kept: 'nothing was kept', each: 9 }, async (work) => {
      const { prepareSprites } = await import('../../data/sprites.js');
      const report = await prepareSprites({ from, out: flags.out, overwrite: flags.overwrite === true, ...work });
      const { train, validation, test } = report.splits;
      const digests = report.digests > 0 ? `; all ${report.digests} digests match` : '';
      return {
        result: report,
        lines: [
          `Sprites: ${counted(train, 'sequence', formatCount)} to train on, ${formatCount(validation)} to validate, ${formatCount(test)} to test`,
          `Folder:  ${report.folder} (made in ${formatDuration(work.seconds())}${digests})`,
          `Train:   cdsvae train ${shellWord(flags.out)}`,
        ],
      };
    }),
  );
}
