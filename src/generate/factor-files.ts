/** Factors in `.npy` files, as `encodeFiles` writes them and anyone may change them. */
import { join } from 'node:path';
import { CdsvaeError } from '../errors.js';
import { NpyFile } from '../formats/npy-file.js';
import type { Batch } from '../trained/batch.js';
import type { Factors } from '../trained/model.js';

/**
 * Reads `s.npy` `[N, d_s]` and `z.npy` `[N, T, d_m]` of a folder, of any kind of number.
 *
 * @throws CdsvaeError `input`: a file that is missing or damaged, or of another shape; a value that is not finite
 */
export function readFactors(folder: string): Factors {
  const s = read(join(folder, 's.npy'), ['N', 'd_s']);
  const z = read(join(folder, 'z.npy'), [String(s.shape[0]), 'T', 'd_m']);
  return { s, z };
}

function read(path: string, expected: readonly string[]): Batch {
  const file = new NpyFile(path);
  try {
    const { shape } = file.header;
    const fits = shape.length === expected.length && !shape.includes(0);
    if (!fits || !expected.every((n, i) => !/^\d/.test(n) || Number(n) === shape[i])) {
      throw new CdsvaeError('input', `${path}: shape [${shape.join(', ')}] found, [${expected.join(', ')}] expected`);
    }
    const data = Float32Array.from(file.readAll() as ArrayLike<number>, Number);
    const bad = data.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) throw new CdsvaeError('input', `${path}: value ${bad} is ${data[bad]}; finite numbers expected`);
    return { shape, data };
  } finally {
    file.close();
  }
}
