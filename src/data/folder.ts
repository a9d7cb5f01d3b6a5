/**
 * A dataset folder, the form every source is brought into and that anyone can make with `np.save`:
 *
 * - `dataset.json`: name, kind, splits, factors (every field: the schema in `manifest.ts`)
 * - `sequences.npy`: uint8 `[N, T, H, W, C]` for video, float32 `[N, T, F]` otherwise
 * - `labels.npy`, optional: int32 (or int64) `[N, factors]`, −1 where unknown
 * - `conversions.npy`, optional: float32 `[M, K, T, F]`, sequences of train and validation (the first M) with other content
 *
 * Everything that can be known without reading all sequences is checked on opening.
 */

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { checkWhole } from '../bounds.js';
import { counted } from '../counted.js';
import { CdsvaeError } from '../errors.js';
import { expectNpy } from '../formats/npy.js';
import { NpyFile } from '../formats/npy-file.js';
import { readFailure } from '../formats/system-errors.js';
import { shellWord } from '../shell-word.js';
import {
  checkIndices,
  checkOut,
  type Dataset,
  type DatasetInfo,
  type Factor,
  type Split,
  type SplitName,
  sequenceLength,
} from './dataset.js';
import { infoOf, type StoredArray } from './folder-info.js';
import { isRun, isSpriteSheets, runFound } from './known-folders.js';
import { MANIFEST_EXAMPLE, type Manifest, parseManifest } from './manifest.js';

/** The names of a dataset folder's files. */
export const FOLDER_FILES = {
  manifest: 'dataset.json',
  sequences: 'sequences.npy',
  labels: 'labels.npy',
  conversions: 'conversions.npy',
} as const;

/**
 * Opens a dataset folder.
 *
 * Where `dataset.json` names no validation split, the last tenth of train (rounded down, at least one sequence) becomes
 * validation and leaves train.
 *
 * @param folder its path
 * @param options.frames read only the first so many frames of each sequence; default all
 * @throws CdsvaeError `input`: anything missing, damaged or in disagreement with the rest; `usage`: `frames` out of range
 */
export function openFolder(folder: string, options: { frames?: number } = {}): Dataset {
  checkFolder(folder);
  const manifestPath = join(folder, FOLDER_FILES.manifest);
  const manifest = parseManifest(readText(manifestPath), manifestPath);
  const sequences = new NpyFile(join(folder, FOLDER_FILES.sequences));
  let conversions: NpyFile | undefined;
  const close = () => {
    sequences.close();
    conversions?.close();
  };
  try {
    const stored = infoOf(manifest, sequences, manifestPath);
    const ranges = splitRanges(manifest, sequences, manifestPath);
    const labels = readLabels(join(folder, FOLDER_FILES.labels), stored.factors, sequences.rows);
    conversions = openConversions(join(folder, FOLDER_FILES.conversions), stored, ranges);
    const { frames = stored.frames } = options;
    checkWhole(`${folder}: frames`, frames, 1, stored.frames);
    const info = { ...stored, frames };
    const splits = new Map<SplitName, Split>();
    for (const [name, range] of ranges) {
      splits.set(name, new FolderSplit(name, range, info, { sequences, labels, conversions }));
    }
    return { info, split: (name) => splits.get(name), close };
  } catch (error) {
    close();
    throw error;
  }
}

/**
 * What {@link openFolder} would say of a folder that is yet to be made, as far as it can be known.
 *
 * @param manifest what `dataset.json` will be
 * @throws CdsvaeError `input`
 */
export function checkPlanned(folder: string, manifest: string, sequences: Omit<StoredArray, 'path'>): void {
  const path = join(folder, FOLDER_FILES.manifest);
  const stated = parseManifest(manifest, path);
  const planned = { ...sequences, path: join(folder, FOLDER_FILES.sequences) };
  infoOf(stated, planned, path);
  splitRanges(stated, planned, path);
}

type Range = readonly [start: number, stop: number];

