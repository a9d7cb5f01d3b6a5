/** Who speaks, by a pattern or a table that a person gives. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { CsvError, parse } from 'csv-parse/sync';
import { CdsvaeError } from '../../errors.js';
import { readFailure } from '../../formats/system-errors.js';
import { splitNamed } from '../split-named.js';
import type { Facts } from './trees.js';

/** Where the speaker of an utterance stands, if not where the layout has it. */
export interface SpeakerSource {
  /** A regular expression on the path below the folder, whose group `speaker`, or first group, is the speaker. */
  readonly pattern?: string;
  /** A CSV file with columns `file` (path below the folder), `speaker` and, optionally, `split`. */
  readonly csv?: string;
}

/**
 * What tells the speaker of a file, by its path below the folder; `undefined` where nothing is given.
 *
 * @throws CdsvaeError `input`: a table at fault, or without a line for a file; `usage`: a pattern that is no regular expression, or
 *   has no group that matches a file
 */
export function speakerRule(folder: string, { pattern, csv }: SpeakerSource): ((file: string) => Facts) | undefined {
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
