import { Command } from 'commander';
import { CdsvaeError } from '../../errors.js';
import type { Fixed } from '../../generate/compose.js';
import { RUN_HELP, resolveRunAndClips } from '../run-argument.js';
import type { Io } from '../terminal/io.js';
import { fixFlag, type GenerationFlags, generate, withGenerationFlags } from './generation.js';

interface SwapFlags extends GenerationFlags {
  readonly fix?: Fixed;
  readonly grid?: boolean;
}

/** `cdsvae swap RUN A B …`: content of one sequence, motion of another. */
export function swapCommand(io: Io): Command {
  const command = new Command('swap')
    .description('Exchanges content and motion of sequences, in pairs.')
    .argument('[run]', RUN_HELP)
    .argument('[clips...]', 'sequences (default: test:0 test:1)')
    .option(
      '--fix <factor>',
      'static: content of the first, motion of each other; dynamic: the other way round',
      fixFlag,
    )
    .option('--grid', 'the content of every sequence with the motion of every sequence');
  return withGenerationFlags(command).action(async (first: string | undefined, rest: string[], flags: SwapFlags) => {
    const { run, clips } = await resolveRunAndClips(first === undefined ? [] : [first, ...rest]);
    const { fix, grid } = flags;
    if (grid && fix) throw new CdsvaeError('usage', '--grid mixes all with all: leave out --fix');
    await generate(io, run, flags, {
      name: (taken) => [grid ? 'grid' : 'swap', ...(fix ? [fix] : []), ...taken],
      title: grid ? 'Content of each, motion of each' : fix ? TITLES[fix] : 'Swap',
      clips,
      pairs: !grid && !fix,
      usual: USUAL,
      size: (sources) => ({ made: grid ? sources ** 2 : fix ? sources - 1 : sources }),
      table: grid === true,
      async make(model, x, decoding) {
        const { cross, swap } = await import('../../generate/swap.js');
        return grid ? cross(model, x!, decoding) : swap(model, x!, { ...(fix && { fix }), ...decoding });
      },
    });
  });
}

const TITLES = { static: 'Content held, motion exchanged', dynamic: 'Motion held, content exchanged' } as const;

/** Sequences of each default name. */
const USUAL = [1, 1];
