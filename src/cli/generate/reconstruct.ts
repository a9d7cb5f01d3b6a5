import { Command } from 'commander';
import type { Io } from '../terminal/io.js';
import { type GenerationFlags, generate, withGenerationFlags } from './generation.js';

/** `cdsvae reconstruct RUN A …`: sequences beside what the model makes of them. */
export function reconstructCommand(io: Io): Command {
  const command = new Command('reconstruct')
    .description('Shows sequences beside what the model makes of their own factors.')
    .argument('<run>', 'run folder or model folder')
    .argument('<clips...>', 'sequences, such as test:0-3');
  return withGenerationFlags(command).action(async (run: string, clips: string[], flags: GenerationFlags) => {
    await generate(io, run, flags, {
      name: ['reconstruct', ...clips],
      title: 'Reconstruction',
      clips,
      async make(model, x) {
        const { reconstruct } = await import('../../generate/reconstruct.js');
        return reconstruct(model, x!);
      },
    });
  });
}
