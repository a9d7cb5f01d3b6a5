/**
 * Writes a dataset folder of unknown length: sequences are added one behind the other, and what was added survives a kill.
 *
 * All of it stands in `.NAME.partial` beside the folder to be, with a journal of how far it is safe on disk, until it is
 * whole, checked and renamed into place.
 */
import { closeSync, existsSync, fsyncSync, ftruncateSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { CdsvaeError } from '../errors.js';
import { discard, flushFolder, writeAtomic, writeFully } from '../formats/durable.js';
import { encodeNpyHeader, NPY_BYTES, type NpyDtype } from '../formats/npy.js';
import { ParentFolders } from '../formats/parent-folders.js';
import { replaceFolder } from '../formats/replace-folder.js';
import { writeFailure } from '../formats/system-errors.js';
import { isAlive, isSame, ProcessIdentity, thisProcess } from '../process-identity.js';
import { type DatasetInfo, SPLIT_NAMES, type SplitName } from './dataset.js';
import { FOLDER_FILES, openFolder } from './folder.js';
import { checkDatasetTarget, type DatasetNotes, formatManifest } from './writer.js';

/** Bytes before the values, whatever the number of sequences will be. */
const HEADER = 256;
/** Milliseconds between two moments that a kill can go back to. */
const CHECKPOINT = 500;
const JOURNAL = 'journal.json';
const SCRATCH = 'scratch';
/** Half-made folders that this process is at work in, and what writes to each. */
const OPEN = new Map<string, GrowingWriter>();

const journal = z.object({
  /** What is being made of what; another one begins anew. */
  fingerprint: z.string(),
  writer: ProcessIdentity,
  /** Jobs finished. */
  jobs: z.number().int().min(0),
  /** Sequences written of each split, in order. */
  rows: z.object({ train: z.number(), validation: z.number(), test: z.number() }),
  /** What the jobs said, in order, such as why something was left out. */
  remarks: z.array(z.unknown()),
});
type Journal = z.infer<typeof journal>;

/** What a {@link GrowingWriter} needs to know beforehand. */
export interface GrowingWriterOptions extends DatasetNotes {
  /** What is in it; what only the work will tell is left to {@link GrowingWriter.finish}. */
  readonly info: DatasetInfo;
  /** Names the work: a half-made folder of the same name is gone on with. */
  readonly fingerprint: string;
  /** Replace a dataset folder that stands there. Default false. */
  readonly overwrite?: boolean | undefined;
}

/** A file of the folder, a row a sequence. */
interface Rows {
  readonly path: string;
  readonly dtype: NpyDtype;
  /** Of a row. */
  readonly shape: readonly number[];
  readonly bytes: number;
  fd: number | undefined;
}

/**
 * A dataset folder that grows. The work is a list of jobs in the order of the splits; each adds some sequences, then says
 * that it is done. After a kill, the next writer of the same fingerprint starts at the first job that is not safe on disk.
 */
export class GrowingWriter {
  readonly folder: string;
  readonly #options: GrowingWriterOptions;
  readonly #parents: ParentFolders;
  readonly #partial: string;
  readonly #state: Journal;
  readonly #sequences: Rows;
  readonly #labels: Rows;
  readonly #conversions: Rows | undefined;
  /** Sequences of the job under way, and how many of them have conversions. */
  #pending = 0;
  #converted = 0;
  /** When finished jobs were last made safe. */
  #safe = performance.now();

  /** @throws CdsvaeError `usage`: something stands there that may not be replaced; `busy`; `io` */
  constructor(folder: string, options: GrowingWriterOptions) {
    this.folder = resolve(folder);
    this.#options = options;
    checkDatasetTarget(this.folder, options.overwrite ?? false);
    this.#parents = new ParentFolders(this.folder);
    this.#partial = join(dirname(this.folder), `.${basename(this.folder)}.partial`);
    const { dtype, frames, frame, factors, conversions } = options.info;
    this.#sequences = this.#rowsOf(FOLDER_FILES.sequences, dtype, [frames, ...frame]);
    this.#labels = this.#rowsOf(FOLDER_FILES.labels, 'int32', [factors.length]);
    if (conversions !== undefined) {
      this.#conversions = this.#rowsOf(FOLDER_FILES.conversions, 'float32', [conversions, frames, ...frame]);
    }
    let made: string | undefined;
    try {
      this.#parents.make();
      made = mkdirSync(this.#partial, { recursive: true });
      const begun = this.#resume();
      // What other work began and this would not write over would be taken for its own.
      if (begun === undefined) {
        for (const path of [this.scratch, join(this.#partial, FOLDER_FILES.conversions)]) {
          rmSync(path, { recursive: true, force: true });
        }
      }
      this.#state = begun ?? {
        fingerprint: options.fingerprint,
        writer: thisProcess(),
        jobs: 0,
        rows: { train: 0, validation: 0, test: 0 },
        remarks: [],
      };
      this.#state.writer = thisProcess();
      OPEN.set(this.#partial, this);
      for (const rows of this.#files) this.#open(rows);
      this.#save();
    } catch (cause) {
      this.#close();
      // One that was there already is another's, or can be gone on with.
      if (made !== undefined) discard(this.#partial);
      this.#parents.remove();
      throw writeFailure(this.#partial, cause);
    }
  }

  /** Jobs that are done and safe: those to be left out now. */
  get jobs(): number {
    return this.#state.jobs;
  }

  /** Sequences of finished jobs, by split. */
  get rows(): Readonly<Record<SplitName, number>> {
    return this.#state.rows;
  }

  /** What finished jobs said. */
  get remarks(): readonly unknown[] {
    return this.#state.remarks;
  }

  /** A folder for what the work keeps until it is whole; as safe from a kill as the rest. Made by whoever needs it. */
  get scratch(): string {
    return join(this.#partial, SCRATCH);
  }

  /**
   * Adds a sequence to the job under way.
   *
   * @param sequence raw values `[T, …frame]`
   * @param labels one a factor, −1 where unknown
   * @param conversions `[K, T, …frame]`, where the dataset has any and the job is not one for test
   * @throws CdsvaeError `io`: disk full and the like; `usage`: another size
   */
  add(sequence: Uint8Array | Float32Array, labels: readonly number[], conversions?: Float32Array): void {
    const row = this.#total + this.#pending;
    this.#write(this.#sequences, row, sequence);
    this.#write(this.#labels, row, Int32Array.from(labels));
    if (conversions !== undefined && this.#conversions !== undefined) {
      this.#write(this.#conversions, row, conversions);
      this.#converted++;
    }
    this.#pending++;
  }

  /** Forgets the sequences of the job under way. */
  drop(): void {
    this.#pending = 0;
    this.#converted = 0;
  }

  /**
   * Ends the job under way. Now and then all that are finished are made safe on disk: after a kill, work goes on from there.
   *
   * @param split where its sequences belong; jobs come in the order train, validation, test
   * @param remarks to be remembered
   * @throws CdsvaeError `io`: disk full and the like; `usage`: out of order, or conversions missing
   */
  endJob(split: SplitName, remarks: readonly unknown[] = []): void {
    const later = SPLIT_NAMES.slice(SPLIT_NAMES.indexOf(split) + 1).some((name) => this.#state.rows[name] > 0);
    if (later) throw new CdsvaeError('usage', `${this.folder}: sequences of ${split} after those of a later split`);
    const converted = this.#conversions !== undefined && split !== 'test' ? this.#pending : 0;
    if (this.#converted !== converted) {
      const found = `conversions of ${this.#converted} sequences of ${split} given`;
      throw new CdsvaeError('usage', `${this.folder}: ${found}, of ${converted} expected`);
    }
    this.#state.rows[split] += this.#pending;
    this.#state.jobs++;
    this.#state.remarks.push(...remarks);
    this.drop();
    if (performance.now() - this.#safe > CHECKPOINT) this.#checkpoint();
  }

  /**
   * Checks the whole and puts it in place.
   *
   * @param told what was not known beforehand
   * @returns sequences of each split, as the dataset has them once it is opened: some of train where none were given to validate on
   * @throws CdsvaeError `input`: too few sequences to train on; `io`: cannot be written
   */
  finish(told: Partial<Pick<DatasetInfo, 'range' | 'audio'>> = {}): Record<SplitName, number> {
    const info = { ...this.#options.info, ...told };
    const total = this.#total;
    const { train, validation, test } = this.#state.rows;
    const splits = {
      train: [0, train] as const,
      ...(validation > 0 && { validation: [train, train + validation] as const }),
      ...(test > 0 && { test: [train + validation, total] as const }),
    };
    try {
      for (const rows of this.#files) this.#seal(rows);
      this.#close();
      if (info.factors.length === 0) rmSync(this.#labels.path);
      writeAtomic(join(this.#partial, FOLDER_FILES.manifest), formatManifest(info, splits, this.#options));
      const data = openFolder(this.#partial);
      const size = (name: SplitName) => data.split(name)?.size ?? 0;
      const sizes = { train: size('train'), validation: size('validation'), test: size('test') };
      data.close();
      rmSync(join(this.#partial, JOURNAL));
      rmSync(this.scratch, { recursive: true, force: true });
      checkDatasetTarget(this.folder, this.#options.overwrite ?? false);
      flushFolder(this.#partial);
      replaceFolder(this.#partial, this.folder);
      return sizes;
    } catch (cause) {
      this.#close();
      throw writeFailure(this.folder, cause);
    }
  }

  /** Stops for now, keeping what is done for the next writer of this fingerprint: on a disk that is full, what was safe before. */
  pause(): void {
    try {
      if (this.#sequences.fd !== undefined) this.#checkpoint();
    } catch {}
    this.#close();
  }

  /** Gives up and removes what was written, and the folders that were made to hold it. */
  abort(): void {
    this.#close();
    discard(this.#partial);
    this.#parents.remove();
  }

  get #total(): number {
    const { train, validation, test } = this.#state.rows;
    return train + validation + test;
  }

  get #files(): Rows[] {
    return [this.#sequences, this.#labels, ...(this.#conversions ? [this.#conversions] : [])];
  }

  #rowsOf(name: string, dtype: NpyDtype, shape: readonly number[]): Rows {
    const bytes = shape.reduce((n, size) => n * size, NPY_BYTES[dtype]);
    return { path: join(this.#partial, name), dtype, shape, bytes, fd: undefined };
  }

  /** Sequences that stand in a file: there are no conversions of those for test. */
  #count(rows: Rows): number {
    return rows === this.#conversions ? this.#total - this.#state.rows.test : this.#total;
  }

  /** The journal of half-made work of the same fingerprint. */
  #resume(): Journal | undefined {
    const path = join(this.#partial, JOURNAL);
    if (!existsSync(path)) return undefined;
    let found: Journal;
    try {
      found = journal.parse(JSON.parse(readFileSync(path, 'utf8')));
    } catch {
      return undefined; // Not ours, or damaged: begun anew.
    }
    const { pid, host } = found.writer;
    if (isSame(found.writer, thisProcess()) ? OPEN.has(this.#partial) : isAlive(found.writer)) {
      const away = host !== hostname();
      const advice = away ? `if it no longer runs, delete ${this.#partial}` : 'wait for it, or end it';
      const by = `being made by process ${pid}${away ? ` on ${host}` : ''}`;
      throw new CdsvaeError('busy', `${this.folder}: ${by}; ${advice}`);
    }
    return found.fingerprint === this.#options.fingerprint ? found : undefined;
  }

  /** Opens a file of rows, without what was written after the last safe job. */
  #open(rows: Rows): void {
    rows.fd = openSync(rows.path, this.#total > 0 ? 'r+' : 'w');
    ftruncateSync(rows.fd, HEADER + this.#count(rows) * rows.bytes);
  }

  #write(rows: Rows, row: number, values: Uint8Array | Float32Array | Int32Array): void {
    if (values.byteLength !== rows.bytes) {
      const found = `${rows.path}: a row of ${values.byteLength} bytes given`;
      throw new CdsvaeError('usage', `${found}, [${rows.shape.join(', ')}] of ${rows.dtype} expected`);
    }
    try {
      const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
      write(rows.fd, bytes, HEADER + row * rows.bytes);
    } catch (cause) {
      throw writeFailure(this.folder, cause);
    }
  }

  #seal(rows: Rows): void {
    if (rows.fd === undefined) throw new CdsvaeError('usage', `${this.folder}: finished or aborted before`);
    ftruncateSync(rows.fd, HEADER + this.#count(rows) * rows.bytes);
    write(rows.fd, encodeNpyHeader(rows.dtype, [this.#count(rows), ...rows.shape], HEADER), 0);
    fsyncSync(rows.fd);
  }

  /** Makes all finished jobs safe on disk. */
  #checkpoint(): void {
    try {
      for (const { fd } of this.#files) if (fd !== undefined) fsyncSync(fd);
      this.#save();
    } catch (cause) {
      throw writeFailure(this.folder, cause);
    }
    this.#safe = performance.now();
  }

  #save(): void {
    writeAtomic(join(this.#partial, JOURNAL), JSON.stringify(this.#state));
  }

  #close(): void {
    for (const rows of this.#files) {
      if (rows.fd !== undefined) closeSync(rows.fd);
      rows.fd = undefined;
    }
    if (OPEN.get(this.#partial) === this) OPEN.delete(this.#partial);
  }
}

function write(fd: number | undefined, bytes: Uint8Array, position: number): void {
  if (fd === undefined) throw new CdsvaeError('usage', 'written to after it was closed');
  writeFully(fd, bytes, { position });
}
