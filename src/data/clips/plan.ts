/** Decides, from the headers of all clips, what dataset they will be. */
import { counted } from '../../counted.js';
import { CdsvaeError } from '../../errors.js';
import { Random } from '../../random.js';
import type { Corpus, DatasetInfo, Factor, SplitName } from '../dataset.js';
import { SPLIT_NAMES } from '../dataset.js';
import { ahead } from './ahead.js';
import type { ClipSource } from './clip.js';
import { type Cutting, cut } from './cut.js';
import { type BadFile, type Found, reasonOf } from './discover.js';
import { openClip } from './readers.js';
import { nearestSide, SIDES } from './sides.js';

/** A clip and what is known of it beforehand. */
export interface Entry extends Found {
  /** One a factor, −1 where unknown. */
  readonly labels: readonly number[];
  /** Where it belongs; default by chance. */
  readonly split?: SplitName;
  /** Frames of each clip made of a sequence of so many frames; default as {@link cut} has it. */
  readonly cut?: (length: number) => number[][];
}

/** What a dataset is to be like; what is left out is decided by what there is. */
export interface Wishes {
  readonly name: string;
  /** Which of the paper's data sets it is. */
  readonly corpus?: Corpus;
  readonly factors: readonly Factor[];
  /** T. Default: the length of all where they have one of at most 32 frames, else 15, or the shortest if that is less. */
  readonly frames?: number;
  /** Side of the pictures, one of {@link SIDES}. Default: that nearest to theirs where all are squares of one size, 64 at most; else 64. */
  readonly size?: number;
  /** 1 or 3. Default: 1 where all are grey. */
  readonly channels?: number;
  readonly mode?: Cutting['mode'];
  readonly stride?: number;
  /** Shares of clips for validation and for test. Default a tenth each. */
  readonly validation?: number;
  readonly test?: number;
  readonly seed?: number;
}

/** Work to be done at one go: some clips of one file. */
export interface Job {
  readonly entry: Entry;
  readonly split: SplitName;
  /** Clips by the sequence they are of and its frames. */
  readonly clips: readonly { readonly sequence: number; readonly frames: readonly number[] }[];
}

/** What will be made. */
export interface Plan {
  readonly info: DatasetInfo;
  readonly jobs: readonly Job[];
  readonly bad: readonly BadFile[];
  /** What readers had to say, by name of the file. */
  readonly notes: readonly BadFile[];
  /** Files that are used. */
  readonly sources: number;
  /** Frames of the shortest and longest of them. */
  readonly lengths: readonly [number, number];
  /** `width×height` of pictures, and how many have it. */
  readonly sizes: ReadonlyMap<string, number>;
}

const DEPTH = 8;
const FRAMES = 15;
/** Sequences no longer than this are whole clips where all have one length. */
const LONGEST_WHOLE = 32;
const SIDE = 64;
/** Sides that are taken unasked: larger ones cost time. */
const USUAL_SIDES = SIDES.filter((side) => side <= SIDE);
/** With fewer files than this, each of many clips is divided among the splits, rather than the files. */
const FEW = 10;
/** Clips of a file that can be divided: a split that gets one of them gets little more than its share. */
const MANY = 5;
const SHARE = 0.1;
/** Clips of a job, of files with many sequences. */
const CHUNK = 64;

/** The header of a file. */
interface Header {
  readonly entry: Entry;
  readonly kind: ClipSource['kind'];
  readonly sequences: number;
  readonly frames: number;
  readonly frame: readonly number[];
  readonly columns?: readonly string[];
}

/**
 * Reads the headers of all files and plans a dataset of them.
 *
 * @throws CdsvaeError `input`: nothing can be used, or kinds are mixed; `stopped`
 */
