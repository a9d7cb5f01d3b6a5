/**
 * Writes a dataset folder of unknown length: sequences are added one behind the other, and what was added survives a kill.
 *
 * All of it stands in `.NAME.partial` beside the folder to be, with a journal of how far it is safe on disk, until it is
 * whole, checked and renamed into place.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { CdsvaeError } from '../errors.js';
import { encodeNpyHeader, NPY_BYTES, type NpyDtype } from '../formats/npy.js';
import { syncFolder, writeFailure } from '../formats/npy-file.js';
import { isAlive, ProcessIdentity, thisProcess } from '../process-identity.js';
import { type DatasetInfo, SPLIT_NAMES, type SplitName, sequenceLength } from './dataset.js';
import { FOLDER_FILES, openFolder } from './folder.js';
import { checkTarget, type DatasetNotes, formatManifest, putInPlace, writeSafely } from './writer.js';

/** Bytes before the values, whatever the number of sequences will be. */
const HEADER = 256;
const JOURNAL = 'journal.json';

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
  /** Its range may be left to {@link GrowingWriter.finish}. */
  readonly info: DatasetInfo;
  /** Names the work: a half-made folder of the same name is gone on with. */
  readonly fingerprint: string;
  /** Replace a dataset folder that stands there. Default false. */
  readonly overwrite?: boolean;
}

/**
 * A dataset folder that grows. The work is a list of jobs in the order of the splits; each adds some sequences, then says
 * that it is done. After a kill, the next writer of the same fingerprint starts at the first job that is not safe on disk.
 */
export class GrowingWriter {
  readonly folder: string;
  readonly #options: GrowingWriterOptions;
  readonly #partial: string;
  readonly #state: Journal;
  readonly #length: number;
  #sequences: number | undefined;
  #labels: number | undefined;
  /** Sequences of the job under way. */
  #pending = 0;

