/** What the commands share that make sequences by a model. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { counted } from '../../counted.js';
import { CdsvaeError } from '../../errors.js';
import type { Clips, Fixed, Generated } from '../../generate/compose.js';
import { parseFileItems } from '../../generate/items.js';
import type { DecodeOptions, Model, PriorOptions } from '../../trained/model.js';
import type { Run } from '../run-argument.js';
import { countProgress, onlyIfLong } from '../terminal/count-progress.js';
import { collect, numberFlag, threadsFlag } from '../terminal/flags.js';
import { formatCount } from '../terminal/format.js';
import { type CommonFlags, type Io, writeResult } from '../terminal/io.js';
import { type Stoppable, stoppable } from '../terminal/stoppable.js';
import type { OpenModel, SourceFlags } from './model-source.js';
import { usualPath } from './usual-path.js';

/** Flags of every command that makes sequences. */
export interface GenerationFlags extends CommonFlags, SourceFlags {
  readonly out?: readonly string[];
  readonly fps?: number;
  readonly size?: number;
}

/** Told how far the making has come. */
type Watched = DecodeOptions & Pick<PriorOptions, 'onDrawn'>;

/** One command's work. */
export interface Generation {
  /** Names the default file: what was asked for, in a few words, of the sequences that are taken. */
  name(clips: readonly string[]): readonly string[];
  readonly title: string;
  /** Whether sequences of two names go together, each of the one with one of the other. */
  readonly pairs?: boolean;
  /** Names of sequences to make others of. */
  readonly clips: readonly string[];
  /** How many are taken where none are named, as {@link usualClips} has it; left out: none are needed. */
  readonly usual?: readonly number[];
  /** Sequences made of so many, and frames of each where they are not as many as the model's. */
  size(clips: number): { readonly made: number; readonly frames?: number };
  /** @param clips the sequences of those names; absent where there are none */
  make(model: Model, clips: Clips | undefined, watched: Watched): Promise<Generated>;
  readonly table?: boolean;
}

/** Adds the flags of commands that make sequences of others. */
export function withGenerationFlags(command: Command): Command {
  return withOutputFlags(
    command
      .option('--data <source>', 'data set that items are of (default: the one the model was trained on)')
      .option('--fit', 'cut and scale sequences to the length and size that the model takes')
      .addHelpText(
        'after',
        '\nSequences are items of the data (test:12, train:3, test:0-7), files or folders of pictures; of a file of several,\n' +
          'FILE:12 or FILE:0-7 are some. A recording of speech is cut into segments, one after another.\n' +
          'Where the data have too few to test, those taken by default are to validate, then to train.',
      ),
  );
}

/** Adds the flags of all commands that make sequences. */
export function withOutputFlags(command: Command): Command {
  return command
    .option(
      '--out <file>',
      '.png, .npy, of video .gif or .webp, of speech .wav; may be given again (default: a .png in generated/, in RUN, or here for a model folder or the pretrained model)',
      collect,
    )
    .option('--fps <n>', 'frames a second of .gif and .webp (default: 8)', numberFlag('--fps', { min: 1, max: 50 }))
    .option('--size <pixels>', 'side of a frame in pictures', numberFlag('--size', { min: 8, max: 1024 }))
    .addOption(threadsFlag())
    .option('--json', 'the result as one line of JSON')
    .option('--quiet', 'no progress')
    .addHelpText(
      'after',
      '\nA .npy file holds what was made, float32 [N, T, …frame], in the order of the rows; a .wav their sound, in that order.\n',
    );
}

/** Reads `--fix`. @throws CdsvaeError `usage` */
export function fixFlag(text: string): Fixed {
  if (text === 'static' || text === 'dynamic') return text;
  throw new CdsvaeError('usage', `--fix: "${text}" found; static (content) or dynamic (motion) expected`);
}

