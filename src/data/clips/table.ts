/** Time series in CSV files: a row a moment, a column a feature. */
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { type CsvError, parse } from 'csv-parse';
import { readFailure } from '../../formats/system-errors.js';
import { badClip, type ClipReader, type ClipSource } from './clip.js';

/** Tables are held in memory; larger ones belong into `.npy` files, which are read by range. */
const LARGEST_FILE = 1 << 29;
const LARGEST_LINE = 1 << 20;
/** Columns that count rows, or say when: left out. */
const TIME = /^(|#|i|t|n|idx|index|frame|step|row|time|timestamp|date|datetime|seconds?|ms)$/i;

export const tableReader: ClipReader = { name: 'CSV time series', extensions: ['.csv', '.tsv'], open: openTable };

async function openTable(path: string): Promise<ClipSource> {
  const { values, columns, names, rows, notes } = await readTable(path);
  return {
    path,
    kind: 'array',
    sequences: 1,
    frames: rows,
    frame: [columns],
    ...(names && { columns: names }),
    ...(notes.length > 0 && { note: notes.join('; ') }),
    async *stream(_, frames) {
      for (const t of Array.from(frames)) yield values.slice(t * columns, (t + 1) * columns);
    },
    close: () => {},
  };
}

interface Table {
  /** float32 `[rows, columns]`. */
  readonly values: Float32Array;
  readonly rows: number;
  readonly columns: number;
  /** Of the columns, where the first row has names. */
  readonly names: readonly string[] | undefined;
  /** What a person should know of how it was understood. */
  readonly notes: readonly string[];
}

/**
 * Reads a table of numbers. A first row in which nothing is a number names the columns, and so does one of 0, 1, 2, … as pandas
 * writes it. Columns of dates, and those that count the rows by their name, which may be empty, are left out.
 *
 * @throws CdsvaeError `input`: a cell that is no number, rows of different lengths, no rows, more than 512 MiB
 */
async function readTable(path: string): Promise<Table> {
  const delimiter = await separator(path);
  const source = createReadStream(path);
  const parser = source.pipe(
    parse({ delimiter, bom: true, trim: true, skip_empty_lines: true, max_record_size: LARGEST_LINE }),
  );
  source.once('error', (cause) => parser.destroy(cause));
  let values = new Float32Array(1024);
  let used = 0;
  let rows = 0;
  let names: string[] | undefined;
  let kept: number[] | undefined;
  let named = false;
  const notes: string[] = [];
  try {
    for await (const record of parser) {
      const cells: string[] = record;
      if (names === undefined) {
        const titled = cells.length > 0 && cells.every((cell) => Number.isNaN(numberOf(cell)));
        const numbered = isNumbering(cells);
        if (numbered) notes.push('first row 0, 1, … taken for names of columns');
        else if (cells.join() === '0,1') notes.push('first row 0, 1 taken for values, not names of columns');
        names = titled ? cells : cells.map((cell, i) => (numbered ? cell && `column ${cell}` : `column ${i + 1}`));
        named = titled;
        if (titled || numbered) continue;
      }
      if (kept === undefined) {
        const isFeature = cells.map((cell, i) => !TIME.test(names![i]!) && !isDate(cell));
        kept = cells.flatMap((_, i) => (isFeature[i] ? [i] : []));
        const left = names.filter((_, i) => !isFeature[i]).map((name) => JSON.stringify(name));
        if (left.length > 0) notes.push(`left out ${left.length === 1 ? 'column' : 'columns'} ${left.join(', ')}`);
        if (kept.length === 0) throw badClip(path, 'no column of numbers found');
      }
      if (used + kept.length > values.length) {
        const larger = new Float32Array(2 * values.length + kept.length);
        larger.set(values);
        values = larger;
      }
      rows++;
      for (const i of kept) {
        const value = numberOf(cells[i]!);
        if (!Number.isFinite(Math.fround(value))) {
          const cell = JSON.stringify(cells[i]!.slice(0, 40));
          throw badClip(path, `${cell} found in row ${rows}, ${names[i]}; a finite number expected`);
        }
        values[used++] = value;
      }
    }
  } catch (cause) {
    if (isCsvError(cause)) {
      throw badClip(path, `not a table (${cause.message.slice(0, 200)}); rows of one length expected`, cause);
    }
    throw readFailure(path, cause);
  } finally {
    source.destroy();
  }
  if (rows === 0 || kept === undefined) throw badClip(path, 'no rows of numbers found');
  return {
    values: values.subarray(0, used),
    rows,
    columns: kept.length,
    names: named ? kept.map((i) => names![i]!) : undefined,
    notes,
  };
}

function isCsvError(cause: unknown): cause is CsvError {
  return cause instanceof Error && 'code' in cause && String(cause.code).startsWith('CSV_');
}

/** The most frequent of tab, semicolon and comma in the first line. */
async function separator(path: string): Promise<string> {
  try {
    const info = await stat(path);
    if (!info.isFile()) throw badClip(path, 'not a file; a table expected');
    if (info.size === 0) throw badClip(path, 'an empty file found');
    if (info.size > LARGEST_FILE) {
      throw badClip(path, `${(info.size / 1e9).toFixed(1)} GB found, at most 512 MiB expected; save it as .npy`);
    }
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(4096), 0, 4096, 0);
      const line = buffer.toString('utf8', 0, bytesRead).trimStart().split('\n', 1)[0] ?? '';
      const count = (separator: string) => line.split(separator).length;
      return ['\t', ';', ','].reduce((best, next) => (count(next) > count(best) ? next : best));
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw readFailure(path, cause);
  }
}

/**
 * Whether cells are 0, 1, 2, … and nothing else, with an empty one before them where there is a column of row numbers. Without that,
 * three at least: two are as likely a sine and a cosine from 0.
 */
function isNumbering(cells: readonly string[]): boolean {
  const numbers = cells[0] === '' ? cells.slice(1) : cells;
  const least = cells[0] === '' ? 1 : 3;
  return numbers.length >= least && numbers.every((cell, i) => cell === `${i}`);
}

function numberOf(cell: string): number {
  return cell === '' ? Number.NaN : Number(cell);
}

function isDate(cell: string): boolean {
  return /^\d{4}-\d\d-\d\d|^\d\d?[./]\d\d?[./]\d{2,4}|^\d\d?:\d\d/.test(cell);
}