export async function plan(
  entries: readonly Entry[],
  wishes: Wishes,
  options: { onProgress?: (done: number, total: number) => void; signal?: AbortSignal | undefined } = {},
): Promise<Plan> {
  const bad: BadFile[] = [];
  const notes: BadFile[] = [];
  const headers: Header[] = [];
  let done = 0;
  const probes = ahead(entries.length, DEPTH, async (i) => {
    const entry = entries[i]!;
    try {
      const source = await openClip(entry.path, entry.pictures);
      source.close();
      return { entry, header: { entry, ...headerOf(source) }, note: source.note };
    } catch (cause) {
      if (!(cause instanceof CdsvaeError)) throw cause;
      return { entry, reason: reasonOf(cause, entry.path) };
    }
  });
  for await (const probe of probes) {
    if (options.signal?.aborted) throw new CdsvaeError('stopped', `${wishes.name}: stopped`);
    options.onProgress?.(++done, entries.length);
    const { header, reason, note } = probe;
    const { name } = probe.entry;
    if (header === undefined) bad.push({ name, reason });
    else if (header.frames < 2) bad.push({ name, reason: '1 frame found, at least 2 expected' });
    else headers.push(header);
    if (note !== undefined) notes.push({ name, reason: note });
  }
  const kind = oneKind(headers, bad, wishes.name);
  const frame = kind === 'video' ? pictureFrame(headers, wishes) : mostFrequentFrame(headers);
  const usable = headers.filter((header) => {
    if (kind === 'video' || header.frame[0] === frame[0]) return true;
    const reason = `${counted(header.frame[0]!, 'feature')} found, ${frame[0]} expected, as most have`;
    bad.push({ name: header.entry.name, reason });
    return false;
  });
  // One feature under another's name would be learned as it.
  const names = mostFrequent(usable.flatMap(({ columns }) => (columns ? [columns.join(', ')] : [])));
  const alike = usable.filter(({ entry, columns }) => {
    if (columns === undefined || columns.join(', ') === names) return true;
    bad.push({ name: entry.name, reason: `columns ${columns.join(', ')} found; ${names} expected, as most have` });
    return false;
  });
  const frames = wishes.frames ?? clipLength(alike.map((header) => header.frames));
  const cutting: Cutting = { frames, mode: wishes.mode ?? 'auto', ...(wishes.stride && { stride: wishes.stride }) };
  const clips = alike.flatMap((header) => {
    const cuts = header.entry.cut?.(header.frames) ?? cut(header.frames, cutting);
    if (cuts.length > 0) return [{ header, cuts }];
    const least = wishes.mode === 'cut' ? (frames - 1) * (wishes.stride ?? 1) + 1 : frames;
    const reason = `${counted(header.frames, 'frame')} found, at least ${least} expected`;
    bad.push({ name: header.entry.name, reason });
    return [];
  });
  if (clips.length === 0) throw nothing(bad, wishes.name);
  const used = clips.map(({ header }) => header);
  return {
    info: {
      name: wishes.name,
      ...(wishes.corpus && { corpus: wishes.corpus }),
      kind,
      frames,
      frame,
      dtype: kind === 'video' ? 'uint8' : 'float32',
      divisor: kind === 'video' ? 255 : 1,
      range: [0, 1],
      factors: wishes.factors,
    },
    jobs: divide(clips, wishes),
    bad: bad.sort((a, b) => (a.name < b.name ? -1 : 1)),
    notes,
    sources: used.length,
    lengths: used.reduce<[number, number]>(
      ([low, high], { frames: n }) => [Math.min(low, n), Math.max(high, n)],
      [Number.POSITIVE_INFINITY, 0],
    ),
    sizes: kind === 'video' ? tally(used.map(({ frame: [h, w] }) => `${w}×${h}`)) : new Map(),
  };
}

function headerOf({ kind, sequences, frames, frame, columns }: ClipSource): Omit<Header, 'entry'> {
  return { kind, sequences, frames, frame, ...(columns && { columns }) };
}

function oneKind(headers: readonly Header[], bad: readonly BadFile[], name: string): DatasetInfo['kind'] {
  const kinds = tally(headers.map((header) => header.kind));
  const [first, ...others] = kinds.keys();
  if (first === undefined) throw nothing(bad, name);
  if (others.length === 0) return first;
  const of = (kind: string) => headers.find((header) => header.kind === kind)?.entry.name;
  const found = [...kinds].map(([kind, count]) => `${count} of ${kind} (such as ${of(kind)})`);
  throw new CdsvaeError(
    'input',
    `${name}: ${found.join(' and ')} found, one kind expected; keep them in folders apart`,
  );
}

