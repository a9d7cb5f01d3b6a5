/** Sequences by name: items of a dataset, and files of the user's. */
import { basename } from 'node:path';
import { counted } from '../counted.js';
import type { ClipSource } from '../data/clips/clip.js';
import { fitClip, readSequence } from '../data/clips/read.js';
import { openClip } from '../data/clips/readers.js';
import { type Dataset, type Factor, type Split, splitOf } from '../data/dataset.js';
import { CdsvaeError } from '../errors.js';
import { frameDims, type ModelConfig } from '../model/index.js';
import { type Batch, concat, rowOf, stack } from '../trained/batch.js';
import { rawDivisor } from '../trained/description.js';
import type { Model } from '../trained/model.js';
import { readValues } from '../trained/read-values.js';
import type { Clips } from './compose.js';
import { type Items, parseItems } from './items.js';

/** Of an endless source anything could be asked for; more names than this are no list. */
const MOST_ITEMS = 1e6;

/** What names mean, and what a model takes. */
export interface ClipContext {
  /** The model that is to take them. */
  readonly model: Pick<Model, 'config' | 'description'>;
  /** Gives the dataset that `test:12` is of, which is closed again; called at most once, when one is named. */
  readonly data?: () => Dataset;
  /**
   * Bring sequences to the model's length, size and channels: frames are left out evenly, pictures scaled until they cover
   * the size and cut around the centre. Default false: what differs is refused.
   */
  readonly fit?: boolean;
}

/** Sequences of several names one after the other, read when they are asked for. */
export interface OpenClips {
  readonly count: number;
  /** Classes of the labels; empty where the data has none, or none is named. */
  readonly factors: readonly Factor[];
  /** What sequence i is called: `test:12`, or the name of its file. */
  name(i: number): string;
  /** Sequences `start` to `end` − 1 as values. @throws CdsvaeError `input`: a damaged file */
  read(start: number, end: number): Promise<Batch>;
  /** Their labels, int32 `[n, factors]`, −1 where unknown. */
  labels(start: number, end: number): Int32Array;
  /** Lets go of files. */
  close(): void;
}

/** One name's sequences. */
interface Part {
  readonly count: number;
  name(i: number): string;
  read(indices: readonly number[]): Promise<Batch>;
  labels?(indices: readonly number[]): Int32Array;
}

/**
 * Opens the sequences of these names, in order.
 *
 * @param names `test`, `test:12`, `test:0-7`, or a file: an animation, a video, a folder of pictures, a `.npy` array of one
 *   sequence `[T, …frame]` or several `[N, T, …frame]`, and what else {@link openClip} opens
 * @throws CdsvaeError `usage`: no such item, or no names; `input`: a file that is missing or damaged, or sequences of another
 *   size, length or number of channels than the model takes
 */
export async function openClips(names: readonly string[], context: ClipContext): Promise<OpenClips> {
  if (names.length === 0) {
    throw new CdsvaeError('usage', 'no sequences given; one such as test:12, or a file, is expected');
  }
  const open: { close(): void }[] = [];
  const keep = <T extends { close(): void }>(opened: T): T => {
    open.push(opened);
    return opened;
  };
  const close = () => {
    for (const opened of open) opened.close();
  };
  let data: Dataset | undefined;
  try {
    const parts: Part[] = [];
    for (const name of names) {
      const items = parseItems(name);
      if (items) {
        data ??= keep(dataOf(name, context));
        parts.push(itemsPart(items, data, context));
      } else {
        parts.push(filePart(keep(await openClip(name)), context));
      }
    }
    return join(parts, data?.info.factors ?? [], close);
  } catch (error) {
    close();
    throw error;
  }
}

/**
 * All of {@link openClips} at once.
 *
 * @throws CdsvaeError as it does
 *
 * @example
 * const clips = await readClips(['test:0', 'mine.gif'], { model, data: () => openDataset('sm-mnist'), fit: true });
 * const { x } = await swap(model, clips);
 */
export async function readClips(names: readonly string[], context: ClipContext): Promise<Required<Clips>> {
  const clips = await openClips(names, context);
  try {
    return await readAll(clips);
  } finally {
    clips.close();
  }
}

/** All sequences that were opened. @throws CdsvaeError `input`: a damaged file */
export async function readAll(clips: OpenClips): Promise<Required<Clips>> {
  const names = Array.from({ length: clips.count }, (_, i) => clips.name(i));
  return { x: await clips.read(0, clips.count), names };
}

function dataOf(name: string, { data }: ClipContext): Dataset {
  if (data) return data();
  throw new CdsvaeError('usage', `${name}: an item, but no data to find it in is given: data: () => openDataset(…)`);
}

function itemsPart(items: Items, data: Dataset, context: ClipContext): Part {
  const { info } = data;
  const same = check(`"${info.name}"`, info, context);
  const split = splitOf(data, items.split);
  const { first, count } = rangeOf(items, split);
  const at = (indices: readonly number[]) => indices.map((i) => first + i);
  return {
    count,
    name: (i) => `${items.split}:${first + i}`,
    labels: (indices) => split.labels(at(indices)),
    async read(indices) {
      const x = readValues(data, items.split, at(indices));
      if (same) return x;
      const [T, ...frame] = taken(context.model.config) as [number, ...number[]];
      const rows: Float32Array[] = [];
      for (const i of indices.keys()) rows.push(await fitted(rowOf(x, i), info, T, frame));
      return stack(rows, [T, ...frame]);
    },
  };
}

