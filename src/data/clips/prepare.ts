/** Makes a dataset folder of clips, as planned. */
import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { counted } from '../../counted.js';
import { CdsvaeError } from '../../errors.js';
import { turn } from '../../turn.js';
import type { DatasetInfo, SplitName } from '../dataset.js';
import { GrowingWriter } from '../growing-writer.js';
import type { DatasetNotes } from '../writer.js';
import { frameLength, type PictureFit } from './clip.js';
import { type BadFile, reasonOf } from './discover.js';
import type { Job, Plan } from './plan.js';
import { readAhead } from './read-ahead.js';
import { openClip } from './readers.js';

/** What to do about a file that cannot be used: end there, or leave it out and say so. */
export type OnBadFile = 'fail' | 'skip';

/** How a plan is carried out. */
export interface PrepareOptions extends DatasetNotes {
  /** Dataset folder to be made. */
  readonly out: string;
  /** Says what the files are: half-made work on the same is gone on with. */
  readonly fingerprint: string;
  readonly overwrite?: boolean | undefined;
  /** Default `skip`. */
  readonly onBadFile?: OnBadFile | undefined;
  /** Called with clips made so far, and clips planned in all. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Stops it; what is done is kept, and gone on with the next time. */
  readonly signal?: AbortSignal | undefined;
}

/** What was made. */
export interface PrepareReport {
  /** The dataset folder. */
  readonly folder: string;
  readonly info: DatasetInfo;
  /** Sequences of each split. */
  readonly splits: Readonly<Record<SplitName, number>>;
  /** Files of which there is something in it. */
  readonly sources: number;
  /** Files that were left out, and why; of one of many sequences it may be a part, as the reason then says. */
  readonly skipped: readonly BadFile[];
  /** Files of which something is worth knowing. */
  readonly notes: readonly BadFile[];
  /** Clips that were there already, from before a kill. */
  readonly resumed: number;
}

/** Bytes of clips that wait for their turn, for each job under way. */
const BUFFER = 1 << 24;

/**
 * Carries out a plan: reads clip after clip, several files at a time, in constant memory.
 *
 * @throws CdsvaeError `input`: a bad file, with `onBadFile: 'fail'`; too little left to train on; `usage`, `stopped`, `busy`, `io`
 */
export async function prepare(made: Plan, options: PrepareOptions): Promise<PrepareReport> {
  const { onBadFile = 'skip', signal } = options;
  const [firstBad] = made.bad;
  if (onBadFile === 'fail' && firstBad !== undefined) throw refused(firstBad, made);
  const { info, jobs } = made;
  const writer = new GrowingWriter(options.out, { ...options, info, fingerprint: nameOf(made, options.fingerprint) });
  let finished = false;
  try {
    const begun = writer.jobs;
    const [failedBefore] = failuresIn(writer.remarks);
    if (onBadFile === 'fail' && failedBefore !== undefined) throw refused(failedBefore, made);
    const total = jobs.reduce((n, job) => n + job.clips.length, 0);
    const resumed = jobs.slice(0, begun).reduce((n, job) => n + job.clips.length, 0);
    let done = resumed;
    options.onProgress?.(done, total);
    const remaining = jobs.slice(begun);
    const depth = Math.max(2, availableParallelism());
    const size = frameLength([info.frames, ...info.frame]) * (info.dtype === 'uint8' ? 1 : 4);
    const streams = readAhead(remaining, depth, Math.max(1, Math.floor(BUFFER / size)), (job) => clipsOf(job, info));
    for await (const { job, items } of streams) {
      const range = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
      let failure: Failure | undefined;
      try {
        for await (const clip of items) {
          // A long array is read without a pause in which a signal could be heard.
          await turn();
          if (signal?.aborted) throw new Interrupted();
          if (clip instanceof Float32Array) widen(range, clip);
          writer.add(clip, job.entry.labels);
          options.onProgress?.(++done, total);
        }
      } catch (cause) {
        if (!(cause instanceof CdsvaeError) || cause.code !== 'input') throw cause;
        failure = { name: job.entry.name, reason: reasonOf(cause, job.entry.path), clips: job.clips.length };
        if (onBadFile === 'fail') throw refused(failure, made);
        writer.drop();
      }
      writer.endJob(job.split, [failure ?? (range[0]! <= range[1]! ? range : null)]);
    }
    const remarks = writer.remarks;
    const ranges = remarks.filter((r): r is [number, number] => Array.isArray(r));
    const { lost, gone } = lostFiles(failuresIn(remarks), jobs);
    const skipped = [...made.bad, ...lost];
    const { train, validation, test } = writer.rows;
    if (train < 2) {
      const held = validation + test;
      const shares = held > 0 ? [`${held} held out for validation and test: lower their shares or add clips`] : [];
      const why = skipped.slice(0, 3).map((file) => `${file.name}: ${file.reason}`);
      const left = `${counted(train, 'clip')} left to train on, at least 2 expected`;
      throw new CdsvaeError('input', [`${info.name}: ${left}`, ...shares, ...why].join('; '));
    }
    const range = overall(ranges, info.range);
    const splits = writer.finish({ range });
    finished = true;
    return {
      folder: writer.folder,
      info: { ...info, range },
      splits,
      sources: made.sources - gone,
      skipped,
      notes: made.notes,
      resumed,
    };
  } catch (error) {
    const kept = error instanceof Interrupted || (error instanceof CdsvaeError && error.code === 'io');
    if (!kept) throw error;
    writer.pause();
    finished = true;
    if (!(error instanceof Interrupted)) throw error;
    throw new CdsvaeError('stopped', `${info.name}: stopped; run it again to go on from there`);
  } finally {
    if (!finished) writer.abort();
  }
}

