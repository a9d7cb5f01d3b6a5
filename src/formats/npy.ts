/**
 * NumPy's `.npy` format (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html): a magic string, a
 * version, a Python dict as text that says type, order and shape, then the values.
 *
 * Reads versions 1, 2 and 3, little-endian, C order; writes version 1. Works on bytes: files are in `npy-file.ts`.
 */
import { CdsvaeError } from '../errors.js';

/** The types of values this library reads and writes. */
export type NpyDtype = 'uint8' | 'int32' | 'int64' | 'float32' | 'float64';

/** Values as they stand in a file of each {@link NpyDtype}. */
export type NpyData = Uint8Array | Int32Array | BigInt64Array | Float32Array | Float64Array;

/** What a `.npy` file says about itself. */
export interface NpyHeader {
  readonly dtype: NpyDtype;
  /** Outermost dimension first; empty for a single number. */
  readonly shape: readonly number[];
  /** Bytes before the first value. */
  readonly dataOffset: number;
  /** Bytes of values that must follow: no more, no fewer. */
  readonly dataLength: number;
}

/** What a reader needs a file to hold. */
export interface NpyExpectation {
  /** Any of these types. */
  readonly dtypes: readonly NpyDtype[];
  /** One entry a dimension: its exact length, or a name where any length will do, as in `['N', 8, 64, 64, 3]`. */
  readonly shape: readonly (number | string)[];
}

/** Bytes of one value. */
export const NPY_BYTES: Readonly<Record<NpyDtype, number>> = { uint8: 1, int32: 4, int64: 8, float32: 4, float64: 8 };

const DESCR: Readonly<Record<NpyDtype, string>> = {
  uint8: '|u1',
  int32: '<i4',
  int64: '<i8',
  float32: '<f4',
  float64: '<f8',
};
const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
/** The longest prefix {@link npyDataOffset} needs: magic, version and a 4-byte length. */
export const NPY_PREFIX = 12;
/** NumPy pads headers so that the values start at a multiple of this. */
const ALIGNMENT = 64;
/** No honest header is longer; a damaged length field must not make us read gigabytes. */
const LONGEST_HEADER = 1 << 20;

/**
 * Where the values start, from the first {@link NPY_PREFIX} bytes.
 *
 * @param bytes the start of the file (fewer bytes only where the file itself is shorter)
 * @param file its name, for errors
 * @throws CdsvaeError `input`: not a `.npy` file, a version nobody wrote yet, or cut short
 */
export function npyDataOffset(bytes: Uint8Array, file: string): number {
  if (bytes.length === 0) throw bad(file, 'an empty file found, a .npy array expected; write it again with np.save');
  if (MAGIC.some((m, i) => i < bytes.length && bytes[i] !== m)) {
    const found = Array.from(bytes.subarray(0, 6), (b) => b.toString(16).padStart(2, '0')).join(' ');
    throw bad(file, `first bytes ${found} found, 93 4e 55 4d 50 59 (a .npy array) expected; write it with np.save`);
  }
  const version = bytes[6];
  const lengthBytes = version === 1 ? 2 : 4;
  if (version === undefined || bytes.length < 8 + lengthBytes) {
    throw bad(file, `cut short after ${bytes.length} bytes, inside its header; copy or write it again`);
  }
  if (version < 1 || version > 3) {
    throw bad(file, `.npy version ${version} found, 1, 2 or 3 expected; write it again with np.save`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > LONGEST_HEADER) {
    throw bad(file, `a header of ${length} bytes found, at most ${LONGEST_HEADER} expected; the file is damaged`);
  }
  return 8 + lengthBytes + length;
}

/**
 * Reads the header.
 *
 * @param bytes the file, or at least all bytes before its values
 * @param file its name, for errors
 * @throws CdsvaeError `input`: damaged, or a type or order this library does not read
 */
export function parseNpyHeader(bytes: Uint8Array, file: string): NpyHeader {
  const dataOffset = npyDataOffset(bytes, file);
  if (bytes.length < dataOffset) {
    throw bad(
      file,
      `cut short after ${bytes.length} bytes, inside its header of ${dataOffset}; copy or write it again`,
    );
  }
  const start = bytes[6] === 1 ? 10 : 12;
  const text = new TextDecoder().decode(new Uint8Array(bytes.subarray(start, dataOffset))).trim();
  const descr = /'descr'\s*:\s*('[^']*'|\[.*\])/s.exec(text)?.[1];
  const fortran = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1];
  const dims = /'shape'\s*:\s*\(([^)]*)\)/.exec(text)?.[1];
  if (descr === undefined || fortran === undefined || dims === undefined) {
    throw bad(
      file,
      `header ${quote(text)} found, one with 'descr', 'fortran_order' and 'shape' expected; write it again`,
    );
  }
  const dtype = parseDescr(descr, file);
  if (fortran === 'True') {
    throw bad(file, 'Fortran (column) order found, C order expected; save np.ascontiguousarray(x)');
  }
  const parts = dims.split(',').map((d) => d.trim());
  if (parts.at(-1) === '') parts.pop();
  const shape = parts.map((d) => (/^\d+L?$/.test(d) ? Number.parseInt(d, 10) : Number.NaN));
  const dataLength = shape.reduce((n, d) => n * d, NPY_BYTES[dtype]);
  if (!Number.isSafeInteger(dataLength)) {
    throw bad(file, `shape (${dims}) found, whole numbers expected; the header is damaged, write it again`);
  }
  return { dtype, shape, dataOffset, dataLength };
}

