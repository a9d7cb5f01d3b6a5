import { Command } from 'commander';
import { counted } from '../../counted.js';
import { RUN_HELP, type Run, resolveRunAndClips } from '../run-argument.js';
import { countProgress } from '../terminal/count-progress.js';
import { threadsFlag } from '../terminal/flags.js';
import { formatCount, formatDuration } from '../terminal/format.js';
import { type CommonFlags, type Io, writeResult } from '../terminal/io.js';
import { stoppable } from '../terminal/stoppable.js';
import type { SourceFlags } from './model-source.js';
import { usualPath } from './usual-path.js';

interface EncodeFlags extends CommonFlags, SourceFlags {
  readonly out?: string;
  readonly logvar?: boolean;
}

/** `cdsvae encode RUN test --out DIR`: factors of sequences as `.npy` files. */
export function encodeCommand(io: Io): Command {
  return new Command('encode')
    .description(
      'Writes the factors of sequences: s.npy [N, d_s], z.npy [N, T, d_m], and labels.npy where there are labels.',
    )
    .argument('[run]', RUN_HELP)
    .argument(
      '[clips...]',
      'sequences: a split (test), items (test:12, test:0-99), files, or some of a file of several (mine.npy:0-7); recordings are cut into segments (default: test:0-99)',
    )
    .option(
      '--out <dir>',
      'folder of the files (default: one in encoded/, in RUN, or here for a model folder or the pretrained model)',
    )
    .option('--logvar', 'also the posterior’s log-variances: s_logvar.npy, z_logvar.npy')
    .option('--data <source>', 'data set that items are of (default: the one the model was trained on)')
    .option('--fit', 'cut and scale sequences to the length and size that the model takes')
    .addOption(threadsFlag())
    .option('--json', 'the result as one line of JSON')
    .option('--quiet', 'no progress')
    .action(async (first: string | undefined, rest: string[], flags: EncodeFlags) => {
      const { run, clips } = await resolveRunAndClips(first === undefined ? [] : [first, ...rest]);
      await encode(io, run, clips, flags);
    });
}

/** Sequences of the default name. */
const USUAL = [100];

async function encode(io: Io, run: Run, given: readonly string[], flags: EncodeFlags): Promise<void> {
  const [{ openModel }, { openClips }, { encodeFiles }, { usualClips }] = [
    await import('./model-source.js'),
    await import('../../generate/clips.js'),
    await import('../../generate/encode-files.js'),
    await import('./usual-clips.js'),
  ];
  const { model, context } = await openModel(io, run.folder, flags);
  try {
    const made = await stoppable(io, flags, 'nothing was kept', async ({ signal, progress, seconds }) => {
      const names = given.length > 0 ? given : usualClips(io, context, USUAL);
      const clips = await openClips(names, context);
      try {
        const files = await encodeFiles(model, clips, flags.out ?? usualPath(run, 'encoded', names, flags.data), {
          logvar: flags.logvar === true,
          signal,
          onProgress: countProgress(progress, 'encode'),
        });
        return { files, sequences: clips.count, seconds: seconds() };
      } finally {
        clips.close();
      }
    });
    writeResult(io, flags, made, [
      `Encoded  ${counted(made.sequences, 'sequence', formatCount)} in ${formatDuration(made.seconds)}`,
      ...made.files.map((file) => `File     ${file}`),
    ]);
  } finally {
    await model.release();
  }
}
