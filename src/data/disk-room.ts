import { statfsSync } from 'node:fs';
import { CdsvaeError } from '../errors.js';
import { gib } from '../gib.js';

/**
 * Refuses to begin what the disk has no room for.
 *
 * @param folder that stands on it
 * @param bytes that will be written
 * @throws CdsvaeError `io`
 */
export function checkDiskRoom(folder: string, bytes: number): void {
  const { blocks, bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  // Some file systems say nothing of their size.
  if (blocks === 0 || bytes <= free) return;
  throw new CdsvaeError(
    'io',
    `${folder}: ${gib(bytes)} to be written, and ${gib(free)} are free on its disk; ask for less, or choose another folder`,
  );
}
