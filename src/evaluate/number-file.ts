import { CdsvaeError } from '../errors.js';
import { NpyFile } from '../formats/npy-file.js';

/** All of a `.npy` file as float64. @throws CdsvaeError `input`: missing or damaged */
export function readNumbers(path: string): { readonly shape: readonly number[]; readonly data: Float64Array } {
  const file = new NpyFile(path);
  try {
    return { shape: file.header.shape, data: Float64Array.from(file.readAll() as ArrayLike<number>, Number) };
  } finally {
    file.close();
  }
}

/** Of a file that is not of the shape that is needed. */
export function shapeError(path: string, shape: readonly number[], expected: string): CdsvaeError {
  return new CdsvaeError('input', `${path}: shape [${shape}] found, ${expected} expected`);
}
