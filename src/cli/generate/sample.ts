import { Command } from 'commander';
import { CdsvaeError } from '../../errors.js';
import type { Fixed } from '../../generate/compose.js';
import { isClip, RUN_HELP, resolveRun } from '../run-argument.js';
import { collect, numberFlag } from '../terminal/flags.js';
import type { Io } from '../terminal/io.js';
import { fixFlag, type GenerationFlags, generate, withGenerationFlags } from './generation.js';

interface SampleFlags extends GenerationFlags {
  readonly fix?: Fixed;
  readonly of?: readonly string[];
  readonly count?: number;
  readonly frames?: number;
  readonly temperature?: number;
  readonly seed?: number;
}

/** `cdsvae sample RUN`: sequences from the prior, with the content or the motion of a sequence held. */
export function sampleCommand(io: Io): Command {
  const command = new Command('sample')
    .description('Draws sequences from the prior: all of them, or their content, or their motion.')
    .argument('[run]', RUN_HELP)
    .option(
      '--fix <factor>',
      'hold a factor of --of: static (content) or dynamic (motion); the other is drawn',
      fixFlag,
    )
    .option('--of <clip>', 'a sequence whose factor is held, such as test:12; may be given again', collect)
    .option('--count <n>', 'draws (default: 4), of each --of', numberFlag('--count', { min: 1, max: 100_000 }))
    .option(
      '--frames <n>',
      'length, as long as you like (default: that of training)',
      numberFlag('--frames', { min: 1, max: 100_000 }),
    )
    .option(
      '--temperature <t>',
      'scale of all randomness; below 1: nearer to the most likely (default: 1)',
      numberFlag('--temperature', { min: 0, max: 10, fraction: true }),
    )
    .option('--seed <s>', 'another seed draws others (default: 0)', numberFlag('--seed', { min: 0, max: 2 ** 53 - 1 }));
  return withGenerationFlags(command).action(async (run: string | undefined, flags: SampleFlags) => {
    const { fix, of: clips = [], count, frames, temperature, seed } = flags;
    if (run !== undefined && (await isClip(run))) {
      throw new CdsvaeError(
        'usage',
        `"${run}": a sequence found, a run folder or a model folder expected; hold a factor of it by --of ${run} and --fix static or --fix dynamic`,
      );
    }
    if (fix && clips.length === 0)
      throw new CdsvaeError('usage', `--fix ${fix} needs --of, a sequence such as test:12`);
    if (!fix && clips.length > 0) {
      throw new CdsvaeError('usage', '--of needs --fix static (its content is held) or --fix dynamic (its motion)');
    }
    const options = Object.fromEntries(
      Object.entries({ count, frames, temperature, seed }).filter(([, v]) => v !== undefined),
    );
    await generate(io, resolveRun(run), flags, {
      name: () => ['sample', ...(fix ? [fix] : []), ...clips, ...Object.entries(options).map(([k, v]) => `${k}-${v}`)],
      title: fix ? TITLES[fix] : 'Content and motion drawn from the prior',
      clips,
      size: (sources) => ({ made: (count ?? 4) * Math.max(1, sources), ...(frames !== undefined && { frames }) }),
      async make(model, x, decoding) {
        const { sampleHolding, samplePrior } = await import('../../generate/sample.js');
        const drawn = { ...options, ...decoding };
        return fix ? sampleHolding(model, x!, fix, drawn) : samplePrior(model, drawn);
      },
    });
  });
}

const TITLES = { static: 'Content held, motion drawn', dynamic: 'Motion held, content drawn' } as const;
