import { Command } from 'commander';
import { RUN_HELP, resolveRunAndClips } from '../run-argument.js';
import type { Io } from '../terminal/io.js';
import { type GenerationFlags, generate, withGenerationFlags } from './generation.js';

/** `cdsvae reconstruct RUN A …`: sequences beside what the model makes of them. */
export function reconstructCommand(io: Io): Command {
  const command = new Command('reconstruct')
    .description('Shows sequences beside what the model makes of their own factors.')
    .argument('[run]', RUN_HELP)
    .argument('[clips...]', 'sequences (default: test:0-3)');
  return withGenerationFlags(command).action(
    async (first: string | undefined, rest: string[], flags: GenerationFlags) => {
      const { run, clips } = await resolveRunAndClips(first === undefined ? [] : [first, ...rest]);
      await generate(io, run, flags, {
        name: (taken) => ['reconstruct', ...taken],
        title: 'Reconstruction',
        clips,
        usual: USUAL,
        size: (made) => ({ made }),
        async make(model, x, decoding) {
          const { reconstruct } = await import('../../generate/reconstruct.js');
          return reconstruct(model, x!, decoding);
        },
      });
    },
  );
}

/** Sequences of each default name. */
const USUAL = [4];
