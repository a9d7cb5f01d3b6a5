import { Command, Option } from 'commander';
import { counted } from '../../counted.js';
import { LAYOUTS, type Layout } from '../../data/audio/trees.js';
import type { SpeechReport } from '../../data/speech.js';
import { shellWord } from '../../shell-word.js';
import { numberFlag } from '../terminal/flags.js';
import { formatCount, formatDuration } from '../terminal/format.js';
import type { Io } from '../terminal/io.js';
import { badFileOption } from './bad-file.js';
import { type MakingFlags, making, makingFlags } from './making.js';

interface SpeechFlags extends MakingFlags {
  readonly layout: Layout;
  readonly speakerPattern?: string;
  readonly speakerCsv?: string;
  readonly conversions?: number;
  readonly strength?: number;
  readonly seed?: number;
  readonly onBadFile?: 'fail' | 'skip';
  readonly threads?: number;
}

/** `cdsvae data speech FROM --out DIR` */
export function speechCommand(io: Io): Command {
  const command = new Command('speech')
    .description(
      'Makes a data set of log-mel segments of 200 ms, and voice conversions of them, from recordings of speech.',
    )
    .argument('<from>', 'folder of WAVE, FLAC or NIST SPHERE files')
    .addOption(
      new Option('--layout <tree>', 'how the folder says who speaks; folders: the first below train/ or test/, if any')
        .choices(LAYOUTS)
        .default('folders'),
    )
    .addOption(
      new Option(
        '--speaker-pattern <regexp>',
        'the speaker is what the group of it matches in the path below the folder, such as "^([a-z]+)_"',
      ).conflicts('speakerCsv'),
    )
    .option('--speaker-csv <file>', 'a table with columns file, speaker and, optionally, split')
    .option(
      '--conversions <k>',
      'voice conversions of each recording but those to test (default: 4)',
      numberFlag('--conversions', { min: 0, max: 64 }),
    )
    .option(
      '--strength <x>',
      'largest change of pitch and formants by a conversion (default: 0.3, a factor of 1.3 or 1/1.3)',
      numberFlag('--strength', { min: 0.02, max: 0.9, fraction: true }),
    )
    .option(
      '--seed <n>',
      'draws conversions and what is held out (default: 0)',
      numberFlag('--seed', { min: 0, max: 2 ** 53 - 1 }),
    )
    .addOption(badFileOption())
    .option(
      '--threads <n>',
      'recordings worked on at a time (default: the number of cores)',
      numberFlag('--threads', { min: 1, max: 256 }),
    );
  return makingFlags(command, ', about 10 MB for a minute of speech').action((from: string, flags: SpeechFlags) =>
    making(
      io,
      flags,
      { phase: 'survey', kept: 'run it again to go on from there' },
      async ({ signal, onProgress, seconds }) => {
        const { prepareSpeech } = await import('../../data/speech.js');
        const { out, layout, speakerPattern, speakerCsv, conversions, strength, seed, onBadFile, threads } = flags;
        const report = await prepareSpeech({
          from,
          out,
          layout,
          ...(onBadFile && { onBadFile }),
          overwrite: flags.overwrite === true,
          speakers: { ...(speakerPattern && { pattern: speakerPattern }), ...(speakerCsv && { csv: speakerCsv }) },
          ...(conversions !== undefined && { conversions }),
          ...(strength !== undefined && { strength }),
          ...(seed !== undefined && { seed }),
          ...(threads !== undefined && { threads }),
          signal,
          onProgress,
        });
        return {
          result: report,
          lines: [...describeSpeech(report, seconds()), `Train:   cdsvae train ${shellWord(out)}`],
        };
      },
    ),
  );
}

/** What was made of a folder of recordings. */
export function describeSpeech(report: SpeechReport & { readonly cached?: boolean }, took: number): string[] {
  const split = (name: 'train' | 'validation' | 'test') => {
    const { splits, speakers } = report;
    const by = speakers[name] > 0 ? ` by ${counted(speakers[name], 'speaker', formatCount)}` : '';
    return `${counted(splits[name], 'segment', formatCount)}${by}`;
  };
  const rates = Object.entries(report.sampleRates).map(
    ([rate, n]) => `${formatCount(n)} at ${Number(rate) / 1000} kHz`,
  );
  const shared = report.sharedSpeakers;
  const before = report.resumed > 0 ? `, ${counted(report.resumed, 'recording', formatCount)} of it before` : '';
  const how = report.cached ? 'prepared before' : `made in ${formatDuration(took)}${before}`;
  return [
    `Speech:  ${split('train')} to train on, ${split('validation')} to validate, ${split('test')} to test`,
    ...(shared > 0
      ? [`Shared:  ${counted(shared, 'speaker')} heard in train and in another split: these are not of strangers`]
      : []),
    `Read:    ${counted(report.utterances, 'recording', formatCount)} (${rates.join(', ')}), ${formatDuration(report.seconds)}; ` +
      `${counted(report.conversions, 'conversion')} of each but those to test`,
    ...describeLeftOut('shorter than a segment', report.tooShort),
    ...describeLeftOut('could not be read', report.bad),
    `Folder:  ${report.folder} (${how})`,
  ];
}

/** Recordings that were left out, and why. */
export function describeLeftOut(why: string, files: readonly string[]): string[] {
  if (files.length === 0) return [];
  const more = files.length > 3 ? [`         and ${formatCount(files.length - 3)} more`] : [];
  return [
    `Left out: ${formatCount(files.length)}, ${why}:`,
    ...files.slice(0, 3).map((file) => `         ${file}`),
    ...more,
  ];
}