  /** @throws CdsvaeError `usage`: something stands there that may not be replaced; `busy`; `io` */
  constructor(folder: string, options: GrowingWriterOptions) {
    this.folder = resolve(folder);
    this.#options = options;
    this.#length = sequenceLength(options.info);
    checkTarget(this.folder, options.overwrite ?? false);
    this.#partial = join(dirname(this.folder), `.${basename(this.folder)}.partial`);
    try {
      mkdirSync(this.#partial, { recursive: true });
      this.#state = this.#resume() ?? {
        fingerprint: options.fingerprint,
        writer: thisProcess(),
        jobs: 0,
        rows: { train: 0, validation: 0, test: 0 },
        remarks: [],
      };
      this.#state.writer = thisProcess();
      this.#sequences = this.#openAt(FOLDER_FILES.sequences, this.#rowBytes);
      this.#labels = this.#openAt(FOLDER_FILES.labels, 4 * options.info.factors.length);
      this.#save();
    } catch (cause) {
      this.#close();
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

  /**
   * Adds a sequence to the job under way.
   *
   * @param sequence raw values `[T, …frame]`
   * @param labels one a factor, −1 where unknown
   * @throws CdsvaeError `io`: disk full and the like
   */
  add(sequence: Uint8Array | Float32Array, labels: readonly number[]): void {
    if (sequence.length !== this.#length || labels.length !== this.#options.info.factors.length) {
      throw new CdsvaeError('usage', `${this.folder}: ${sequence.length} values given, ${this.#length} expected`);
    }
    const row = this.#total + this.#pending;
    try {
      write(
        this.#sequences,
        new Uint8Array(sequence.buffer, sequence.byteOffset, sequence.byteLength),
        HEADER + row * this.#rowBytes,
      );
      const values = Int32Array.from(labels);
      write(this.#labels, new Uint8Array(values.buffer), HEADER + row * values.byteLength);
    } catch (cause) {
      throw writeFailure(this.folder, cause);
    }
    this.#pending++;
  }

  /** Forgets the sequences of the job under way. */
  drop(): void {
    this.#pending = 0;
  }

  /**
   * Ends the job under way.
   *
   * @param split where its sequences belong; jobs come in the order train, validation, test
   * @param remarks to be remembered
   */
  endJob(split: SplitName, remarks: readonly unknown[] = []): void {
    const later = SPLIT_NAMES.slice(SPLIT_NAMES.indexOf(split) + 1).some((name) => this.#state.rows[name] > 0);
    if (later) throw new CdsvaeError('usage', `${this.folder}: sequences of ${split} after those of a later split`);
    this.#state.rows[split] += this.#pending;
    this.#state.jobs++;
    this.#state.remarks.push(...remarks);
    this.#pending = 0;
  }

  /** Makes all finished jobs safe on disk: after a kill, work goes on from here. */
  checkpoint(): void {
    try {
      for (const fd of [this.#sequences, this.#labels]) if (fd !== undefined) fsyncSync(fd);
      this.#save();
    } catch (cause) {
      throw writeFailure(this.folder, cause);
    }
  }

  /**
   * Checks the whole and puts it in place.
   *
   * @param range of the values, where it was not known beforehand
   * @throws CdsvaeError `input`: too few sequences to train on; `io`: cannot be written
   */
  finish(range: readonly [number, number] = this.#options.info.range): void {
    const info = { ...this.#options.info, range };
    const total = this.#total;
    const { train, validation, test } = this.#state.rows;
    const splits = {
      train: [0, train] as const,
      ...(validation > 0 && { validation: [train, train + validation] as const }),
      ...(test > 0 && { test: [train + validation, total] as const }),
    };
    try {
      const [sequences, labels] = [this.#sequences, this.#labels];
      this.#seal(sequences, info.dtype, [total, info.frames, ...info.frame], this.#rowBytes);
      this.#seal(labels, 'int32', [total, info.factors.length], 4 * info.factors.length);
      this.#close();
      if (info.factors.length === 0) rmSync(join(this.#partial, FOLDER_FILES.labels));
      writeSafely(join(this.#partial, FOLDER_FILES.manifest), formatManifest(info, splits, this.#options));
      openFolder(this.#partial).close();
      rmSync(join(this.#partial, JOURNAL));
      checkTarget(this.folder, this.#options.overwrite ?? false);
      putInPlace(this.#partial, this.folder);
    } catch (cause) {
      this.#close();
      throw writeFailure(this.folder, cause);
    }
  }

  /** Stops for now, keeping what is done for the next writer of this fingerprint. */
  pause(): void {
    if (this.#sequences !== undefined) this.checkpoint();
    this.#close();
  }

  /** Gives up and removes what was written. */
  abort(): void {
    this.#close();
    rmSync(this.#partial, { recursive: true, force: true });
  }

  get #total(): number {
    const { train, validation, test } = this.#state.rows;
    return train + validation + test;
  }

  get #rowBytes(): number {
    return this.#length * NPY_BYTES[this.#options.info.dtype];
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
    if (found.writer.pid !== process.pid && isAlive(found.writer)) {
      throw new CdsvaeError(
        'busy',
        `${this.folder}: being made by process ${found.writer.pid}; wait for it, or end it`,
      );
    }
    return found.fingerprint === this.#options.fingerprint ? found : undefined;
  }

  /** Opens a file of rows, without what was written after the last safe job. */
  #openAt(name: string, rowBytes: number): number {
    const path = join(this.#partial, name);
    const size = HEADER + this.#total * rowBytes;
    const fd = openSync(path, this.#total > 0 ? 'r+' : 'w');
    ftruncateSync(fd, size);
    return fd;
  }

  #seal(fd: number | undefined, dtype: NpyDtype, shape: readonly number[], rowBytes: number): void {
    if (fd === undefined) throw new CdsvaeError('usage', `${this.folder}: finished or aborted before`);
    ftruncateSync(fd, HEADER + (shape[0] ?? 0) * rowBytes);
    write(fd, encodeNpyHeader(dtype, shape, HEADER), 0);
    fsyncSync(fd);
  }

  #save(): void {
    const path = join(this.#partial, JOURNAL);
    writeSafely(`${path}.tmp`, JSON.stringify(this.#state));
    renameSync(`${path}.tmp`, path);
    syncFolder(this.#partial);
  }

  #close(): void {
    for (const fd of [this.#sequences, this.#labels]) if (fd !== undefined) closeSync(fd);
    this.#sequences = undefined;
    this.#labels = undefined;
  }
}

function write(fd: number | undefined, bytes: Uint8Array, position: number): void {
  if (fd === undefined) throw new CdsvaeError('usage', 'written to after it was closed');
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(fd, bytes, done, bytes.length - done, position + done);
  }
}
