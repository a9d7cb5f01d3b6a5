import { realpathSync } from 'node:fs';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { CdsvaeError } from '../../errors.js';

/**
 * The real path of a file or folder within another, links followed.
 *
 * @param root an existing folder
 * @param path relative to it
 * @throws CdsvaeError `input` where there is nothing, or where it lies outside: `..`, an absolute path, a link that leads out
 */
export function inside(root: string, path: string): string {
  const missing = () => new CdsvaeError('input', `${path}: not found in ${root}`);
  if (path.includes('\0') || isAbsolute(path) || path.split(/[/\\]/).includes('..')) throw missing();
  let base: string;
  let real: string;
  try {
    base = realpathSync(root);
    real = realpathSync(resolve(base, path));
  } catch {
    throw missing();
  }
  const within = relative(base, real);
  if (within === '..' || within.startsWith(`..${sep}`) || isAbsolute(within)) throw missing();
  return real;
}
