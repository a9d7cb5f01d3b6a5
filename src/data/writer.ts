/** Writes dataset folders so that a half-made one never has the name of a whole one. */
import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { checkWhole } from '../bounds.js';
import { CdsvaeError } from '../errors.js';
import { discard, flushFolder, writeAtomic } from '../formats/durable.js';
import { NpyWriter } from '../formats/npy-file.js';
import { ParentFolders } from '../formats/parent-folders.js';
import { checkTarget, replaceFolder } from '../formats/replace-folder.js';
import { writeFailure } from '../formats/system-errors.js';
import { type DatasetInfo, type SplitName, sequenceLength } from './dataset.js';
import { checkPlanned, FOLDER_FILES, openFolder } from './folder.js';

/** Free text for `dataset.json`: what it is, who made it, what others may do with it. */
export interface DatasetNotes {
  readonly about?: string;
  readonly credit?: string;
  readonly licence?: string;
}

/** Half-open ranges of sequences. */
export type Splits = Partial<Record<SplitName, readonly [start: number, stop: number]>>;

/** What a {@link DatasetWriter} needs to know beforehand. */
export interface DatasetWriterOptions extends DatasetNotes {
  /** What is in it. */
  info: DatasetInfo;
  /** N, sequences in all. */
  count: number;
  /** Train is needed. */
  splits: Splits;
  /** Replace a dataset folder that stands there. Any other folder is never replaced. Default false. */
  overwrite?: boolean | undefined;
}

/**
 * Writes a dataset folder: into a temporary folder beside it, which is checked and renamed into place when whole.
 *
 * @example
 * const writer = new DatasetWriter('datasets/mine', { info, count: 100, splits: { train: [0, 100] } });
 * try {
 *   for (let i = 0; i < 100; i++) writer.write(i, sequence(i), labels(i));
 *   writer.finish();
 * } catch (error) {
 *   writer.abort();
 *   throw error;
 * }
 */
export class DatasetWriter {
  /** The folder to be made, as a whole path. */
  readonly folder: string;
  readonly #options: DatasetWriterOptions;
  readonly #temporary: string;
  readonly #parents: ParentFolders;
  readonly #sequences: NpyWriter;
  readonly #labels: Int32Array;
  #open = true;

