/** Where a folder of clips keeps the dataset that was prepared of it. */
import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { FOLDER_FILES } from '../folder.js';

/** Beside the dataset: what it was made of, and what was said of it. */
export const PREPARED = 'prepared.json';

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

/** Whether a path is a folder that is no dataset itself, nor part of one, nor sprite sheets, but may hold clips. */
export function isClipFolder(path: string): boolean {
  try {
    if (!statSync(path).isDirectory()) return false;
    const names = readdirSync(path);
    const dataset = [FOLDER_FILES.manifest, FOLDER_FILES.labels].some((name) => names.includes(name));
    return !dataset && !(names.includes('body') && names.includes('hair'));
  } catch {
    return false;
  }
}
