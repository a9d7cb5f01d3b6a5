/** Finds the clips in a folder of the user's. */
import { createHash } from 'node:crypto';
import { readdir, realpath, stat } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { readFailure } from '../../formats/system-errors.js';
import { FOLDER_FILES } from '../folder.js';
import { isJudge, isRun, runFound } from '../known-folders.js';
import { byName, isStill } from './image-folder.js';
import { isAmbiguous, isAnimation, readerOf } from './readers.js';

/** A file or folder of pictures that may be a clip. */
export interface Found {
  readonly path: string;
  /** Below the folder that was searched, with `/` on every system; `.` for that folder itself. */
  readonly name: string;
  /** Of a folder of pictures, its pictures in order. */
  readonly pictures?: readonly string[];
}

/** Something that cannot be used, and why. */
export interface BadFile {
  readonly name: string;
  readonly reason: string;
}

/** What was found in a folder. */
export interface Discovery {
  /** In the order of their names. */
  readonly clips: readonly Found[];
  readonly bad: readonly BadFile[];
  /** Files of kinds that hold no clips, by the end of their names. */
  readonly ignored: Readonly<Record<string, number>>;
  /** Changes when a file is added, taken away, renamed or changed. */
  readonly fingerprint: string;
}

/**
 * Searches a folder and all below it: files that readers know are clips, and so is a folder in which pictures lie. Hidden
 * names (those that start with a dot) are passed over, and so are runs, judges and datasets below; links are followed, once each.
 *
 * @throws CdsvaeError `input`: the folder itself cannot be read, or is a run
 */
export async function discover(root: string): Promise<Discovery> {
  const clips: Found[] = [];
  const bad: BadFile[] = [];
  // Without what every object has: a file may be named `constructor`.
  const ignored: Record<string, number> = Object.create(null);
  const hash = createHash('sha256');
  const visited = new Set<string>();
  const nameOf = (path: string) => relative(root, path).split(sep).join('/') || '.';

  const visit = async (folder: string): Promise<void> => {
    const real = await realpath(folder);
    if (visited.has(real)) return;
    visited.add(real);
    const names = (await readdir(folder)).filter((name) => !name.startsWith('.')).sort(byName);
    if (folder === root && isRun(names)) throw runFound(root);
    if (isRun(names) || isJudge(names) || (folder !== root && isDataset(names))) return;
    const folders: string[] = [];
    const files: string[] = [];
    for (const name of names) {
      const path = join(folder, name);
      try {
        const info = await stat(path);
        if (info.isDirectory()) folders.push(path);
        else if (info.isFile()) {
          if (info.size === 0) bad.push({ name: nameOf(path), reason: 'an empty file found' });
          else files.push(name);
          hash.update(`${nameOf(path)}\0${info.size}\0${info.mtimeMs}\0`);
        } else bad.push({ name: nameOf(path), reason: 'not a file (a device, pipe or socket)' });
      } catch (cause) {
        bad.push({ name: nameOf(path), reason: reasonOf(cause, path) });
      }
    }
    const pictures: string[] = [];
    for (const name of files) {
      const path = join(folder, name);
      try {
        const still = isStill(name) && !(isAmbiguous(name) && (await isAnimation(path)));
        if (still) pictures.push(name);
        else if (readerOf(name) !== undefined) clips.push({ path, name: nameOf(path) });
        else {
          const extension = extname(name).toLowerCase() || name;
          ignored[extension] = (ignored[extension] ?? 0) + 1;
        }
      } catch (cause) {
        bad.push({ name: nameOf(path), reason: reasonOf(cause, path) });
      }
    }
    if (pictures.length > 0) clips.push({ path: folder, name: nameOf(folder), pictures });
    for (const path of folders) {
      try {
        await visit(path);
      } catch (cause) {
        bad.push({ name: nameOf(path), reason: reasonOf(cause, path) });
      }
    }
  };
  try {
    await visit(root);
  } catch (cause) {
    throw readFailure(root, cause);
  }
  clips.sort((a, b) => byName(a.name, b.name) || (a.name < b.name ? -1 : 1));
  return { clips, bad, ignored, fingerprint: hash.digest('hex') };
}

/** Whether these are the names in a dataset folder. */
function isDataset(names: readonly string[]): boolean {
  return names.includes(FOLDER_FILES.manifest) && names.includes(FOLDER_FILES.sequences);
}

/** Why a path cannot be used, without the path. */
export function reasonOf(cause: unknown, path: string): string {
  const { message } = readFailure(path, cause);
  return message.startsWith(`${path}: `) ? message.slice(path.length + 2) : message;
}
