/** Opens a source of sequences by name. */
import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { CdsvaeError, nearest } from '../errors.js';
import { isClipFolder, preparedDataset } from './clips/cache.js';
import type { Dataset } from './dataset.js';
import { FOLDER_FILES, openFolder } from './folder.js';
import { openSmMnist } from './sm-mnist.js';

/** Datasets that need no folder. */
export const BUILT_IN_DATASETS: readonly string[] = ['sm-mnist'];

/** How to open a dataset. */
export interface OpenOptions {
  /** T. Folders: the first so many frames of each sequence, default all. `sm-mnist`: 1 to 16384, default 15. */
  frames?: number | undefined;
  /** Data seed of endless sources, an integer from 0 to 2^53 − 1, default 0. Folders have no use for it. */
  seed?: number | undefined;
}

/**
 * Opens a dataset.
 *
 * @param source `sm-mnist`, the path of a dataset folder (for a folder of that very name write `./sm-mnist`), or that of a
 *   folder of clips or recordings that was prepared, as `cdsvae train` and `cdsvae data inspect` do
 * @throws CdsvaeError `usage`: no such name, or an option out of range; `input`: a folder that is missing or damaged
 *
 * @example
 * const data = openDataset('datasets/sprites');
 * const test = data.split('test');
 * data.close();
 */
export function openDataset(source: string, options: OpenOptions = {}): Dataset {
  if (typeof source !== 'string') {
    throw new CdsvaeError(
      'usage',
      `source is ${source}; the name of a built-in dataset or the path of a folder is expected`,
    );
  }
  if (source === 'sm-mnist') return openSmMnist(options);
  const folder = datasetFolder(source);
  if (folder !== undefined) return openFolder(folder, options);
  const name = basename(source);
  const bare = name === source;
  const beside = datasetsIn(dirname(source)).map((found) => (bare ? found : join(dirname(source), found)));
  const valid = bare ? [...BUILT_IN_DATASETS, ...beside] : [...beside, ...BUILT_IN_DATASETS];
  throw new CdsvaeError(
    bare ? 'usage' : 'input',
    `"${source}": no such dataset; a folder with ${FOLDER_FILES.manifest} and ${FOLDER_FILES.sequences}, ` +
      `one of clips or recordings to train on, or a name, expected; ${nearest(source, valid)}`,
  );
}

/** The folder that {@link openDataset} reads for a source, where it reads one. */
export function datasetFolder(source: string): string | undefined {
  if (BUILT_IN_DATASETS.includes(source) || source === '' || !existsSync(source)) return undefined;
  // A folder of clips, prepared before, is as good as the dataset that was made of it.
  const prepared = isClipFolder(source) ? preparedDataset(source) : source;
  return existsSync(prepared) ? prepared : source;
}

function datasetsIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => existsSync(join(folder, name, FOLDER_FILES.manifest)));
  } catch {
    return []; // Only ever a suggestion.
  }
}
