/** `.npy` files: rows read by range, and written so that a half-made file never looks whole. */
import { randomUUID } from 'node:crypto';
import { closeSync, fstatSync, fsyncSync, openSync, readSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { CdsvaeError } from '../errors.js';
import { flushFolder, linkedFile, writeFully } from './durable.js';
import {
  checkNpySize,
  encodeNpyHeader,
  NPY_BYTES,
  NPY_PREFIX,
  type NpyData,
  type NpyDtype,
  type NpyHeader,
  npyDataOffset,
  npyDtypeOf,
  npyView,
  parseNpyHeader,
} from './npy.js';
import { readFailure, writeFailure } from './system-errors.js';

/** One system call moves at most 2 GiB; this stays well below. */
const LARGEST_TRANSFER = 1 << 29;

/**
 * An open `.npy` file. A row is everything under one index of the first dimension: `[T, H, W, C]` of `[N, T, H, W, C]`.
 *
 * @example
 * const file = new NpyFile('sequences.npy');
 * const two = new Uint8Array(2 * file.rowLength);
 * file.readRows(100, 2, two);
 * file.close();
 */
export class NpyFile {
  readonly path: string;
  readonly header: NpyHeader;
  /** Length of the first dimension; 1 for a single number. */
  readonly rows: number;
  /** Values in a row. */
  readonly rowLength: number;
  #fd: number | undefined;

  /** @throws CdsvaeError `input`: missing, unreadable, damaged, cut short or with bytes to spare */
  constructor(path: string) {
    this.path = path;
    try {
      this.#fd = openSync(path, 'r');
    } catch (cause) {
      throw readFailure(path, cause);
    }
    try {
      const stat = fstatSync(this.#fd);
      if (!stat.isFile()) throw new CdsvaeError('input', `${path}: a folder found, a .npy file expected`);
      const prefix = new Uint8Array(Math.min(NPY_PREFIX, stat.size));
      this.#read(prefix, 0);
      const offset = npyDataOffset(prefix, path);
      const head = new Uint8Array(Math.min(offset, stat.size));
      this.#read(head, 0);
      this.header = parseNpyHeader(head, path);
      checkNpySize(this.header, stat.size, path);
    } catch (error) {
      this.close();
      throw error;
    }
    this.rows = this.header.shape[0] ?? 1;
    this.rowLength = this.header.shape.slice(1).reduce((n, d) => n * d, 1);
  }

  /**
   * Reads `length` values of row `row`, from its start and running on into the rows that follow, into `out` at `offset`.
   *
   * @param out of the file's type: not converted
   * @throws CdsvaeError `input`: the file changed under us; `usage`: a range or type that cannot be
   */
  readValues(row: number, length: number, out: NpyData, offset = 0): void {
    this.readRange(row * this.rowLength, length, out, offset);
  }

  /** As {@link NpyFile.readValues}, from value number `first` of the whole array (in C order) on. */
  readRange(first: number, length: number, out: NpyData, offset = 0): void {
    const { dtype, dataOffset } = this.header;
    if (npyDtypeOf(out) !== dtype) {
      throw new CdsvaeError('usage', `${this.path} holds ${dtype}: cannot read it into ${out.constructor.name}`);
    }
    if (!(first >= 0 && length >= 0 && first + length <= this.rows * this.rowLength && offset + length <= out.length)) {
      throw new CdsvaeError(
        'usage',
        `${this.path}: ${length} values from row ${first / this.rowLength} of ${this.rows} into ${out.length} at ${offset} asked for`,
      );
    }
    const size = NPY_BYTES[dtype];
    this.#read(new Uint8Array(out.buffer, out.byteOffset + offset * size, length * size), dataOffset + first * size);
  }

  /** Reads `count` rows from `row` on into `out` at `offset` (in values). */
  readRows(row: number, count: number, out: NpyData, offset = 0): void {
    this.readValues(row, count * this.rowLength, out, offset);
  }

  /** Every value, in C order. For small files: the whole must fit into memory. */
  readAll(): NpyData {
    const data = npyView(new ArrayBuffer(this.header.dataLength), this.header.dtype);
    this.readRows(0, this.rows, data);
    return data;
  }

  /** Closes the file; may be called twice. */
  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  #read(out: Uint8Array, position: number): void {
    if (this.#fd === undefined) throw new CdsvaeError('usage', `${this.path}: read after it was closed`);
    for (let done = 0; done < out.length; ) {
      let n: number;
      try {
        n = readSync(this.#fd, out, done, Math.min(out.length - done, LARGEST_TRANSFER), position + done);
      } catch (cause) {
        throw readFailure(this.path, cause);
      }
      if (n === 0) {
        throw new CdsvaeError('input', `${this.path}: it became shorter while it was open; copy or write it again`);
      }
      done += n;
    }
  }
}

/**
 * Writes a `.npy` file of known shape, rows in any order, each once. Until {@link NpyWriter.finish} the bytes stand under
 * a temporary name beside it; a process killed on the way leaves no file of the real name.
 */
export class NpyWriter {
  readonly path: string;
  /** What the path leads to. */
  readonly #file: string;
  readonly #temporary: string;
  readonly #dtype: NpyDtype;
  /** Values in a row. */
  readonly rowLength: number;
  readonly #headerLength: number;
  readonly #written: Uint8Array;
  #missing: number;
  #fd: number | undefined;

  /**
   * @param path of the finished file, or of a link to it; an older one is replaced on finish
   * @param shape `[rows, …]`, at least one dimension
   * @throws CdsvaeError `io`: cannot be written
   */
  constructor(path: string, dtype: NpyDtype, shape: readonly number[]) {
    this.path = path;
    this.#file = linkedFile(path);
    this.#temporary = `${this.#file}.${randomUUID()}.tmp`;
    this.#dtype = dtype;
    this.rowLength = shape.slice(1).reduce((n, d) => n * d, 1);
    this.#missing = shape[0] ?? 0;
    this.#written = new Uint8Array(this.#missing);
    const header = encodeNpyHeader(dtype, shape);
    this.#headerLength = header.length;
    try {
      this.#fd = openSync(this.#temporary, 'wx');
      this.#write(header, 0);
    } catch (cause) {
      this.abort();
      throw writeFailure(path, cause);
    }
  }

  /**
   * Writes whole rows.
   *
   * @param row index of the first
   * @param values one or more rows, of the file's type
   * @throws CdsvaeError `io`: disk full and the like; `usage`: another type, half a row, or a row for the second time
   */
  writeRows(row: number, values: NpyData): void {
    const count = values.length / this.rowLength;
    const dtype = npyDtypeOf(values);
    const fits = Number.isInteger(row) && row >= 0 && row + count <= this.#written.length;
    if (dtype !== this.#dtype || !Number.isInteger(count) || !fits) {
      const last = this.#written.length - 1;
      throw new CdsvaeError(
        'usage',
        `${this.path}: ${values.length} ${dtype} values given at row ${row}; ` +
          `rows of ${this.rowLength} ${this.#dtype}, numbered 0 to ${last}, expected`,
      );
    }
    const twice = this.#written.subarray(row, row + count).indexOf(1);
    if (twice >= 0) throw new CdsvaeError('usage', `${this.path}: row ${row + twice} written twice`);
    this.#written.fill(1, row, row + count);
    this.#missing -= count;
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    try {
      this.#write(bytes, this.#headerLength + row * this.rowLength * NPY_BYTES[dtype]);
    } catch (cause) {
      throw writeFailure(this.path, cause);
    }
  }

  /**
   * Makes the file safe on disk and gives it its name.
   *
   * @throws CdsvaeError `usage`: rows are missing; `io`: cannot be written. Nothing is left behind then.
   */
  finish(): void {
    try {
      if (this.#missing > 0) {
        throw new CdsvaeError(
          'usage',
          `${this.path}: ${this.#missing} of ${this.#written.length} rows were not written`,
        );
      }
      if (this.#fd === undefined) throw new CdsvaeError('usage', `${this.path}: finished or aborted before`);
      fsyncSync(this.#fd);
      closeSync(this.#fd);
      this.#fd = undefined;
      renameSync(this.#temporary, this.#file);
      flushFolder(dirname(this.#file));
    } catch (cause) {
      this.abort();
      throw writeFailure(this.path, cause);
    }
  }

  /** Gives up and removes what was written; does nothing once finished. */
  abort(): void {
    const fd = this.#fd;
    this.#fd = undefined;
    try {
      if (fd !== undefined) closeSync(fd);
      rmSync(this.#temporary, { force: true });
    } catch {
      // What made us give up is on its way to the user, and matters more.
    }
  }

  #write(bytes: Uint8Array, position: number): void {
    if (this.#fd === undefined) throw new CdsvaeError('usage', `${this.path}: written to after it was closed`);
    writeFully(this.#fd, bytes, { position });
  }
}
