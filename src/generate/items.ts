/** Names of sequences: those of a dataset's splits, and those of a file that has several. */
import { existsSync, statSync } from 'node:fs';
import { counted } from '../counted.js';
import { SPLIT_NAMES, type SplitName } from '../data/dataset.js';
import { CdsvaeError, nearest } from '../errors.js';

/** Of an endless source anything could be asked for; more names than this are no list. */
const MOST_ITEMS = 1e6;

/** Sequences from `first` to `last`, both included. */
export interface Range {
  readonly first: number;
  /** `undefined`: the last there is. */
  readonly last?: number;
}

/** Items of one split. */
export interface Items extends Range {
  readonly split: SplitName;
}

/** Sequences of a file or a folder of pictures. */
export interface FileItems extends Range {
  readonly path: string;
}

const ITEMS = /^([a-z]+)(?::(\d{1,15})(?:-(\d{1,15}))?)?$/;
const FILE_ITEMS = /^(.+):(\d{1,15})(?:-(\d{1,15}))?$/s;

/** What only an item is called, well or badly formed. */
const LIKE_ITEMS = /^(?:(train|validation|test):|([a-z]+):\d)/i;

/**
 * Reads what `test`, `test:12` and `test:0-7` mean. A file of such a name is `./test`.
 *
 * @returns `undefined` for what is the name of a file
 * @throws CdsvaeError `usage`: a range that runs backwards or is none, or neither a split nor a file
 */
export function parseItems(name: string): Items | undefined {
  const [, word, from, to] = ITEMS.exec(name) ?? [];
  const split = SPLIT_NAMES.find((s) => s === word);
  if (split !== undefined) return { split, ...rangeOf(name, from, to) };
  const [like, known, other] = LIKE_ITEMS.exec(name) ?? [];
  if (like === undefined || existsSync(name) || existsSync(parseFileItems(name).path)) return undefined;
  const advice = known === undefined ? nearest(other!, SPLIT_NAMES) : 'items are counted from 0';
  throw new CdsvaeError('usage', `"${name}": neither a file nor an item such as test:12 or test:0-7; ${advice}`);
}

/**
 * Reads what `mine.npy`, `mine.npy:12` and `mine.npy:0-7` mean. There may be a file of that very name: it is meant then.
 *
 * @throws CdsvaeError `usage`: a range that runs backwards or is none
 */
export function parseFileItems(name: string): FileItems {
  const [, path, from, to] = FILE_ITEMS.exec(name) ?? [];
  if (existsSync(name)) return { path: name, first: 0 };
  if (path === undefined) {
    const file = /^(.+):[^:/\\]*$/s.exec(name)?.[1];
    if (file === undefined || !statSync(file, { throwIfNoEntry: false })?.isFile()) return { path: name, first: 0 };
    throw new CdsvaeError('usage', `"${name}": ${file}:12 or ${file}:0-7 expected; sequences are counted from 0`);
  }
  return { path, ...rangeOf(name, from, to) };
}

/** @throws CdsvaeError `usage`: a range that runs backwards */
function rangeOf(name: string, from: string | undefined, to: string | undefined): Range {
  if (from === undefined) return { first: 0 };
  const [first, last] = [Number(from), Number(to ?? from)];
  if (last < first) throw new CdsvaeError('usage', `"${name}": a range from low to high, both included, is expected`);
  return { first, last };
}

/**
 * The sequences of a range that there are.
 *
 * @param of what they are of: the name of a split or a file
 * @param size sequences of it, `Infinity` of an endless split
 * @throws CdsvaeError `usage`: there are fewer, or all of an endless split are asked for, or more than anyone names
 */
export function within({ first, last }: Range, of: string, size: number): { first: number; count: number } {
  const end = last ?? size - 1;
  if (last === undefined && !Number.isFinite(end)) {
    throw new CdsvaeError('usage', `${of} is endless: say how much of it, such as ${of}:0-99`);
  }
  if (end >= size) {
    const which = size === 1 ? `${of}:0` : `${of}:0 to ${of}:${size - 1}`;
    throw new CdsvaeError('usage', `${of}:${end}: ${of} has ${counted(size, 'sequence')}, ${which}`);
  }
  if (!Number.isFinite(size) && end - first >= MOST_ITEMS) {
    throw new CdsvaeError(
      'usage',
      `${of}:${first}-${end}: more than ${MOST_ITEMS} sequences at a time; take them in parts`,
    );
  }
  return { first, count: end - first + 1 };
}
