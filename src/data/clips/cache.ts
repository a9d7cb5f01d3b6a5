/** Where a folder of clips keeps the dataset that was prepared of it. */
import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { writeAtomic } from '../../formats/durable.js';
import { writeFailure } from '../../formats/system-errors.js';
import { FOLDER_FILES, openFolder } from '../folder.js';
import { isRun, isSpriteSheets } from '../known-folders.js';

/** Beside the dataset: what it was made of, and what was said of it. */
const PREPARED = 'prepared.json';

/** A cache that lies in the folder itself, and the dataset in a cache. */
export const INSIDE = '.cdsvae';
const DATASET = 'dataset';

/**
 * `FOLDER/.cdsvae`, or, where that cannot be written, a folder of the user's cache (`$XDG_CACHE_HOME`, `~/.cache`).
 *
 * @throws the system's error where the folder does not exist
 */
export function cacheOf(folder: string): string {
  const inside = join(folder, INSIDE);
  try {
    accessSync(existsSync(inside) ? inside : folder, constants.W_OK);
    return inside;
  } catch {
    const name = createHash('sha256').update(realpathSync(folder)).digest('hex').slice(0, 16);
    return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'cdsvae', name);
  }
}

/** The dataset folder that is to be made in the cache of a folder of clips. */
export function cachedDataset(folder: string): string {
  return join(cacheOf(folder), DATASET);
}

/** The dataset folder that was made of a folder of clips, whether it is there or not. */
export function preparedDataset(folder: string): string {
  return join(preparedPlace(folder), DATASET);
}

/** The cache that a dataset was made in: where nothing can be written now, something may have been before, or by others. */
function preparedPlace(folder: string): string {
  const [cache, inside] = [cacheOf(folder), join(folder, INSIDE)];
  return !existsSync(join(cache, DATASET)) && existsSync(join(inside, DATASET)) ? inside : cache;
}

/** Whether a path is a folder that is no dataset itself, nor part of one, nor sprite sheets, nor a run, but may hold clips. */
export function isClipFolder(path: string): boolean {
  try {
    if (!statSync(path).isDirectory()) return false;
    const names = readdirSync(path);
    const dataset = [FOLDER_FILES.manifest, FOLDER_FILES.labels].some((name) => names.includes(name));
    return !dataset && !isRun(names) && !isSpriteSheets(names);
  } catch {
    return false;
  }
}

/** What stands of the dataset in a cache. */
interface Prepared {
  /** Of the files and choices it was made of; none while it is being made. */
  readonly fingerprint?: string;
  readonly report?: unknown;
  /** What the user chose, rather than left to be decided. */
  readonly choices?: unknown;
}

/** What was said of the dataset in the cache of a folder, where it is whole and was made of what the fingerprint stands for. */
export function readPrepared<Report>(folder: string, fingerprint: string): Report | undefined {
  const stored = storedOf(folder);
  if (stored?.fingerprint !== fingerprint) return undefined;
  try {
    openFolder(preparedDataset(folder)).close();
    return stored.report as Report;
  } catch {
    return undefined; // Damaged: prepared again.
  }
}

/** What the user chose of the dataset in the cache of a folder, whether it is whole, half-made or out of date. */
export function choicesOf<Choices>(folder: string): Choices | undefined {
  return storedOf(folder)?.choices as Choices | undefined;
}

function storedOf(folder: string): Prepared | undefined {
  try {
    return JSON.parse(readFileSync(join(preparedPlace(folder), PREPARED), 'utf8'));
  } catch {
    return undefined; // None, or damaged: prepared again.
  }
}

/** Says of the dataset in the cache of a folder what it was made of. */
export function keepPrepared(folder: string, fingerprint: string, report: object, choices?: object): void {
  keep(cacheOf(folder), { fingerprint, report, ...(choices && { choices }) });
}

/** Says nothing any more of the dataset in a cache, which is about to be replaced, but what was chosen of it, if anything. */
export function forgetPrepared(cache: string, choices?: object): void {
  try {
    mkdirSync(cache, { recursive: true });
    if (choices === undefined) rmSync(join(cache, PREPARED), { force: true });
    else keep(cache, { choices });
  } catch (cause) {
    throw writeFailure(cache, cause);
  }
}

function keep(cache: string, prepared: Prepared): void {
  writeAtomic(join(cache, PREPARED), JSON.stringify(prepared));
}
