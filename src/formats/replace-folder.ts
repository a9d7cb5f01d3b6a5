/** A whole folder in the place of an older one of its kind, and of nothing else. */
import { basename, dirname, join } from 'node:path';
import { CdsvaeError } from '../errors.js';
import { discard, exists, type Files, flushFolder, namesIn, nodeFiles, writing } from './durable.js';

/** What file managers leave in a folder that was looked at. */
const LEFT_BY_BROWSING = ['.DS_Store', 'Thumbs.db', 'desktop.ini'];

/**
 * Refuses to replace anything but a folder of the kind; an empty one loses nothing. First puts back what a crash during
 * {@link replaceFolder} left.
 *
 * @param names every name that may stand in a folder of the kind
 * @param mark the one that makes it one
 * @returns whether one of the kind stands there
 * @throws CdsvaeError `usage`: something else stands there; `input`, `io`: that cannot be told, or not be put back
 */
export function checkTarget(target: string, names: readonly string[], mark: string): boolean {
  recover(target, nodeFiles);
  const stat = writing(target, () => nodeFiles.statSync(target, { throwIfNoEntry: false }));
  if (stat === undefined) return false;
  const refuse = (what: string): never => {
    throw new CdsvaeError('usage', `${target}: ${what} stands there; move it, or choose another name`);
  };
  if (!stat.isDirectory()) refuse('a file');
  const found = namesIn(target).filter((name) => !LEFT_BY_BROWSING.includes(name));
  const others = found.includes(mark) ? found.filter((name) => !names.includes(name)) : found;
  if (others.length > 0) refuse(`a folder with other things (${others.slice(0, 3).join(', ')})`);
  return found.length > 0;
}

/**
 * Gives a folder its name, in the place of the one that has it, if there is one. A crash leaves the older or the new one under
 * the name, or, between two renames, the older as `.replaced-NAME`.
 *
 * @param temporary a folder beside the target, whole and flushed
 * @throws CdsvaeError `io`; the older then still has its name
 */
export function replaceFolder(temporary: string, target: string, files: Files = nodeFiles): void {
  recover(target, files);
  const replaced = replacedName(target);
  const replaces = exists(target, files);
  writing(target, () => {
    // A folder that holds something cannot be renamed over.
    if (replaces) files.renameSync(target, replaced);
    try {
      files.renameSync(temporary, target);
    } catch (error) {
      if (replaces) files.renameSync(replaced, target);
      throw error;
    }
  });
  flushFolder(dirname(target), files);
  if (replaces) discard(replaced, files);
}

/** The name of an older folder until the new one is in place. */
function replacedName(target: string): string {
  return join(dirname(target), `.replaced-${basename(target)}`);
}

/** A crash between two renames leaves the older folder under another name: it counts until the new one is in place. */
function recover(target: string, files: Files): void {
  const replaced = replacedName(target);
  if (!exists(replaced, files)) return;
  writing(target, () => {
    if (exists(target, files)) files.rmSync(replaced, { recursive: true, force: true });
    else files.renameSync(replaced, target);
  });
}