/** What the splits share. */
interface Stored {
  readonly sequences: NpyFile;
  readonly labels: Int32Array | undefined;
  readonly conversions: NpyFile | undefined;
}

class FolderSplit implements Split {
  readonly name: SplitName;
  readonly size: number;
  readonly #start: number;
  readonly #info: DatasetInfo;
  readonly #sequences: NpyFile;
  readonly #labels: Int32Array | undefined;
  readonly #conversions: NpyFile | undefined;

  constructor(name: SplitName, range: Range, info: DatasetInfo, stored: Stored) {
    this.name = name;
    this.#start = range[0];
    this.size = range[1] - range[0];
    this.#info = info;
    this.#sequences = stored.sequences;
    this.#labels = stored.labels;
    this.#conversions = stored.conversions;
  }

  read(indices: ArrayLike<number>, out: Uint8Array | Float32Array): void {
    checkIndices(this, indices);
    checkOut(this.#info, indices.length, out);
    const length = sequenceLength(this.#info);
    const whole = length === this.#sequences.rowLength;
    for (let i = 0; i < indices.length; ) {
      const first = indices[i]!;
      let run = 1;
      while (whole && i + run < indices.length && indices[i + run] === first + run) run++;
      this.#sequences.readValues(this.#start + first, run * length, out, i * length);
      i += run;
    }
    if (out instanceof Float32Array) this.#checkFinite(this.#sequences, indices, out, length);
  }

  readConversions(indices: ArrayLike<number>, which: ArrayLike<number>, out: Float32Array): void {
    checkIndices(this, indices);
    checkOut(this.#info, indices.length, out);
    const file = this.#conversions;
    if (!file) throw new CdsvaeError('usage', `${this.#info.name}: conversions asked for, but it has none`);
    const length = sequenceLength(this.#info);
    const stored = this.#sequences.rowLength;
    for (let i = 0; i < indices.length; i++) {
      file.readRange((this.#start + indices[i]!) * file.rowLength + which[i]! * stored, length, out, i * length);
    }
    this.#checkFinite(file, indices, out, length);
  }

  labels(indices: ArrayLike<number>): Int32Array {
    checkIndices(this, indices);
    const columns = this.#info.factors.length;
    const out = new Int32Array(indices.length * columns).fill(-1);
    for (let i = 0; this.#labels !== undefined && i < indices.length; i++) {
      const from = (this.#start + indices[i]!) * columns;
      out.set(this.#labels.subarray(from, from + columns), i * columns);
    }
    return out;
  }

  /** A NaN would surface hundreds of steps later as a diverged loss; here it still has an address. */
  #checkFinite(file: NpyFile, indices: ArrayLike<number>, out: Float32Array, length: number): void {
    for (let i = 0; i < indices.length * length; i++) {
      if (Number.isFinite(out[i])) continue;
      const row = this.#start + indices[Math.floor(i / length)]!;
      throw new CdsvaeError(
        'input',
        `${file.path}: ${out[i]} found in sequence ${row}, finite numbers expected; ` +
          'mend it (np.isfinite finds the places) and save it again',
      );
    }
  }
}

function checkFolder(folder: string): void {
  let names: string[];
  try {
    if (!statSync(folder).isDirectory())
      throw new CdsvaeError('input', `${folder}: a file found, a dataset folder expected`);
    names = readdirSync(folder);
  } catch (cause) {
    throw readFailure(folder, cause);
  }
  const missing = [FOLDER_FILES.manifest, FOLDER_FILES.sequences].filter((name) => !names.includes(name));
  if (missing.length === 0) return;
  if (isRun(names)) throw runFound(folder);
  const found = names.length === 0 ? 'an empty folder' : `a folder without ${missing.join(' and ')}`;
  const hint = isSpriteSheets(names)
    ? `; these look like sprite sheets: make a dataset of them with cdsvae data sprites ${shellWord(folder)} --out DIR`
    : missing.includes(FOLDER_FILES.manifest)
      ? `; to make one of clips: cdsvae data clips ${shellWord(folder)}; of recordings: cdsvae data speech ${shellWord(folder)} --out DIR; by hand, the smallest ${FOLDER_FILES.manifest} is ${MANIFEST_EXAMPLE}`
      : '; write it with np.save';
  throw new CdsvaeError(
    'input',
    `${folder}: ${found} found, ${FOLDER_FILES.manifest} and ${FOLDER_FILES.sequences} expected${hint}`,
  );
}

/** The file of conversions, where `dataset.json` says that there is one: it must reach over train and validation. */
function openConversions(path: string, info: DatasetInfo, ranges: Map<SplitName, Range>): NpyFile | undefined {
  if (info.conversions === undefined) return undefined;
  if (info.kind === 'video') {
    throw new CdsvaeError('input', `${path}: conversions of video found, expected for audio and arrays only`);
  }
  const file = new NpyFile(path);
  try {
    const shape = ['M', info.conversions, info.frames, ...info.frame];
    expectNpy(file.header, { dtypes: ['float32'], shape }, path);
    const needed = Math.max(ranges.get('train')![1], ranges.get('validation')![1]);
    if (file.rows < needed) {
      throw new CdsvaeError(
        'input',
        `${path}: conversions of ${file.rows} sequences found, of the first ${needed} expected`,
      );
    }
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

function splitRanges({ splits }: Manifest, sequences: StoredArray, path: string): Map<SplitName, Range> {
  for (const [name, range] of Object.entries(splits)) {
    if (range !== undefined && range[1] > sequences.rows) {
      throw new CdsvaeError(
        'input',
        `${path}: split ${name} [${range.join(', ')}] found, but ${sequences.path} holds ${counted(sequences.rows, 'sequence')}`,
      );
    }
  }
  const [start, stop] = splits.train;
  const ranges = new Map<SplitName, Range>();
  if (splits.validation !== undefined) {
    ranges.set('train', splits.train).set('validation', splits.validation);
  } else {
    if (stop - start < 2) {
      throw new CdsvaeError(
        'input',
        `${path}: one sequence in train and no validation split found; two sequences expected, one to validate on`,
      );
    }
    const middle = stop - Math.max(1, Math.floor((stop - start) / 10));
    ranges.set('train', [start, middle]).set('validation', [middle, stop]);
  }
  if (splits.test !== undefined) ranges.set('test', splits.test);
  return ranges;
}

/** int32 `[rows, factors]`, or nothing where there is no such file. */
function readLabels(path: string, factors: readonly Factor[], rows: number): Int32Array | undefined {
  if (!existsSync(path)) return undefined;
  const file = new NpyFile(path);
  try {
    const shape = file.header.shape;
    if (factors.length === 0) {
      throw new CdsvaeError(
        'input',
        `${path}: labels found, but dataset.json has no factors; say what each column is: ` +
          '"factors": [{ "name": "action", "type": "dynamic", "classes": 9 }]',
      );
    }
    if (shape.length === 2 && shape[0] !== rows) {
      throw new CdsvaeError('input', `${path}: labels of ${shape[0]} sequences found, of ${rows} expected`);
    }
    expectNpy(file.header, { dtypes: ['int32', 'int64'], shape: [rows, factors.length] }, path);
    const stored = file.readAll();
    const labels = new Int32Array(stored.length);
    for (let i = 0; i < stored.length; i++) {
      // Checked before it is cut to 32 bits, lest 2^32 pass for 0.
      const label = Number(stored[i]);
      const factor = factors[i % factors.length]!;
      if (label < -1 || label >= factor.classes.length) {
        throw new CdsvaeError(
          'input',
          `${path}: label ${label} of ${factor.name} found at sequence ${Math.floor(i / factors.length)}, ` +
            `0 to ${factor.classes.length - 1} (or −1, unknown) expected`,
        );
      }
      labels[i] = label;
    }
    return labels;
  } finally {
    file.close();
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw readFailure(path, cause);
  }
}
