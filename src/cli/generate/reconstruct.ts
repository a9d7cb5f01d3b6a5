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
      const { run, clips } = resolveRunAndClips(first === undefined ? [] : [first, ...rest], USUAL);
      await generate(io, run, flags, {
        name: ['reconstruct', ...clips],
        title: 'Reconstruction',
        clips,
        size: (made) => ({ made }),
        async make(model, x, decoding) {
          const { reconstruct } = await import('../../generate/reconstruct.js');
          return reconstruct(model, x!, decoding);
        },
      });
    },
  );
}

const USUAL = ['test:0-3'];
