import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Dataset, type Split, sequenceLength, shownSplit } from '../../data/dataset.js';
import { FOLDER_FILES } from '../../data/folder.js';
import { datasetFolder, openDataset } from '../../data/open.js';
import { CdsvaeError } from '../../errors.js';
import { Random } from '../../random.js';
import type { ClipSet } from '../api.js';
import { stampOf } from './stamp.js';

/** Clips on the map. */
const COUNT = 384;
/** Clips on a page of the gallery, sent at once. */
const PER_PAGE = 24;

/** Changes when any file of a data set is written anew; what is endless never is. */
export function stampOfData(source: string): string {
  const folder = datasetFolder(source);
  if (folder === undefined) return '';
  const files = Object.values(FOLDER_FILES).map((name) => join(folder, name));
  return files.map((file) => (existsSync(file) ? stampOf(file) : '')).join(', ');
}

/** The sequences of a data set that the page shows: the same ones every time. */
export class Clips {
  readonly set: ClipSet;
  readonly #data: Dataset;
  readonly #split: Split;
  readonly #indices: readonly number[];

  /**
   * @param source as {@link openDataset} takes it
   * @throws CdsvaeError as {@link openDataset}
   */
  constructor(source: string, seed: number) {
    this.#data = openDataset(source, { seed });
    const { info } = this.#data;
    this.#split = shownSplit(this.#data);
    this.#indices = choose(this.#split.size);
    const flat = this.#split.labels(this.#indices);
    const columns = info.factors.length;
    this.set = {
      info,
      split: this.#split.name,
      count: this.#indices.length,
      perPage: PER_PAGE,
      pages: Math.ceil(this.#indices.length / PER_PAGE),
      labels: this.#indices.map((_, i) => [...flat.subarray(i * columns, (i + 1) * columns)]),
    };
  }

  /** Raw values of a page of clips, `[n, T, …frame]`. @throws CdsvaeError `usage` for a page that there is not */
  page(page: number): Uint8Array {
    if (!(page >= 0 && page < this.set.pages)) {
      throw new CdsvaeError('usage', `page ${page} of clips asked for, 0 to ${this.set.pages - 1} expected`);
    }
    const values = this.read(page * PER_PAGE, Math.min(this.set.count, (page + 1) * PER_PAGE));
    return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  }

  /** Raw values of the clips from … to. */
  read(from: number, to: number): Uint8Array | Float32Array {
    const { info } = this.set;
    const indices = this.#indices.slice(from, to);
    const length = indices.length * sequenceLength(info);
    const values = info.dtype === 'uint8' ? new Uint8Array(length) : new Float32Array(length);
    this.#split.read(indices, values);
    return values;
  }

  close(): void {
    this.#data.close();
  }
}

/** Different sequences in random order, as neighbours in a data set are often alike. */
function choose(size: number): number[] {
  if (!Number.isFinite(size)) return Array.from({ length: COUNT }, (_, i) => i);
  const random = Random.of(0, 'studio clips');
  const taken = new Map<number, number>();
  // Fisher and Yates' shuffle, only as far as needed and only the places touched.
  return Array.from({ length: Math.min(COUNT, size) }, (_, i) => {
    const j = i + random.integer(size - i);
    const drawn = taken.get(j) ?? j;
    taken.set(j, taken.get(i) ?? i);
    return drawn;
  });
}
