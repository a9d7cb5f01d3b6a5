import * as fs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { CdsvaeError } from '../errors.js';
import { readFailure, systemCode, writeFailure } from './system-errors.js';

/**
 * Files that survive a crash.
 *
 * A write is safe once the file *and* the folder that names it are flushed (fsync), and a rename replaces a file whole or
 * not at all. All is synchronous, so that nothing of this process comes between.
 */

/** The file operations used here, so that a test can fail or stop at every one of them. */
export type Files = Pick<
  typeof fs,
  | 'closeSync'
  | 'fsyncSync'
  | 'ftruncateSync'
  | 'linkSync'
  | 'mkdirSync'
  | 'openSync'
  | 'readdirSync'
  | 'readFileSync'
  | 'renameSync'
  | 'rmdirSync'
  | 'rmSync'
  | 'statSync'
  | 'unlinkSync'
  | 'writeSync'
>;

/** The file operations of Node. */
export const nodeFiles: Files = fs;

/** Node writes at most 2^31 − 1 bytes at once. */
const LARGEST_WRITE = 1 << 28;

/**
 * Runs file operations that write, and turns a system error into one that names the path and the reason.
 *
 * @throws CdsvaeError `io`; errors that are not the system's pass as they are
 */
export function writing<T>(path: string, operations: () => T): T {
  try {
    return operations();
  } catch (error) {
    throw ofSystem(writeFailure, path, error);
  }
}

/** Reads a whole file. @throws CdsvaeError `input` naming path and reason */
export function readWhole(path: string, files: Files = nodeFiles): Buffer {
  try {
    return files.readFileSync(path);
  } catch (error) {
    throw ofSystem(readFailure, path, error);
  }
}

/** The names in a folder in alphabetical order; none where there is no such folder. @throws CdsvaeError `input` */
export function namesIn(folder: string, files: Files = nodeFiles): string[] {
  try {
    return files.readdirSync(folder).sort();
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw ofSystem(readFailure, folder, error);
  }
}

/** Whether there is anything at a path. @throws CdsvaeError `input` where that cannot be told */
export function exists(path: string, files: Files = nodeFiles): boolean {
  try {
    return files.statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    if (systemCode(error) === 'ENOTDIR') return false;
    throw ofSystem(readFailure, path, error);
  }
}

/**
 * Finds out before long work whether a file or folder could take its place at a path: by a file that is written beside it, or in the
 * nearest folder above it that there is, and removed.
 *
 * @param kind `file`: a folder in its place is in the way
 * @throws CdsvaeError `io`
 */
export function checkWritable(path: string, kind: 'file' | 'folder', files: Files = nodeFiles): void {
  writing(path, () => {
    const found = kind === 'file' ? files.statSync(path, { throwIfNoEntry: false }) : undefined;
    if (found?.isDirectory()) throw Object.assign(new Error('a folder'), { code: 'EISDIR', syscall: 'open' });
    if (found && !found.isFile()) {
      throw new CdsvaeError('io', `${path} cannot be written: a device, pipe or socket found, a file expected`);
    }
    let above = dirname(kind === 'file' ? linkedFile(path) : path);
    while (!exists(above, files) && dirname(above) !== above) above = dirname(above);
    const trial = join(above, `.${basename(path)}.${process.pid}.trial`);
    files.closeSync(files.openSync(trial, 'wx'));
    files.unlinkSync(trial);
  });
}

/** Creates a folder and those above it, each durable before what it holds. @throws CdsvaeError `io` */
export function makeFolder(path: string, files: Files = nodeFiles): void {
  writing(path, () => {
    if (files.statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
    if (dirname(path) !== path) makeFolder(dirname(path), files);
    files.mkdirSync(path);
    flushFolder(dirname(path), files);
  });
}

/** Flushes the names in a folder: new files, renames and removals survive a power cut from here on. @throws CdsvaeError `io` */
export function flushFolder(path: string, files: Files = nodeFiles): void {
  // Windows cannot open folders, and needs no flush: NTFS journals names.
  if (process.platform === 'win32') return;
  writing(path, () => {
    const fd = files.openSync(path, 'r');
    try {
      files.fsyncSync(fd);
    } finally {
      files.closeSync(fd);
    }
  });
}

/**
 * Writes a file and flushes its bytes; its name is durable once the folder is flushed too. A file that exists is overwritten
 * in place, so this is for names nobody reads yet.
 *
 * @param parts the file's bytes, one piece after the other
 * @throws CdsvaeError `io`
 */
export function writeFlushed(path: string, parts: readonly Uint8Array[], files: Files = nodeFiles): void {
  writing(path, () => overwrite(path, parts, files));
}

/**
 * Writes a file so that at any moment, a crash included, the path holds the old file or the new one, whole.
 *
 * @param link a file, or a link to one, which goes on leading to it
 * @param content text is written as UTF-8
 * @throws CdsvaeError `io`; the old file then is still in place
 */
export function writeAtomic(link: string, content: string | Uint8Array, files: Files = nodeFiles): void {
  const path = linkedFile(link);
  const temporary = join(dirname(path), temporaryName(path));
  try {
    writing(path, () => {
      overwrite(temporary, [typeof content === 'string' ? Buffer.from(content) : content], files);
      files.renameSync(temporary, path);
    });
  } catch (error) {
    discard(temporary, files);
    throw error;
  }
  flushFolder(dirname(path), files);
}

/** The file that a link leads to, which is what is written; all else is itself. */
export function linkedFile(path: string): string {
  try {
    return fs.lstatSync(path).isSymbolicLink() ? fs.realpathSync(path) : path;
  } catch {
    return path; // Nothing there, or a link to nothing.
  }
}

/**
 * The name {@link writeAtomic} uses until the file is whole. Always the same, so that one left by a crash is used again
 * instead of adding up; a path has one writer at a time.
 */
export function temporaryName(path: string): string {
  return `.saving-${basename(path)}`;
}

/** Removes a file or folder if it can: for what a failed operation leaves, where the first error is the one to report. */
export function discard(path: string, files: Files = nodeFiles): void {
  try {
    files.rmSync(path, { recursive: true, force: true });
  } catch {}
}

/** Removes a folder that was made for nothing; one that holds something stays. @returns whether it is gone */
export function removeEmpty(path: string, files: Files = nodeFiles): boolean {
  try {
    files.rmdirSync(path);
    return true;
  } catch {
    return false;
  }
}

function overwrite(path: string, parts: readonly Uint8Array[], files: Files): void {
  const fd = files.openSync(path, 'w');
  try {
    for (const part of parts) writeFully(fd, part, { files });
    files.fsyncSync(fd);
  } finally {
    files.closeSync(fd);
  }
}

/**
 * Writes all of it: the system may write less than asked for (a full disk, a signal).
 *
 * @param position in the file; where it is left out, after what was written before
 */
export function writeFully(
  fd: number,
  bytes: Uint8Array,
  { files = nodeFiles, position }: { readonly files?: Files; readonly position?: number } = {},
): void {
  for (let at = 0; at < bytes.byteLength; ) {
    const length = Math.min(bytes.byteLength - at, LARGEST_WRITE);
    at += files.writeSync(fd, bytes, at, length, position === undefined ? null : position + at);
  }
}

/** The error of the system as one for people; any other as it is. */
function ofSystem(failure: typeof readFailure, path: string, error: unknown): unknown {
  return systemCode(error) === undefined ? error : failure(path, error);
}
