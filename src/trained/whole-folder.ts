/** Folders of files that appear whole or not at all, and whose files are known again by size and hash. */
import { mkdirSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { CdsvaeError } from '../errors.js';
import { discard, flushFolder, makeFolder, readWhole, writeFlushed } from '../formats/durable.js';
import { checkFileFacts, type FileFacts, factsOfParts } from '../formats/file-facts.js';
import { checkTarget, replaceFolder } from '../formats/replace-folder.js';
import { writeFailure } from '../formats/system-errors.js';

/** Writes one file of a folder; gives its size and hash. */
export type WriteFile = (name: string, parts: readonly Uint8Array[]) => FileFacts;

/**
 * Writes a folder under another name, flushes it, and renames it into place.
 *
 * @param folder to be made; folders above it are made as needed
 * @param names every name that may stand in a folder of this kind: one with others in it is not replaced
 * @param mark the one that makes it one of this kind
 * @param fill writes the files
 * @throws CdsvaeError `usage`: something else stands there; `io`: cannot be written. An older folder then stays as it was.
 */
export function writeWholeFolder(
  folder: string,
  names: readonly string[],
  mark: string,
  fill: (write: WriteFile) => void,
): void {
  const target = resolve(folder);
  checkTarget(target, names, mark);
  const temporary = join(dirname(target), `.saving-${basename(target)}`);
  try {
    makeFolder(dirname(target));
    // One that a crash left behind.
    rmSync(temporary, { recursive: true, force: true });
    mkdirSync(temporary);
    fill((name, parts) => writeParts(join(temporary, name), parts));
    flushFolder(temporary);
    replaceFolder(temporary, target);
  } catch (cause) {
    discard(temporary);
    throw writeFailure(target, cause);
  }
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
  const bytes = readWhole(path);
  checkFileFacts(path, bytes, expected);
  return bytes;
}

/** Writes a file, flushes it, and gives its size and hash. */
function writeParts(path: string, parts: readonly Uint8Array[]): FileFacts {
  writeFlushed(path, parts);
  return factsOfParts(parts);
}