/** One sequence's values at the length and size of a model. */
async function fitted(
  values: Float32Array,
  { frames, frame: [a = 0, b = 0, c = 0], kind, name, divisor }: Dataset['info'],
  T: number,
  frame: readonly number[],
): Promise<Float32Array> {
  if (kind !== 'video') {
    const clip = { kind: 'features', data: values, shape: [frames, a] } as const;
    return (await fitClip(clip, T, frame, name)).data as Float32Array;
  }
  const bytes = Uint8Array.from(values, (v) => Math.round(v * divisor));
  const { data } = await fitClip({ kind, data: bytes, shape: [frames, a, b, c] }, T, frame, name);
  return Float32Array.from(data, (v) => v / divisor);
}

function filePart(source: ClipSource, context: ClipContext): Part {
  const { path, sequences: count } = source;
  check(path, source, context);
  const { config, description } = context.model;
  const [T, ...frame] = taken(config) as [number, ...number[]];
  const video = config.frame.kind === 'video';
  const divisor = rawDivisor(description);
  const file = basename(path);
  return {
    count,
    name: (i) => (count === 1 ? file : `${file} ${i}`),
    async read(indices) {
      const rows: Float32Array[] = [];
      for (const sequence of indices) {
        const [height = 0, width = 0, channels = 0] = frame;
        const options = video ? { frame: [height, width, channels] as const } : {};
        const { data } = await readSequence(source, { sequence, frames: T, ...options });
        rows.push(data instanceof Uint8Array ? Float32Array.from(data, (v) => v / divisor) : data);
      }
      return stack(rows, [T, ...frame]);
    },
  };
}

/** Whether sequences are as the model takes them. @throws CdsvaeError `input` where they are not, and cannot or must not be fitted */
function check(
  name: string,
  found: { readonly kind: string; readonly frames: number; readonly frame: readonly number[] },
  { model: { config: model }, fit = false }: ClipContext,
): boolean {
  const expected = taken(model);
  const shape = [found.frames, ...found.frame];
  const video = found.kind === 'video';
  if (video === (model.frame.kind === 'video') && shape.join() === expected.join()) return true;
  const fits = video === (model.frame.kind === 'video') && (video || found.frame[0] === expected[1]);
  if (fit && fits && found.frames >= expected[0]!) return false;
  const longer = found.frames >= expected[0]! ? '' : ', and a sequence cannot be made longer';
  const advice = fits && longer === '' ? '; --fit cuts and scales it' : '';
  throw new CdsvaeError(
    'input',
    `${name}: ${describe(shape)} found; the model takes ${describe(expected)}${longer}${advice}`,
  );
}

/** Shape of a sequence that a model takes: `[T, …frame]`. */
function taken({ frames, frame }: ModelConfig): number[] {
  return [frames, ...frameDims(frame)];
}

function describe([frames, ...frame]: readonly number[]): string {
  const [height, width, channels] = frame;
  const pixels = `${height}×${width} pixels`;
  const of = channels === undefined ? counted(height!, 'feature') : `${pixels} in ${counted(channels, 'channel')}`;
  return `${counted(frames!, 'frame')} of ${of}`;
}

function rangeOf({ split: name, first, last }: Items, split: Split): { first: number; count: number } {
  const end = last ?? split.size - 1;
  if (last === undefined && !Number.isFinite(end)) {
    throw new CdsvaeError('usage', `${name} is endless: say how much of it, such as ${name}:0-99`);
  }
  if (end >= split.size) {
    const which = split.size === 1 ? `${name}:0` : `${name}:0 to ${name}:${split.size - 1}`;
    const there = `${name} has ${counted(split.size, 'sequence')}, ${which}`;
    throw new CdsvaeError('usage', `${name}:${end}: ${there}`);
  }
  if (!Number.isFinite(split.size) && end - first >= MOST_ITEMS) {
    throw new CdsvaeError(
      'usage',
      `${name}:${first}-${end}: more than ${MOST_ITEMS} sequences at a time; take them in parts`,
    );
  }
  return { first, count: end - first + 1 };
}

function join(parts: readonly Part[], factors: readonly Factor[], close: () => void): OpenClips {
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
  return {
    count,
    factors,
    name(i) {
      const k = starts.findLastIndex((start) => start <= i);
      return parts[k]!.name(i - starts[k]!);
    },
    async read(start, end) {
      const read: Batch[] = [];
      for (const { part, indices } of within(start, end)) read.push(await part.read(indices));
      return concat(read);
    },
    labels: (start, end) =>
      Int32Array.from(
        within(start, end).flatMap(({ part, indices }) =>
          Array.from(part.labels?.(indices) ?? new Int32Array(indices.length * factors.length).fill(-1)),
        ),
      ),
    close,
  };
}
