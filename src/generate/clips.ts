/** Sequences by name: items of a dataset, and files of the user's. */
import { SOUND_FILE } from '../data/audio/read-sound.js';
import type { Dataset, Factor } from '../data/dataset.js';
import { CdsvaeError } from '../errors.js';
import { type Batch, concat, pick } from '../trained/batch.js';
import type { Clips } from './compose.js';
import { filePart } from './file-part.js';
import { parseFileItems, parseItems } from './items.js';
import { itemsPart } from './items-part.js';
import type { ClipContext, Part } from './part.js';
import { recordingPart } from './recording-part.js';

export type { ClipContext } from './part.js';

/** Sequences of several names one after the other, read when they are asked for. */
export interface OpenClips {
  readonly count: number;
  /** Sequences of each name, in order. */
  readonly counts: readonly number[];
  /** Classes of the labels; empty where the data has none, or none is named. */
  readonly factors: readonly Factor[];
  /** What sequence i is called: `test:12`, or the name of its file, with its number in it where there are several. */
  name(i: number): string;
  /** Sequences `start` to `end` − 1 as values. @throws CdsvaeError `input`: a damaged file */
  read(start: number, end: number): Promise<Batch>;
  /** Their labels, int32 `[n, factors]`, −1 where unknown. */
  labels(start: number, end: number): Int32Array;
  /** Lets go of files. */
  close(): void;
}

/**
 * Opens the sequences of these names, in order.
 *
 * @param names `test`, `test:12`, `test:0-7`, or a file: an animation, a video, a folder of pictures, a `.npy` array of one
 *   sequence `[T, …frame]` or several `[N, T, …frame]`, a recording of speech, and what else {@link openClip} opens; of a file of
 *   several, `FILE:12` or `FILE:0-7` are some
 * @throws CdsvaeError `usage`: no such item, or no names; `input`: a file that is missing or damaged, or sequences of another
 *   size, length or number of channels than the model takes
 */
export async function openClips(names: readonly string[], context: ClipContext): Promise<OpenClips> {
  if (names.length === 0) {
    throw new CdsvaeError('usage', 'no sequences given; one such as test:12, or a file, is expected');
  }
  const parts: Part[] = [];
  let data: Dataset | undefined;
  const close = () => {
    for (const part of parts) part.close?.();
    data?.close();
  };
  try {
    for (const name of names) {
      const items = parseItems(name);
      if (items) data ??= dataOf(name, context);
      parts.push(items ? itemsPart(items, data!, context) : await openFile(name, context));
    }
    return join(parts, data?.info.factors ?? [], close);
  } catch (error) {
    close();
    throw error;
  }
}

function openFile(name: string, context: ClipContext): Promise<Part> {
  const items = parseFileItems(name);
  return SOUND_FILE.test(items.path) ? recordingPart(items, context) : filePart(items, context);
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

/**
 * All sequences, those of two names in turn: of `a.wav` and `b.wav` first both first segments, then both second ones. Of an odd number of names,
 * as they come.
 *
 * @throws CdsvaeError `usage`: two names of unlike numbers of sequences; as {@link readAll}
 */
export async function readPairs(clips: OpenClips): Promise<Required<Clips>> {
  // Before any is read.
  const order = inTurn(clips);
  const { x, names } = await readAll(clips);
  return { x: pick(x, order), names: order.map((i) => names[i]!) };
}

function inTurn({ count, counts, name }: OpenClips): number[] {
  const all = Array.from({ length: count }, (_, i) => i);
  if (counts.length % 2 === 1) return all;
  const order: number[] = [];
  for (let [k, start] = [0, 0]; k < counts.length; k += 2) {
    const [a, b] = [counts[k]!, counts[k + 1]!];
    if (a !== b) {
      const [first, second] = [name(start), name(start + a)];
      throw new CdsvaeError(
        'usage',
        `${a} and ${b} sequences, from ${first} and from ${second} on, given as pairs; as many of each expected`,
      );
    }
    for (let i = 0; i < a; i++) order.push(start + i, start + a + i);
    start += a + b;
  }
  return order;
}

function dataOf(name: string, { data }: ClipContext): Dataset {
  if (data) return data();
  throw new CdsvaeError('usage', `${name}: an item, but no data to find it in is given: data: () => openDataset(…)`);
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
    counts: parts.map((part) => part.count),
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