  /**
   * @param folder to be made; folders above it are made as needed
   * @throws CdsvaeError `usage`: something stands there that may not be replaced; `input`: `info` or `splits` that no dataset can have;
   *   `io`: cannot be written
   */
  constructor(folder: string, options: DatasetWriterOptions) {
    this.folder = resolve(folder);
    this.#options = options;
    const { info, count } = options;
    checkWhole('count', count, 1);
    const shape = [count, info.frames, ...info.frame];
    // Before the work that may take hours, not at its end.
    checkPlanned(this.folder, formatManifest(info, options.splits, options), {
      header: { dtype: info.dtype, shape },
      rows: count,
      rowLength: sequenceLength(info),
    });
    this.#labels = new Int32Array(count * info.factors.length).fill(-1);
    checkDatasetTarget(this.folder, options.overwrite ?? false);
    this.#parents = new ParentFolders(this.folder);
    this.#temporary = join(dirname(this.folder), `.${basename(this.folder)}.${randomUUID()}.tmp`);
    try {
      this.#parents.make();
      // Not mkdtemp, which would make the dataset readable by its owner only.
      mkdirSync(this.#temporary);
    } catch (cause) {
      this.#parents.remove();
      throw writeFailure(this.folder, cause);
    }
    try {
      const path = join(this.#temporary, FOLDER_FILES.sequences);
      this.#sequences = new NpyWriter(path, info.dtype, shape);
    } catch (error) {
      this.#clean();
      throw error;
    }
  }

  /**
   * Writes sequences, each once, in any order.
   *
   * @param index of the first
   * @param sequences one or more: raw values `[n, T, …frame]` of the dataset's type
   * @param labels `[n, factors]`; −1, or left out, where unknown
   * @throws CdsvaeError `usage`: another type or size, values that are not finite or not within `range`, labels that are no classes, or
   *   written before; nothing was written then; `io`: disk full and the like
   */
  write(index: number, sequences: Uint8Array | Float32Array, labels: ArrayLike<number> = []): void {
    if (!this.#open) throw new CdsvaeError('usage', `${this.folder}: finished or aborted before`);
    const { info } = this.#options;
    const columns = info.factors.length;
    const n = (sequences.length / this.#sequences.rowLength) * columns;
    if (labels.length !== 0 && labels.length !== n) {
      throw new CdsvaeError('usage', `${this.folder}: ${labels.length} labels given, ${n} expected`);
    }
    for (let i = 0; i < labels.length; i++) this.#checkLabel(labels[i]!, index + Math.floor(i / columns), i % columns);
    if (sequences instanceof Float32Array) this.#checkValues(sequences, index);
    this.#placed(() => this.#sequences.writeRows(index, sequences));
    this.#labels.set(labels, index * columns);
  }

  #checkLabel(label: number, sequence: number, factor: number): void {
    const { name, classes } = this.#options.info.factors[factor]!;
    if (Number.isInteger(label) && label >= -1 && label < classes.length) return;
    throw new CdsvaeError(
      'usage',
      `${this.folder}: label ${label} of ${name} given to sequence ${sequence}; 0 to ${classes.length - 1} expected, or -1 where it is unknown`,
    );
  }

  #checkValues(values: Float32Array, index: number): void {
    const { range, divisor } = this.#options.info;
    const [low, high] = [Math.fround(range[0] * divisor), Math.fround(range[1] * divisor)];
    for (let i = 0; i < values.length; i++) {
      if (values[i]! >= low && values[i]! <= high) continue;
      const sequence = index + Math.floor(i / this.#sequences.rowLength);
      throw new CdsvaeError(
        'usage',
        `${this.folder}: ${values[i]} given in sequence ${sequence}; values of its range, ${low} to ${high}, expected`,
      );
    }
  }

  /**
   * Checks the whole and puts it in place.
   *
   * @throws CdsvaeError `usage`: sequences are missing; `input`: splits or labels out of range; `io`: cannot be written.
   *   Nothing of it is left then, and an older folder stays as it was.
   */
  finish(): void {
    if (!this.#open) throw new CdsvaeError('usage', `${this.folder}: finished or aborted before`);
    try {
      this.#placed(() => this.#sequences.finish());
      const { info, count } = this.#options;
      if (info.factors.length > 0) {
        const labels = new NpyWriter(join(this.#temporary, FOLDER_FILES.labels), 'int32', [count, info.factors.length]);
        labels.writeRows(0, this.#labels);
        labels.finish();
      }
      const { splits } = this.#options;
      writeAtomic(join(this.#temporary, FOLDER_FILES.manifest), formatManifest(info, splits, this.#options));
      this.#placed(() => openFolder(this.#temporary).close());
      checkDatasetTarget(this.folder, this.#options.overwrite ?? false);
      flushFolder(this.#temporary);
      replaceFolder(this.#temporary, this.folder);
      this.#open = false;
    } catch (cause) {
      this.abort();
      throw writeFailure(this.folder, cause);
    }
  }

  /** Gives up and removes what was written; does nothing once finished. */
  abort(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#sequences.abort();
    this.#clean();
  }

  /** Errors name the folder that is wanted, not the one that is there until it is whole. */
  #placed(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof CdsvaeError)) throw error;
      throw new CdsvaeError(error.code, error.message.replaceAll(this.#temporary, this.folder), { cause: error });
    }
  }

  #clean(): void {
    discard(this.#temporary);
    this.#parents.remove();
  }
}

/** The text of a `dataset.json`. */
export function formatManifest(info: DatasetInfo, splits: Splits, { about, credit, licence }: DatasetNotes): string {
  return `${JSON.stringify({ ...info, splits, about, credit, licence }, null, 2)}\n`;
}

/** What may stand in a dataset's folder; its judge is of the old data, and goes with them. */
const NAMES = [...Object.values(FOLDER_FILES), 'judge'];

/** Refuses to replace anything but a dataset folder, and that only when told to. @throws CdsvaeError `usage` */
export function checkDatasetTarget(folder: string, overwrite: boolean): void {
  if (checkTarget(folder, NAMES, FOLDER_FILES.manifest) && !overwrite) {
    throw new CdsvaeError('usage', `${folder}: a dataset stands there; allow overwriting it, or choose another name`);
  }
}
