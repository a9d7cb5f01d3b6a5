/** How a folder of speech says who speaks, what, and to which split it belongs. */
import { type Dirent, readdirSync, readFileSync } from 'node:fs';
import { basename, extname, join, relative, sep } from 'node:path';
import { CsvError, parse } from 'csv-parse/sync';
import { counted } from '../../counted.js';
import { CdsvaeError } from '../../errors.js';
import { readFailure } from '../../formats/npy-file.js';
import type { SplitName } from '../dataset.js';
import { SOUND_FILE } from './read-sound.js';

/** One recording. */
export interface Utterance {
  readonly path: string;
  /** Path below the folder, with `/`, and without the extension: names the utterance in labels. */
  readonly name: string;
  readonly speaker?: string;
  /** What is said, where the layout tells. */
  readonly digit?: string;
  readonly split?: SplitName;
}

/** Known trees. `folders`: `[train|test/]SPEAKER/…`. */
export const LAYOUTS = ['folders', 'timit', 'librispeech', 'fsdd'] as const;
export type Layout = (typeof LAYOUTS)[number];

/** Where the speaker of an utterance stands, if not where the layout has it. */
export interface SpeakerSource {
  /** A regular expression on the path below the folder, whose group `speaker`, or first group, is the speaker. */
  readonly pattern?: string;
  /** A CSV file with columns `file` (path below the folder), `speaker` and, optionally, `split`. */
  readonly csv?: string;
}

type Facts = Pick<Utterance, 'speaker' | 'digit' | 'split'>;

/** Takes the path of a recording below the folder that was given, and that of the folder, both in parts. */
type Rule = (parts: readonly string[], above: readonly string[]) => Facts | undefined;

/** What a path tells in each layout; `undefined` where it does not belong. */
const RULES: Readonly<Record<Layout, Rule>> = {
  folders: (parts) => {
    const split = splitNamed(parts[0]!);
    const speaker = parts.slice(split && parts.length > 1 ? 1 : 0, -1)[0];
    return { ...(speaker !== undefined && { speaker }), ...(split && parts.length > 1 && { split }) };
  },
  // …/TRAIN|TEST/DR1…DR8/SPEAKER/SENTENCE.WAV, in either case; the folder given may be any of these.
  timit: (parts, above) => {
    const [split, region, speaker] = [...above, ...parts].slice(-4, -1);
    if (!/^(train|test)$/i.test(split ?? '') || !/^dr[1-8]$/i.test(region ?? '')) return undefined;
    return { speaker: speaker!.toUpperCase(), split: split!.toLowerCase() as SplitName };
  },
  // SPEAKER-CHAPTER-UTTERANCE.flac below a folder train…, dev… or test…, the nearest of them. The folder given may be that one, but
  // none above it: where a person keeps the corpus says nothing of it.
  librispeech: (parts, above) => {
    const speaker = /^(\d+)-\d+-\d+\./.exec(parts.at(-1)!)?.[1];
    if (speaker === undefined) return undefined;
    const split = [...above.slice(-1), ...parts.slice(0, -1)]
      .map((part) => splitNamed(/^[a-z]+/i.exec(part)?.[0] ?? ''))
      .findLast((s) => s);
    return { speaker, ...(split && { split }) };
  },
  // DIGIT_SPEAKER_TAKE.wav; takes 0 to 4 are for testing.
  fsdd: (parts) => {
    const match = /^(\d)_([^_]+)_(\d+)\./.exec(parts.at(-1)!);
    if (!match) return undefined;
    return { digit: match[1]!, speaker: match[2]!, split: Number(match[3]) < 5 ? 'test' : 'train' };
  },
};

/** Splits by the names people give to folders. */
const SPLITS: Readonly<Record<string, SplitName>> = {
  train: 'train',
  training: 'train',
  dev: 'validation',
  val: 'validation',
  valid: 'validation',
  validation: 'validation',
  test: 'test',
  testing: 'test',
};

