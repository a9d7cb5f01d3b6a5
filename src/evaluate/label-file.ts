/** Labels in a `.npy` file, of one factor or of several. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CdsvaeError, nearest } from '../errors.js';
import { readNumbers, shapeError } from './number-file.js';

/** Beside labels, what says the names of their factors: written by `cdsvae encode`, and in a dataset folder. */
const NAMING = ['sequences.json', 'dataset.json'];

/**
 * Labels of one factor.
 *
 * @param path `[N]`, or `[N, factors]` as `cdsvae encode` and dataset folders have them
 * @param count N
 * @param factor name, where a file beside the labels has names, or number, from 0; may be left out where there is only one
 * @throws CdsvaeError `input`: another shape, or labels that are not whole numbers; `usage`: several factors and none chosen, or none of
 *   this name
 */
export function readLabels(path: string, count: number, factor?: string): Float64Array {
  const { shape, data } = readNumbers(path);
  const [rows, columns = 1] = shape;
  if (shape.length < 1 || shape.length > 2 || rows !== count || columns < 1) {
    throw shapeError(path, shape, `labels [${count}] or [${count}, factors]`);
  }
  const column = columnOf(factor, columns, path);
  const labels = data.filter((_, i) => i % columns === column);
  const bad = labels.findIndex((v) => !Number.isInteger(v));
  if (bad >= 0) throw new CdsvaeError('input', `${path}: label ${bad} is ${labels[bad]}; whole numbers are expected`);
  return labels;
}

function columnOf(factor: string | undefined, columns: number, path: string): number {
  if (factor === undefined && columns === 1) return 0;
  const numbers = Array.from({ length: columns }, (_, k) => String(k));
  const names = namesBeside(path, columns);
  if (factor === undefined) {
    const there = (names ?? numbers).join(', ');
    throw new CdsvaeError('usage', `${path}: labels of ${columns} factors; say which by --factor: ${there}`);
  }
  const column = names?.indexOf(factor) ?? -1;
  const found = column < 0 ? numbers.indexOf(factor) : column;
  if (found >= 0) return found;
  throw new CdsvaeError(
    'usage',
    `--factor ${factor}: ${path} has no such factor; ${nearest(factor, names ?? numbers)}`,
  );
}

/** Names of the factors, where a file beside the labels has as many as there are. */
function namesBeside(path: string, columns: number): string[] | undefined {
  for (const file of NAMING.map((name) => join(dirname(path), name)).filter((file) => existsSync(file))) {
    try {
      const { factors } = JSON.parse(readFileSync(file, 'utf8')) as { factors: readonly { readonly name: string }[] };
      const names = factors.map(({ name }) => String(name));
      if (names.length === columns) return names;
    } catch {
      // Not a file of ours: the factors go by their numbers.
    }
  }
  return undefined;
}
