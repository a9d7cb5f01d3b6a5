import { Command, Option } from 'commander';
import { counted } from '../../counted.js';
import type { ClipsOptions, ClipsReport, Understood } from '../../data/clips/folder.js';
import { checkSide, SIDES } from '../../data/clips/sides.js';
import { shellWord } from '../../shell-word.js';
import { numberFlag } from '../terminal/flags.js';
import { formatCount, formatDuration } from '../terminal/format.js';
import type { CommonFlags, Io } from '../terminal/io.js';
import { badFileOption } from './bad-file.js';
import { type Making, making } from './making.js';
import { describeDataset, describeFiles } from './understood.js';

type ClipsFlags = Omit<ClipsOptions, 'from' | 'onUnderstood' | 'onProgress' | 'signal'> & CommonFlags;

/** `cdsvae data clips FROM [--out DIR]` */
export function clipsCommand(io: Io): Command {
  const share = { min: 0, max: 0.5, fraction: true };
  return new Command('clips')
    .description(
      'Makes a data set of a folder of your own: animated GIF, WebP or PNG, folders of pictures, videos, .npy arrays, CSV tables.',
    )
    .argument('<from>', 'folder of clips; names of its folders become labels, or splits: train, validation, test')
    .option('--out <dir>', 'dataset folder to be made (default: FROM/.cdsvae, where "cdsvae train FROM" finds it)')
    .option(
      '--overwrite',
      'replace a dataset folder that stands there; without --out, forget what was chosen the time before',
    )
    .option(
      '--frames <t>',
      'frames of a clip (default: that of all, or 15)',
      numberFlag('--frames', { min: 2, max: 16384 }),
    )
    .option(
      '--size <pixels>',
      `side of the pictures: ${SIDES.join(', ')} (default: that nearest to theirs where they are squares, 64 at most; else 64)`,
      sideFlag,
    )
    .addOption(new Option('--colour <what>', 'pictures (default: grey where all are)').choices(['grey', 'colour']))
    .addOption(
      new Option(
        '--mode <how>',
        'clips cut one behind the other, or one spread over the whole (default: by length)',
      ).choices(['cut', 'sample']),
    )
    .option('--stride <n>', 'frames from one to the next, for cut', numberFlag('--stride', { min: 1, max: 1000 }))
    .addOption(
      new Option('--label <what>', 'what first-level folders name (default: static, what stays)').choices([
        'static',
        'dynamic',
        'none',
      ]),
    )
    .option(
      '--validation <share>',
      'of the clips (default: 0.1, or what lies in validation/)',
      numberFlag('--validation', share),
    )
    .option('--test <share>', 'of the clips (default: 0.1, or what lies in test/)', numberFlag('--test', share))
    .option(
      '--seed <s>',
      'fixes the split (default: 0)',
      numberFlag('--seed', { min: 0, max: Number.MAX_SAFE_INTEGER }),
    )
    .addOption(badFileOption())
    .option('--json', 'the result as one line of JSON')
    .option('--quiet', 'no progress')
    .action((from: string, { json = false, quiet = false, ...options }: ClipsFlags) =>
      making(io, { json, quiet }, { phase: 'clips', kept: 'run it again to go on from there' }, async (work) => {
        const report = await makeClips({ from, ...options }, work);
        return {
          result: report,
          lines: [
            ...describeReport(report, work.seconds()),
            `Train      cdsvae train ${shellWord(options.out ?? from)}`,
          ],
        };
      }),
    );
}

/** Reads `--size`. @throws CdsvaeError `usage` */
function sideFlag(text: string): number {
  const pixels = numberFlag('--size', { min: SIDES[0]!, max: SIDES.at(-1)! })(text);
  checkSide(pixels, '--size');
  return pixels;
}

/** Prepares a folder, saying what was understood before it is read. */
async function makeClips(
  options: ClipsOptions,
  work: Pick<Making, 'signal' | 'onProgress' | 'progress'>,
): Promise<ClipsReport> {
  const { prepareClips } = await import('../../data/clips/folder.js');
  return prepareClips({
    ...options,
    signal: work.signal,
    onProgress: work.onProgress,
    onUnderstood: (understood) => {
      for (const line of describeUnderstood(understood)) work.progress?.note(line);
    },
  });
}

/** What a folder holds, before it is read. */
export function describeUnderstood({ plan, splits, ignored }: Understood): string[] {
  const [shortest, longest] = plan.lengths;
  const clips = plan.jobs.reduce((n, job) => n + job.clips.length, 0);
  const lengths = shortest === longest ? `${shortest}` : `${shortest} to ${longest}`;
  const sizes = [...plan.sizes].sort((a, b) => b[1] - a[1]).map(([size, count]) => `${size} (${formatCount(count)})`);
  const held = Object.entries(splits).map(([folder, split]) => `${folder}/ for ${split}`);
  const others = Object.entries(ignored).map(([end, count]) => `${end} (${count})`);
  return [
    `Found      ${formatCount(plan.sources)} of ${plan.info.kind}, ${lengths} frames each${sizes.length > 0 ? `, ${firstOf(sizes, 5)}` : ''}`,
    `Makes      ${counted(clips, 'clip', formatCount)} of ${counted(plan.info.frames, 'frame')}`,
    ...(held.length > 0 ? [`Splits     ${held.join(', ')}`] : []),
    ...(others.length > 0 ? [`Ignored    ${firstOf(others, 10)}`] : []),
    ...(plan.bad.length > 0 ? [`Bad        ${formatCount(plan.bad.length)} (named below)`] : []),
  ];
}

/** The first so many of a list, and how many more there are. */
function firstOf(words: readonly string[], most: number): string {
  const more = words.length - most;
  return [...words.slice(0, most), ...(more > 0 ? [`${formatCount(more)} more`] : [])].join(', ');
}

/** What was made of a folder. */
export function describeReport(report: ClipsReport, seconds: number): string[] {
  const how = report.cached
    ? 'prepared before'
    : report.resumed > 0
      ? `made in ${formatDuration(seconds)}, ${counted(report.resumed, 'clip', formatCount)} of it before`
      : `made in ${formatDuration(seconds)}`;
  const flagOf = (name: string) => `--${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`;
  const chosen = Object.entries(report.choices).map(([name, value]) => `${flagOf(name)} ${value}`);
  return [
    ...describeDataset(report.info, report.splits),
    ...(chosen.length > 0 ? [`Chosen     ${chosen.join(' ')}`] : []),
    `Files      ${formatCount(report.sources)} used, ${formatCount(report.skipped.length)} skipped`,
    ...describeFiles('Skipped  ', report.skipped),
    ...describeFiles('Note     ', report.notes),
    `Folder     ${report.folder} (${how})`,
  ];
}