function nothing(bad: readonly BadFile[], name: string): CdsvaeError {
  const reasons = bad.slice(0, 3).map((file) => `${file.name}: ${file.reason}`);
  const more = bad.length > 3 ? [`and ${bad.length - 3} more`] : [];
  const expected = 'animated GIF, WebP or PNG, folders of pictures, videos, .npy arrays or CSV tables expected';
  const why = bad.length > 0 ? ['no clips found that can be used', ...reasons, ...more] : ['no clips found', expected];
  return new CdsvaeError('input', `${name}: ${why.join('; ')}`);
}

function pictureFrame(headers: readonly Header[], wishes: Wishes): number[] {
  const [height, width] = headers[0]!.frame as [number, number];
  const alike = headers.every(({ frame: [h, w] }) => h === height && w === width);
  const own = alike && height === width;
  const size = wishes.size ?? (own ? nearestSide(height, USUAL_SIDES) : SIDE);
  return [size, size, wishes.channels ?? (headers.every(({ frame }) => frame[2] === 1) ? 1 : 3)];
}

function mostFrequentFrame(headers: readonly Header[]): number[] {
  return [mostFrequent(headers.map(({ frame }) => frame[0]!))!];
}

/** Of equally frequent ones the first; undefined where there are none. */
function mostFrequent<T>(values: readonly T[]): T | undefined {
  return [...tally(values)].reduce<[T | undefined, number]>(
    (best, next) => (next[1] > best[1] ? next : best),
    [undefined, 0],
  )[0];
}

function clipLength(lengths: readonly number[]): number {
  const shortest = lengths.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const same = lengths.every((n) => n === shortest);
  return same && shortest <= LONGEST_WHOLE ? shortest : Math.min(FRAMES, shortest);
}

/** Gives clips to splits, and orders them by split, then as they came. */
function divide(clips: readonly { header: Header; cuts: number[][] }[], wishes: Wishes): Job[] {
  const free = clips.filter(({ header }) => header.entry.split === undefined);
  // Of one or two files, none can be held out whole.
  const many = free.length > 2 ? MANY : 2;
  const divisible = ({ header, cuts }: (typeof clips)[number]) =>
    header.sequences * cuts.length >= many && (free.length < FEW || header.sequences > 1);
  const whole = free.filter((clip) => !divisible(clip));
  const order = Random.of(wishes.seed ?? 0, 'split').permutation(whole.length);
  const held = heldOut(whole.length, wishes);
  const splitAt = (position: number): SplitName => {
    if (position < held.validation) return 'validation';
    return position < held.validation + held.test ? 'test' : 'train';
  };
  const chance = new Map(whole.map((clip, i) => [clip, splitAt(order[i]!)]));
  const jobs = clips.flatMap((clip): Job[] => {
    const { entry, sequences } = clip.header;
    const all = Array.from({ length: sequences }, (_, sequence) =>
      clip.cuts.map((frames) => ({ sequence, frames })),
    ).flat();
    const split = entry.split ?? chance.get(clip);
    if (split !== undefined) return chunks({ entry, split, clips: all }, sequences);
    // Divided in time: its end is for validation and test, with nothing of it in train.
    const { validation, test } = heldOut(all.length, wishes);
    const bounds = [0, all.length - validation - test, all.length - test, all.length];
    return SPLIT_NAMES.flatMap((name, i) =>
      chunks({ entry, split: name, clips: all.slice(bounds[i], bounds[i + 1]) }, sequences),
    );
  });
  return SPLIT_NAMES.flatMap((split) => jobs.filter((job) => job.split === split));
}

/** How many of so many are for validation and for test: of the few, still one for each share, where two are left to train on. */
function heldOut(total: number, { validation = SHARE, test = SHARE }: Wishes): { validation: number; test: number } {
  const hold = (share: number, left: number) => {
    const least = share > 0 && left > 2 ? 1 : 0;
    return Math.min(left, Math.max(least, Math.round(share * total)));
  };
  const validating = hold(validation, total);
  return { validation: validating, test: hold(test, total - validating) };
}

/** A job as several where the file holds many sequences, so that a kill loses little; a single one is read in one go. */
function chunks(job: Job, sequences: number): Job[] {
  const size = sequences > 1 ? CHUNK : job.clips.length;
  const jobs: Job[] = [];
  for (let i = 0; i < job.clips.length; i += size) jobs.push({ ...job, clips: job.clips.slice(i, i + size) });
  return jobs;
}

function tally<T>(values: readonly T[]): Map<T, number> {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}
