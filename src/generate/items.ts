/** Names of a dataset's sequences. */
import { existsSync } from 'node:fs';
import { SPLIT_NAMES, type SplitName } from '../data/dataset.js';
import { CdsvaeError, nearest } from '../errors.js';

/** Items of one split: from `first` to `last`, or all of it. */
export interface Items {
  readonly split: SplitName;
  readonly first: number;
  /** `undefined`: the last of the split. */
  readonly last?: number;
}

const ITEMS = /^([a-z]+)(?::(\d{1,15})(?:-(\d{1,15}))?)?$/;

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
  if (split === undefined) {
    const [like, known, other] = LIKE_ITEMS.exec(name) ?? [];
    if (like === undefined || existsSync(name)) return undefined;
    const advice = known === undefined ? nearest(other!, SPLIT_NAMES) : 'items are counted from 0';
    throw new CdsvaeError('usage', `"${name}": neither a file nor an item such as test:12 or test:0-7; ${advice}`);
  }
  if (from === undefined) return { split, first: 0 };
  const [first, last] = [Number(from), Number(to ?? from)];
  if (last < first) throw new CdsvaeError('usage', `"${name}": a range from low to high, both included, is expected`);
  return { split, first, last };
}
