import { Command } from 'commander';
import type { Fixed } from '../../generate/compose.js';
import { RUN_HELP, resolveRunAndClips } from '../run-argument.js';
import { numberFlag } from '../terminal/flags.js';
import type { Io } from '../terminal/io.js';
import { fixFlag, type GenerationFlags, generate, withGenerationFlags } from './generation.js';

interface InterpolateFlags extends GenerationFlags {
  readonly fix?: Fixed;
  readonly steps?: number;
}

/** `cdsvae interpolate RUN A B`: from the factors of one sequence to those of another. */
export function interpolateCommand(io: Io): Command {
  const command = new Command('interpolate')
    .description('Moves in straight lines from the factors of one sequence to those of another, in pairs.')
    .argument('[run]', RUN_HELP)
    .argument('[clips...]', 'sequences (default: test:0 test:1)')
    .option(
      '--fix <factor>',
      'static or dynamic: the factor that stays that of the first (default: both move)',
      fixFlag,
    )
    .option('--steps <n>', 'sequences between the two (default: 3)', numberFlag('--steps', { min: 0, max: 500 }));
  return withGenerationFlags(command).action(
    async (first: string | undefined, rest: string[], flags: InterpolateFlags) => {
      const { run, clips } = await resolveRunAndClips(first === undefined ? [] : [first, ...rest]);
      const { fix, steps } = flags;
      await generate(io, run, flags, {
        name: (taken) => [
          'interpolate',
          ...(fix ? [fix] : []),
          ...(steps === undefined ? [] : [`steps-${steps}`]),
          ...taken,
        ],
        title: 'Interpolation',
        clips,
        pairs: true,
        usual: USUAL,
        size: (sources) => ({ made: (sources / 2) * ((steps ?? 3) + 2) }),
        async make(model, x, decoding) {
          const { interpolate } = await import('../../generate/interpolate.js');
          return interpolate(model, x!, { ...(fix && { fix }), ...(steps !== undefined && { steps }), ...decoding });
        },
      });
    },
  );
}

/** Sequences of each default name. */
const USUAL = [1, 1];