/**
 * Holds a file's length against its header.
 *
 * @param size bytes of the whole file
 * @throws CdsvaeError `input`: cut short, or with bytes after the last value
 */
export function checkNpySize(header: NpyHeader, size: number, file: string): void {
  const found = size - header.dataOffset;
  if (found === header.dataLength) return;
  const what = `${found} bytes of data found, ${header.dataLength} expected for ${header.dtype} ${list(header.shape)}`;
  throw bad(
    file,
    found < header.dataLength
      ? `${what}; the file is cut short: copy or write it again`
      : `${what}; something was appended to it: write it again`,
  );
}

/**
 * Holds a header against what is needed.
 *
 * @throws CdsvaeError `input`: another type or shape
 */
export function expectNpy(header: Pick<NpyHeader, 'dtype' | 'shape'>, expected: NpyExpectation, file: string): void {
  const { dtypes, shape } = expected;
  if (!dtypes.includes(header.dtype)) {
    // Cut to whole numbers, pixels from 0 to 1 would all be black.
    const pixels = dtypes[0] === 'uint8' && header.dtype.startsWith('float');
    const advice = pixels
      ? 'of pixels from 0 to 1 save np.round(255 * x).astype(np.uint8), of those from 0 to 255 np.round(x).astype(np.uint8)'
      : `save x.astype(np.${dtypes[0]})`;
    throw bad(file, `${header.dtype} found, ${dtypes.join(' or ')} expected; ${advice}`);
  }
  const fits =
    shape.length === header.shape.length && shape.every((d, i) => typeof d === 'string' || d === header.shape[i]);
  if (!fits)
    throw bad(file, `shape ${list(header.shape)} found, ${list(shape)} expected; reshape it and save it again`);
}

/**
 * The bytes before the values, of format version 1, as NumPy would write them.
 *
 * @param least bytes it takes up at least, for a file whose first dimension will be known when it is whole
 */
export function encodeNpyHeader(dtype: NpyDtype, shape: readonly number[], least = 0): Uint8Array {
  const dims = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const dict = `{'descr': '${DESCR[dtype]}', 'fortran_order': False, 'shape': ${dims}, }`;
  const total = Math.ceil(Math.max(least, 10 + dict.length + 1) / ALIGNMENT) * ALIGNMENT;
  const text = `${dict.padEnd(total - 10 - 1)}\n`;
  const bytes = new Uint8Array(total);
  bytes.set(MAGIC);
  bytes[6] = 1;
  new DataView(bytes.buffer).setUint16(8, text.length, true);
  bytes.set(new TextEncoder().encode(text), 10);
  return bytes;
}

/**
 * A whole file as bytes.
 *
 * @param shape its product is the number of values
 */
export function encodeNpy(data: NpyData, shape: readonly number[]): Uint8Array {
  const dtype = npyDtypeOf(data);
  const size = shape.reduce((n, d) => n * d, 1);
  if (size !== data.length) {
    throw new CdsvaeError('usage', `npy: ${data.length} values found, ${size} expected for shape ${list(shape)}`);
  }
  const header = encodeNpyHeader(dtype, shape);
  const bytes = new Uint8Array(header.length + data.byteLength);
  bytes.set(header);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), header.length);
  return bytes;
}

/** The type under which these values are written. */
export function npyDtypeOf(data: NpyData): NpyDtype {
  if (data instanceof Uint8Array) return 'uint8';
  if (data instanceof Int32Array) return 'int32';
  if (data instanceof BigInt64Array) return 'int64';
  return data instanceof Float32Array ? 'float32' : 'float64';
}

/** The values of a buffer. Every machine JavaScript runs on today is little-endian, as the files are. */
export function npyView(buffer: ArrayBuffer, dtype: NpyDtype): NpyData {
  switch (dtype) {
    case 'uint8':
      return new Uint8Array(buffer);
    case 'int32':
      return new Int32Array(buffer);
    case 'int64':
      return new BigInt64Array(buffer);
    case 'float32':
      return new Float32Array(buffer);
    case 'float64':
      return new Float64Array(buffer);
  }
}

function parseDescr(descr: string, file: string): NpyDtype {
  const code = descr.replaceAll("'", '');
  for (const [dtype, known] of Object.entries(DESCR)) {
    if (known === code) return dtype as NpyDtype;
  }
  if (code === '<u1') return 'uint8';
  const why = code.startsWith('>')
    ? 'big-endian'
    : code.startsWith('[')
      ? 'a record type'
      : code.includes('O')
        ? 'Python objects'
        : 'a type not read here';
  const known = Object.entries(DESCR).map(([name, d]) => `${d} (${name})`);
  throw bad(
    file,
    `${quote(code)}, ${why}, found, ${known.join(', ')} expected; convert with x.astype and save it again`,
  );
}

function quote(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}

function list(shape: readonly (number | string)[]): string {
  return `[${shape.join(', ')}]`;
}

function bad(file: string, message: string): CdsvaeError {
  return new CdsvaeError('input', `${file}: ${message}`);
}
