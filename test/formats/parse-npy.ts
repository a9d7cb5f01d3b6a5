import { checkNpySize, type NpyData, type NpyHeader, npyView, parseNpyHeader } from '../../src/formats/npy.js';

/**
 * A whole file, from its bytes.
 *
 * @returns the header and a copy of the values, in C order
 * @throws CdsvaeError `input`: any damage
 */
export function parseNpy(bytes: Uint8Array, file: string): { header: NpyHeader; data: NpyData } {
  const header = parseNpyHeader(bytes, file);
  checkNpySize(header, bytes.length, file);
  // A copy, because typed arrays must start at a multiple of their value's size and files need not. Not with slice,
  // which for Node's Buffer copies nothing.
  const values = new Uint8Array(bytes.subarray(header.dataOffset));
  return { header, data: npyView(values.buffer, header.dtype) };
}