/** A job that failed: its file, and how many clips it was to give. */
interface Failure extends BadFile {
  readonly clips: number;
}

function failuresIn(remarks: readonly unknown[]): Failure[] {
  return remarks.filter((r): r is Failure => typeof r === 'object' && r !== null && 'reason' in r);
}

/** Files that failed, with the first reason of each; `gone`: how many of them there is nothing of. */
function lostFiles(failures: readonly Failure[], jobs: readonly Job[]): { lost: BadFile[]; gone: number } {
  const planned = new Map<string, number>();
  for (const { entry, clips } of jobs) planned.set(entry.name, (planned.get(entry.name) ?? 0) + clips.length);
  const missing = new Map<string, Failure>();
  for (const failure of failures) {
    const { clips = 0, reason = failure.reason } = missing.get(failure.name) ?? {};
    missing.set(failure.name, { name: failure.name, reason, clips: clips + failure.clips });
  }
  const all = [...missing.values()];
  const inPart = ({ name, clips }: Failure) => clips < planned.get(name)!;
  const lost = all.map((file): BadFile => {
    const { name, reason, clips } = file;
    return { name, reason: inPart(file) ? `${clips} of ${planned.get(name)} clips left out: ${reason}` : reason };
  });
  return { lost, gone: all.filter((file) => !inPart(file)).length };
}

/** Tells this work from any other: half-made work of another name is no use. */
function nameOf({ info, jobs }: Plan, files: string): string {
  const hash = createHash('sha256').update(JSON.stringify([files, info]));
  for (const { entry, split, clips } of jobs) {
    hash.update(JSON.stringify([entry.name, entry.labels, split, clips.length]));
    for (const { sequence, frames } of clips) hash.update(`${sequence}:${frames.join()};`);
  }
  return hash.digest('hex');
}

class Interrupted extends Error {}

async function* clipsOf(job: Job, info: DatasetInfo): AsyncGenerator<Uint8Array | Float32Array> {
  const source = await openClip(job.entry.path, job.entry.pictures);
  try {
    const [height = 0, width = 0, channels = 0] = info.frame;
    const fit = info.kind === 'video' ? { height, width, channels } : undefined;
    for (let i = 0; i < job.clips.length; ) {
      const { sequence } = job.clips[i]!;
      const cuts: (readonly number[])[] = [];
      while (job.clips[i]?.sequence === sequence) cuts.push(job.clips[i++]!.frames);
      yield* assemble(source.stream.bind(source), sequence, cuts, info, fit);
    }
  } finally {
    source.close();
  }
}

/** Reads a sequence once, and puts the frames that pass by into all the clips that want them. */
async function* assemble(
  stream: (sequence: number, frames: number[], fit?: PictureFit) => AsyncIterable<Uint8Array | Float32Array>,
  sequence: number,
  cuts: readonly (readonly number[])[],
  info: DatasetInfo,
  fit: PictureFit | undefined,
): AsyncGenerator<Uint8Array | Float32Array> {
  const length = frameLength(info.frame);
  // Not by a set, which holds 2^24 at most: a long array has more frames.
  const all = Float64Array.from(cuts.flat()).sort();
  const wanted = Array.from(all.filter((t, i) => i === 0 || t !== all[i - 1]));
  const open = new Map<number, { clip: Uint8Array | Float32Array; left: number }>();
  let first = 0;
  let i = 0;
  for await (const values of stream(sequence, wanted, fit)) {
    const t = wanted[i++]!;
    for (let c = first; c < cuts.length; c++) {
      const frames = cuts[c]!;
      if (frames[0]! > t) break;
      if (frames.at(-1)! < t) continue;
      for (let k = frames.indexOf(t); k >= 0 && frames[k] === t; k++) {
        const size = info.frames * length;
        const state = open.get(c) ?? { clip: fit ? new Uint8Array(size) : new Float32Array(size), left: info.frames };
        state.clip.set(values, k * length);
        state.left--;
        open.set(c, state);
      }
    }
    // In their order, whichever is whole first.
    for (let state = open.get(first); state !== undefined && state.left === 0; state = open.get(first)) {
      open.delete(first++);
      yield state.clip;
    }
  }
}

function widen(range: number[], values: Float32Array): void {
  for (const v of values) {
    if (v < range[0]!) range[0] = v;
    if (v > range[1]!) range[1] = v;
  }
}

/** Lowest and highest of all; where everything is one number, a little above it, because a range must be one. */
function overall(ranges: readonly (readonly [number, number])[], known: readonly [number, number]): [number, number] {
  if (ranges.length === 0) return [known[0], known[1]];
  const low = ranges.reduce((a, r) => Math.min(a, r[0]), Number.POSITIVE_INFINITY);
  const high = ranges.reduce((a, r) => Math.max(a, r[1]), Number.NEGATIVE_INFINITY);
  return [low, high > low ? high : low + 1];
}

function refused(file: BadFile, { info, bad }: Plan): CdsvaeError {
  const more = bad.length > 1 ? ` (and ${bad.length - 1} more)` : '';
  return new CdsvaeError(
    'input',
    `${info.name}: ${file.name}: ${file.reason}${more}; mend or remove it, or skip bad files`,
  );
}
