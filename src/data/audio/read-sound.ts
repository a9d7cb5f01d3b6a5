import { readFile, stat } from 'node:fs/promises';
import { CdsvaeError } from '../../errors.js';
import { readFailure } from '../../formats/system-errors.js';
import { decodeSound } from './decode-sound.js';
import type { Sound } from './sound.js';

/** Names of the files that are taken for sound; what is in them is told by their first bytes. */
export const SOUND_FILE = /\.(wav|flac|sph|nist)$/i;

/** Files are read whole; one this large is no recording of an utterance. */
const LARGEST_FILE = 2 ** 31 - 1;

/**
 * Reads a WAVE, FLAC or NIST SPHERE file.
 *
 * @throws CdsvaeError `input`: missing, unreadable, too large, of another kind, or what its decoder finds
 */
export async function readSound(path: string): Promise<Sound> {
  let bytes: Uint8Array;
  try {
    const found = await stat(path);
    if (!found.isFile()) {
      throw new CdsvaeError('input', `${path}: not a file (a folder, device, pipe or socket); a recording expected`);
    }
    const { size } = found;
    if (size > LARGEST_FILE) {
      throw new CdsvaeError('input', `${path}: ${size} bytes found, at most ${LARGEST_FILE} expected; cut it in parts`);
    }
    bytes = await readFile(path);
  } catch (cause) {
    throw readFailure(path, cause);
  }
  return decodeSound(bytes, path);
}
