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
import { writeFailure } from '../../formats/npy-file.js';
import { FOLDER_FILES, openFolder } from '../folder.js';
import { isRun } from '../training-folders.js';

/** Beside the dataset: what it was made of, and what was said of it. */
const PREPARED = 'prepared.json';

/**
 * `FOLDER/.cdsvae`, or, where that cannot be written, a folder of the user's cache (`$XDG_CACHE_HOME`, `~/.cache`).
 *
 * @throws the system's error where the folder does not exist
 */
export function cacheOf(folder: string): string {
  const inside = join(folder, '.cdsvae');
  try {
    accessSync(existsSync(inside) ? inside : folder, constants.W_OK);
    return inside;
  } catch {
    const name = createHash('sha256').update(realpathSync(folder)).digest('hex').slice(0, 16);
    return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'cdsvae', name);
  }
}

/** The dataset folder in the cache of a folder of clips, whether it is there or not. */
export function cachedDataset(folder: string): string {
  return join(cacheOf(folder), 'dataset');
}

/** Whether a path is a folder that is no dataset itself, nor part of one, nor sprite sheets, nor a run, but may hold clips. */
export function isClipFolder(path: string): boolean {
  try {
    if (!statSync(path).isDirectory()) return false;
    const names = readdirSync(path);
    const dataset = [FOLDER_FILES.manifest, FOLDER_FILES.labels].some((name) => names.includes(name));
    return !dataset && !isRun(names) && !(names.includes('body') && names.includes('hair'));
  } catch {
    return false;
  }
}

/** What was said of the dataset in the cache of a folder, where it is whole and was made of what the fingerprint stands for. */
export function readPrepared<Report>(folder: string, fingerprint: string): Report | undefined {
  const path = join(cacheOf(folder), PREPARED);
  if (!existsSync(path)) return undefined;
  try {
    const stored: { fingerprint: string; report: Report } = JSON.parse(readFileSync(path, 'utf8'));
    if (stored.fingerprint !== fingerprint) return undefined;
    openFolder(cachedDataset(folder)).close();
    return stored.report;
  } catch {
    return undefined; // Damaged: prepared again.
  }
}

/** Says of the dataset in the cache of a folder what it was made of. */
export function keepPrepared(folder: string, fingerprint: string, report: object): void {
  writeAtomic(join(cacheOf(folder), PREPARED), JSON.stringify({ fingerprint, report }));
}

/** Says nothing any more of the dataset in a cache, which is about to be replaced. */
export function forgetPrepared(cache: string): void {
  try {
    mkdirSync(cache, { recursive: true });
    rmSync(join(cache, PREPARED), { force: true });
  } catch (cause) {
    throw writeFailure(cache, cause);
  }
}
