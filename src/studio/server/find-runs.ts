import { type Dirent, existsSync, readdirSync, realpathSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { systemCode } from '../../formats/system-errors.js';
import { isRunOrModel } from '../../trained/run-or-model.js';

/** Folders are looked into so many levels deep: sweeps put runs into folders of their own. */
const DEPTH = 3;
/** More runs than this are no list that anybody reads; the folder is probably not one of runs. */
const MOST = 1000;

/** What a page may see: everything in `root`; runs by their path within it. */
export interface RunPlace {
  readonly root: string;
  readonly ids: readonly string[];
}

/**
 * The runs and exported models in a folder, in the order of their names. Links in it are not followed.
 *
 * @param place a folder of runs, or a single run: then its parent is the root, with this one run in it; a link to either is it
 */
export function findRuns(place: string): RunPlace {
  const folder = existsSync(place) ? realpathSync(place) : place;
  if (isRunOrModel(folder)) return { root: dirname(folder), ids: [basename(folder)] };
  const ids: string[] = [];
  const look = (path: string, depth: number) => {
    for (const entry of entriesOf(path)) {
      if (!entry.isDirectory() || entry.name.startsWith('.') || entry.name === 'node_modules') continue;
      const child = join(path, entry.name);
      if (ids.length < MOST && isRunOrModel(child)) ids.push(relative(folder, child).split(sep).join('/'));
      else if (depth > 1) look(child, depth - 1);
    }
  };
  look(folder, DEPTH);
  return { root: folder, ids: ids.sort((a, b) => a.localeCompare(b, 'en', { numeric: true })) };
}

/** What is in a folder; nothing where it may not be looked into, or is gone since: the runs beside it are none the worse. */
function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return [];
  }
}
