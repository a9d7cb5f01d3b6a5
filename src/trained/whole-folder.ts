/** Folders of files that appear whole or not at all, and whose files are known again by size and hash. */
import { createHash } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { CdsvaeError } from '../errors.js';
import { readFailure, syncFolder, writeFailure } from '../formats/npy-file.js';
import type { FileFacts } from './description.js';

/** Writes one file of a folder; gives its size and hash. */
export type WriteFile = (name: string, parts: readonly Uint8Array[]) => FileFacts;

/**
 * Writes a folder under another name, flushes it, and renames it into place.
 *
 * @param folder to be made; folders above it are made as needed
 * @param names every name that may stand in a folder of this kind: one with others in it is not replaced
 * @param fill writes the files
 * @throws CdsvaeError `usage`: something else stands there; `io`: cannot be written. An older folder then stays as it was.
 */
export function writeWholeFolder(folder: string, names: readonly string[], fill: (write: WriteFile) => void): void {
  const target = resolve(folder);
  const temporary = join(dirname(target), `.saving-${basename(target)}`);
  try {
    recover(target);
    checkTarget(target, names);
    mkdirSync(dirname(target), { recursive: true });
    // One that a crash left behind.
    rmSync(temporary, { recursive: true, force: true });
    mkdirSync(temporary);
    fill((name, parts) => writeParts(join(temporary, name), parts));
    syncFolder(temporary);
    putInPlace(temporary, target);
  } catch (cause) {
    discard(temporary);
    throw writeFailure(target, cause);
  }
}

/**
 * Refuses to replace anything but a folder of the kind; an empty folder loses nothing.
 *
 * @throws CdsvaeError `usage`
 */
export function checkTarget(target: string, names: readonly string[]): void {
  const stat = statSync(target, { throwIfNoEntry: false });
  if (stat === undefined) return;
  const refuse = (what: string): never => {
    throw new CdsvaeError('usage', `${target}: ${what} stands there; choose another name`);
  };
  if (!stat.isDirectory()) refuse('a file');
  const others = readdirSync(target).filter((name) => !names.includes(name));
  if (others.length > 0) refuse(`a folder with other things (${others.slice(0, 3).join(', ')})`);
}

/**
 * Reads a file that the folder's description lists, and holds it against size and hash.
 *
 * @param description name of the description's file, and what it lists
 * @throws CdsvaeError `input`
 */
export function readVerified(
  folder: string,
  name: string,
  description: { readonly file: string; readonly files: Readonly<Record<string, FileFacts>> },
): Uint8Array {
  const path = join(folder, name);
  const expected = Object.hasOwn(description.files, name) ? description.files[name] : undefined;
  if (!expected) throw new CdsvaeError('input', `${path}: ${description.file} does not list it; export it again`);
  const bytes = readBytes(path);
  if (bytes.byteLength !== expected.bytes) {
    const cut = bytes.byteLength < expected.bytes ? '; the file is cut short: copy it again' : '';
    throw new CdsvaeError('input', `${path}: ${bytes.byteLength} bytes found, ${expected.bytes} expected${cut}`);
  }
  const hash = createHash('sha256').update(bytes).digest('hex');
  if (hash !== expected.sha256) {
    throw new CdsvaeError(
      'input',
      `${path}: SHA-256 ${hash} found, ${expected.sha256} expected; copy it again, or make it again`,
    );
  }
  return bytes;
}

/** A whole file. @throws CdsvaeError `input` */
export function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw readFailure(path, cause);
  }
}

/** A crash between two renames leaves the older folder under another name: it counts until the new one is in place. */
function recover(target: string): void {
  const replaced = replacedName(target);
  if (statSync(replaced, { throwIfNoEntry: false }) === undefined) return;
  if (statSync(target, { throwIfNoEntry: false }) === undefined) renameSync(replaced, target);
  else rmSync(replaced, { recursive: true, force: true });
}

/** Gives a folder its name, in the place of the one that has it, if there is one. Both are in the same folder, and flushed. */
export function putInPlace(temporary: string, target: string): void {
  recover(target);
  const replaced = replacedName(target);
  const replaces = statSync(target, { throwIfNoEntry: false }) !== undefined;
  // A folder that holds something cannot be renamed over.
  if (replaces) renameSync(target, replaced);
  try {
    renameSync(temporary, target);
  } catch (error) {
    if (replaces) renameSync(replaced, target);
    throw error;
  }
  syncFolder(dirname(target));
  discard(replaced);
}

function replacedName(target: string): string {
  return join(dirname(target), `.replaced-${basename(target)}`);
}

/** Writes a file, flushes it, and gives its size and hash. */
function writeParts(path: string, parts: readonly Uint8Array[]): FileFacts {
  const hash = createHash('sha256');
  let bytes = 0;
  const fd = openSync(path, 'w');
  try {
    for (const part of parts) {
      hash.update(part);
      for (let at = 0; at < part.byteLength; ) at += writeSync(fd, part, at, part.byteLength - at);
      bytes += part.byteLength;
    }
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** What made us give up is on its way to the user, and matters more than a rest that cannot be removed. */
function discard(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {}
}