function splitNamed(name: string): SplitName | undefined {
  const key = name.toLowerCase();
  // A speaker may have a name that every object knows, such as `constructor`.
  return Object.hasOwn(SPLITS, key) ? SPLITS[key] : undefined;
}

/**
 * The recordings below a folder, by path. Hidden files and links are left alone.
 *
 * @throws CdsvaeError `input`: no folder, or nothing in it that the layout knows; a table at fault. `usage`: a pattern that is
 *   no regular expression
 */
export function listUtterances(folder: string, layout: Layout, speakers: SpeakerSource = {}): Utterance[] {
  const files = recordingsBelow(folder);
  if (files.length === 0) {
    throw new CdsvaeError('input', `${folder}: no recordings found; .wav, .flac, .sph or .nist files expected`);
  }
  const factsOf = speakerRule(folder, speakers) ?? (() => ({}));
  const utterances = files.flatMap((path): Utterance[] => {
    const parts = relative(folder, path).split(sep);
    const facts = RULES[layout](parts, folder.split(sep));
    if (!facts) return [];
    const file = parts.join('/');
    return [{ path, name: file.slice(0, -extname(file).length), ...facts, ...factsOf(file) }];
  });
  if (utterances.length === 0) {
    throw new CdsvaeError(
      'input',
      `${folder}: ${counted(files.length, 'recording')} found, but none named as in ${layout} (such as ${relative(folder, files[0]!)}); ` +
        `give another --layout of ${LAYOUTS.join(', ')}`,
    );
  }
  return utterances;
}

/** Files below a folder whose names are those of recordings, in order. @throws CdsvaeError `input`: cannot be read */
export function recordingsBelow(folder: string): string[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch (cause) {
    throw readFailure(folder, cause);
  }
  return entries
    .filter((entry) => !entry.name.startsWith('.'))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return recordingsBelow(path);
      return entry.isFile() && SOUND_FILE.test(entry.name) ? [path] : [];
    });
}

function speakerRule(folder: string, { pattern, csv }: SpeakerSource): ((file: string) => Facts) | undefined {
  if (csv !== undefined) {
    const table = readTable(csv);
    return (file) => {
      const facts = table.get(file) ?? table.get(basename(file));
      if (facts) return facts;
      throw new CdsvaeError('input', `${csv}: no line for ${file} of ${folder}; one line for each recording expected`);
    };
  }
  if (pattern === undefined) return undefined;
  let regexp: RegExp;
  try {
    regexp = new RegExp(pattern);
  } catch (cause) {
    throw new CdsvaeError('usage', `--speaker-pattern: ${(cause as Error).message}`, { cause });
  }
  return (file) => {
    const match = regexp.exec(file);
    const speaker = match?.groups?.speaker ?? match?.[1];
    if (speaker !== undefined) return { speaker };
    throw new CdsvaeError('usage', `--speaker-pattern: no group of ${pattern} matches ${file}`);
  };
}

/** Lines of `file,speaker[,split]` under a head that names the columns. */
function readTable(path: string): Map<string, Facts> {
  let rows: Record<string, string>[];
  try {
    rows = parse(readFileSync(path, 'utf8'), {
      bom: true,
      columns: (names: string[]) => names.map((name) => name.toLowerCase()),
      skip_empty_lines: true,
      trim: true,
    });
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw readFailure(path, cause);
    throw new CdsvaeError(
      'input',
      `${path}: not a table in CSV (${cause.message}); columns file and speaker expected`,
      {
        cause,
      },
    );
  }
  return new Map(
    rows.map(({ file, speaker, split = '' }, i) => {
      const name = splitNamed(split);
      if (!file || !speaker || (split !== '' && !name)) {
        throw new CdsvaeError(
          'input',
          `${path}, entry ${i + 1}: file "${file ?? ''}", speaker "${speaker ?? ''}", split "${split}" found; a file, a ` +
            'speaker and, if any, a split of train, validation or test expected',
        );
      }
      return [file, { speaker, ...(name && { split: name }) }];
    }),
  );
}