/** Loads, makes, writes, tells. */
export async function generate(io: Io, run: Run, flags: GenerationFlags, work: Generation): Promise<void> {
  const { checkOutput } = await import('../../generate/outputs.js');
  for (const path of flags.out ?? []) checkOutput(path);
  const { openModel } = await import('./model-source.js');
  const opened = await openModel(io, run.folder, flags);
  try {
    const { result, lines } = await stoppable(io, flags, 'nothing was written', (given) =>
      makeFiles(io, run, flags, work, opened, given),
    );
    writeResult(io, flags, result, lines);
  } finally {
    await opened.model.release();
  }
}

/** Makes the sequences, and writes them to files. @returns what to tell of it */
async function makeFiles(
  io: Io,
  run: Run,
  flags: GenerationFlags,
  work: Generation,
  { model, context, trained }: OpenModel,
  { signal, progress }: Stoppable,
): Promise<{ readonly result: object; readonly lines: readonly string[] }> {
  const [
    { checkMoves, checkOutput, checkRows, checkSound, writeGenerated },
    { openClips, readAll, readPairs },
    { letterOf },
    { checkRoom },
    { usualClips },
  ] = [
    await import('../../generate/outputs.js'),
    await import('../../generate/clips.js'),
    await import('../../generate/compose.js'),
    await import('../../generate/room.js'),
    await import('./usual-clips.js'),
  ];
  const names = work.usual && work.clips.length === 0 ? usualClips(io, context, work.usual) : work.clips;
  const files = flags.out ?? [`${usualPath(run, 'generated', work.name(names), flags.data)}.png`];
  const audio = model.description?.data.audio;
  const inputs = new Set(names.map((name) => resolve(parseFileItems(name).path)));
  // Before all the work, not after it.
  for (const path of files) {
    checkOutput(path);
    checkSound(path, audio);
    checkMoves(path, model.config);
    if (inputs.has(resolve(path))) {
      throw new CdsvaeError('usage', `${path}: a sequence is read from it; give another file by --out`);
    }
  }
  const clips = names.length > 0 ? await openClips(names, context) : undefined;
  const size = { sources: clips?.count ?? 0, frames: model.config.frames, ...work.size(clips?.count ?? 0) };
  const watch = onlyIfLong(countProgress(progress, 'decode', 1 / size.frames));
  const tell = (phase: string) => (done: number, total: number) => {
    signal.throwIfAborted();
    watch.onCount(done, total, phase);
  };
  try {
    for (const path of files) checkRows(path, size.sources + size.made);
    checkRoom(model.config, size, files, flags.size);
    const sources = clips && (await (work.pairs ? readPairs : readAll)(clips));
    const made = await work.make(model, sources, { onProgress: tell('decode'), onDrawn: tell('draw') });
    const after = `${trained.data}, after ${counted(trained.steps, 'step', formatCount)}`;
    await writeGenerated(files, made, {
      title: work.title,
      subtitle: after,
      table: work.table === true,
      audio,
      onProgress: tell('write'),
      ...(flags.fps !== undefined && { framesPerSecond: flags.fps }),
      ...(flags.size !== undefined && { frameSize: flags.size }),
    });
    const [count, frames] = made.x.shape as [number, number];
    const by = run.pretrained ? 'the pretrained model' : 'a model';
    return {
      result: {
        model: run.folder,
        files,
        sequences: count,
        frames,
        steps: trained.steps,
        sources: Object.fromEntries((sources?.names ?? []).map((name, i) => [letterOf(i), name])),
        rows: rowsOf(made),
      },
      lines: [
        `Made  ${counted(count, 'sequence', formatCount)} of ${counted(frames, 'frame', formatCount)}, by ${by} of ${after}`,
        ...files.map((file) => `File  ${file}`),
      ],
    };
  } finally {
    watch.close();
    clips?.close();
  }
}

/** What was made, in the order of a `.npy` file. */
function rowsOf({ groups }: Generated): object[] {
  return groups.flatMap(({ heading, rows }) =>
    rows.filter((r) => r.made).map(({ label, s, z }) => ({ heading, label, s, z })),
  );
}
