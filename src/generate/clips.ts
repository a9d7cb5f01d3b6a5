/** Sequences by name: items of a dataset, and files. */
import { existsSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { type Dataset, type Factor, SPLIT_NAMES, type Split, type SplitName, sequenceLength } from '../data/dataset.js';
import { CdsvaeError, nearest } from '../errors.js';
import { NpyFile } from '../formats/npy-file.js';
import { frameDims, type ModelConfig } from '../model/index.js';
import { type Batch, concat, pick } from './batch.js';
import type { Clips } from './compose.js';

/** What names mean, and what a model takes. */
export interface ClipSource {
  readonly model: ModelConfig;
  /** Values of bytes are raw / divisor. */
  readonly divisor: number;
  /** Gives the dataset that `test:12` is of; called at most once, when one is named. */
  readonly data: () => Dataset;
}

/** Items of one split: from `first` to `last`, or all of it. */
export interface Items {
  readonly split: SplitName;
  readonly first: number;
  /** `undefined`: the last of the split. */
  readonly last?: number;
}

const ITEMS = /^([a-z]+)(?::(\d{1,15})(?:-(\d{1,15}))?)?$/;

/**
 * Reads what `test`, `test:12` and `test:0-7` mean. A file of such a name is `./test`.
 *
 * @returns `undefined` for what is the name of a file
 * @throws CdsvaeError `usage`: a range that runs backwards, or neither a split nor a file
 */
export function parseItems(name: string): Items | undefined {
  const [, word, from, to] = ITEMS.exec(name) ?? [];
  const split = SPLIT_NAMES.find((s) => s === word);
  if (split === undefined) {
    if (word === undefined || from === undefined || existsSync(name)) return undefined;
    throw new CdsvaeError(
      'usage',
      `"${name}": neither a file nor an item such as test:12; ${nearest(word, SPLIT_NAMES)}`,
    );
  }
  if (from === undefined) return { split, first: 0 };
  const [first, last] = [Number(from), Number(to ?? from)];
  if (last < first) throw new CdsvaeError('usage', `"${name}": a range from low to high, both included, is expected`);
  return { split, first, last };
}

/** Sequences of several names one after the other, read when they are asked for. */
export interface OpenClips {
  readonly count: number;
  /** Classes of the labels; empty where the data has none, or none is named. */
  readonly factors: readonly Factor[];
  /** What sequence i is called: `test:12`, or the name of its file. */
  name(i: number): string;
  /** Sequences `start` to `end` − 1 as values. @throws CdsvaeError `input`: a damaged file */
  read(start: number, end: number): Batch;
  /** Their labels, int32 `[n, factors]`, −1 where unknown. */
  labels(start: number, end: number): Int32Array;
  /** Lets go of files. */
  close(): void;
}

/** One name's sequences. */
interface Part {
  readonly count: number;
  name(i: number): string;
  read(indices: readonly number[]): Batch;
  labels?(indices: readonly number[]): Int32Array;
}

/**
 * Opens the sequences of these names, in order. Files are read at once, items of data when asked for.
 *
 * @param names `test`, `test:12`, `test:0-7`, or the path of a `.npy` file: one sequence `[T, …frame]` or several
 *   `[N, T, …frame]`, bytes, or floats that are values already
 * @throws CdsvaeError `usage`: no such item, or no names; `input`: a file that is missing or damaged, or data of another
 *   size, length or number of channels than the model takes
 */
export function openClips(names: readonly string[], source: ClipSource): OpenClips {
  if (names.length === 0) {
    throw new CdsvaeError('usage', 'no sequences given; one such as test:12, or a file, is expected');
  }
  let data: Dataset | undefined;
  const openData = () => {
    data ??= source.data();
    checkData(data, source.model);
    return data;
  };
  try {
    const parts = names.map((name) => {
      const items = parseItems(name);
      return items ? itemsPart(items, openData()) : filePart(name, source);
    });
    return join(parts, data);
  } catch (error) {
    data?.close();
    throw error;
  }
}

/** All of {@link openClips} at once. @throws CdsvaeError as it does */
export function readClips(names: readonly string[], source: ClipSource): Required<Clips> {
  const clips = openClips(names, source);
  try {
    const all = Array.from({ length: clips.count }, (_, i) => clips.name(i));
    return { x: clips.read(0, clips.count), names: all };
  } finally {
    clips.close();
  }
}

function itemsPart(items: Items, data: Dataset): Part {
  const split = splitOf(data, items);
  const { first, count } = rangeOf(items, split);
  const at = (indices: readonly number[]) => indices.map((i) => first + i);
  return {
    count,
    name: (i) => `${items.split}:${first + i}`,
    read: (indices) => readValues(data, split, at(indices)),
    labels: (indices) => split.labels(at(indices)),
  };
}

function filePart(path: string, source: ClipSource): Part {
  const x = readNpyClips(path, source);
  const count = x.shape[0]!;
  const file = basename(path);
  return { count, name: (i) => (count === 1 ? file : `${file} ${i}`), read: (indices) => pick(x, indices) };
}

function join(parts: readonly Part[], data: Dataset | undefined): OpenClips {
  const starts: number[] = [];
  let count = 0;
  for (const part of parts) {
    starts.push(count);
    count += part.count;
  }
  /** What each part has of a range. */
  const within = (start: number, end: number) =>
    parts.flatMap((part, k) => {
      const [from, to] = [Math.max(0, start - starts[k]!), Math.min(part.count, end - starts[k]!)];
      return to > from ? [{ part, indices: Array.from({ length: to - from }, (_, i) => from + i) }] : [];
    });
  const factors = data?.info.factors ?? [];
  return {
    count,
    factors,
    name(i) {
      const k = starts.findLastIndex((start) => start <= i);
      return parts[k]!.name(i - starts[k]!);
    },
    read: (start, end) => concat(within(start, end).map(({ part, indices }) => part.read(indices))),
    labels: (start, end) =>
      Int32Array.from(
        within(start, end).flatMap(({ part, indices }) =>
          Array.from(part.labels?.(indices) ?? new Int32Array(indices.length * factors.length).fill(-1)),
        ),
      ),
    close: () => data?.close(),
  };
}

/**
 * Sequences of a split as values.
 *
 * @throws CdsvaeError `usage`: an index out of range; `input`: a damaged file
 */
export function readValues({ info }: Dataset, split: Split, indices: readonly number[]): Batch {
  const size = indices.length * sequenceLength(info);
  const raw = info.dtype === 'uint8' ? new Uint8Array(size) : new Float32Array(size);
  split.read(indices, raw);
  return { shape: [indices.length, info.frames, ...info.frame], data: Float32Array.from(raw, (v) => v / info.divisor) };
}

/** Refuses a dataset whose sequences a model cannot take. */
function checkData({ info }: Dataset, model: ModelConfig): void {
  const [found, expected] = [[info.frames, ...info.frame], takes(model)];
  if (found.join() === expected.join()) return;
  throw new CdsvaeError(
    'input',
    `"${info.name}" has sequences [T, …frame] = [${found.join(', ')}]; the model takes [${expected.join(', ')}]; ` +
      'give the data it was trained on, or another model',
  );
}

function splitOf(data: Dataset, items: Items): Split {
  const split = data.split(items.split);
  if (split) return split;
  const there = SPLIT_NAMES.filter((name) => data.split(name));
  throw new CdsvaeError('usage', `"${data.info.name}" has no split ${items.split}; it has ${there.join(', ')}`);
}

function rangeOf({ split: name, first, last }: Items, split: Split): { first: number; count: number } {
  const end = last ?? split.size - 1;
  if (last === undefined && !Number.isFinite(end)) {
    throw new CdsvaeError('usage', `${name} is endless: say how much of it, such as ${name}:0-99`);
  }
  if (end >= split.size) {
    const there = `${name} has ${split.size} sequences, ${name}:0 to ${name}:${split.size - 1}`;
    throw new CdsvaeError('usage', `${name}:${end}: ${there}`);
  }
  return { first, count: end - first + 1 };
}

/** Shape of a sequence that a model takes: `[T, …frame]`. */
function takes({ frames, frame }: ModelConfig): number[] {
  return [frames, ...frameDims(frame)];
}

function readNpyClips(path: string, { model, divisor }: ClipSource): Batch {
  if (!existsSync(path)) {
    throw new CdsvaeError('input', `${path}: not found; a file, or an item of the data such as test:12, is expected`);
  }
  if (extname(path).toLowerCase() !== '.npy') throw new CdsvaeError('input', `${path}: a .npy file is expected`);
  const file = new NpyFile(path);
  try {
    const { shape, dtype } = file.header;
    const expected = takes(model);
    const sequence = shape.slice(shape.length - expected.length);
    const several = shape.length - expected.length;
    if (sequence.join() !== expected.join() || several < 0 || several > 1 || file.rows === 0) {
      throw new CdsvaeError(
        'input',
        `${path}: shape [${shape.join(', ')}] found; the model takes [${expected.join(', ')}], or several, [N, ${expected.join(', ')}]`,
      );
    }
    const values = file.readAll();
    if (values instanceof BigInt64Array || (values instanceof Uint8Array && model.frame.kind !== 'video')) {
      const wanted = model.frame.kind === 'video' ? 'uint8 or float32' : 'float32';
      throw new CdsvaeError('input', `${path}: ${dtype} found, ${wanted} expected; save x.astype(np.float32)`);
    }
    const data = Float32Array.from(values, values instanceof Uint8Array ? (v) => v / divisor : (v) => v);
    checkRange(path, data, model);
    return { shape: [several === 1 ? shape[0]! : 1, ...expected], data };
  } finally {
    file.close();
  }
}

function checkRange(path: string, data: Float32Array, { frame }: ModelConfig): void {
  const [low, high] = frame.kind === 'video' ? [0, 1] : [-Number.MAX_VALUE, Number.MAX_VALUE];
  const bad = data.find((v) => !(v >= low && v <= high));
  if (bad === undefined) return;
  const expected = frame.kind === 'video' ? 'uint8, or float values from 0 to 1,' : 'finite numbers';
  throw new CdsvaeError('input', `${path}: ${bad} found, ${expected} expected`);
}
