import { CdsvaeError } from '../../errors.js';
import { decodeFlac, isFlac } from './flac.js';
import type { Sound } from './sound.js';
import { decodeSphere, isSphere } from './sphere.js';
import { decodeWav, isWav } from './wav.js';

/**
 * Decodes a WAVE, FLAC or NIST SPHERE file in memory. No files, so that the browser can use it too.
 *
 * @param file its name, for errors
 * @throws CdsvaeError `input`
 */
export function decodeSound(bytes: Uint8Array, file: string): Sound {
  if (isWav(bytes)) return decodeWav(bytes, file);
  if (isSphere(bytes)) return decodeSphere(bytes, file);
  if (isFlac(bytes)) return decodeFlac(bytes, file);
  const found = bytes.length === 0 ? 'an empty file' : 'a file of another kind';
  throw new CdsvaeError('input', `${file}: ${found} found; WAVE, FLAC or NIST SPHERE expected`);
}
