import type { Command } from 'commander';
import { Stopped } from '../terminal/failure.js';
import { type CommonFlags, type Io, writeResult } from '../terminal/io.js';
import { createProgress, type Progress } from '../terminal/progress.js';
import { stopRequest } from '../terminal/supervise.js';

/** Flags of every command that makes a dataset folder. */
export interface MakingFlags extends CommonFlags {
  readonly out: string;
  readonly overwrite?: boolean;
}

/** What the work of a command is given to be stopped by and to be seen by. */
export interface Making {
  readonly signal: AbortSignal;
  /** Things done, and in all; the third says what is being done, `read` or the like. */
  readonly onProgress: (done: number, total: number, phase?: string) => void;
  readonly progress: Progress | undefined;
  /** Seconds since it began. */
  readonly seconds: () => number;
}

/** Adds the flags of {@link MakingFlags}. */
export function makingFlags(command: Command, size: string): Command {
  return command
    .requiredOption('--out <dir>', `dataset folder to be made${size}`)
    .option('--overwrite', 'replace a dataset folder that stands there')
    .option('--json', 'the result as one line of JSON')
    .option('--quiet', 'no progress');
}

/**
 * Runs work with progress on stderr.
 *
 * @param phase what is being done, in a word
 * @param kept what is said where it is stopped by a signal
 * @param each sequences in one of the things that are counted; default 1
 */
export async function watched<R>(
  io: Io,
  flags: CommonFlags,
  { phase, kept, each = 1 }: { readonly phase: string; readonly kept: string; readonly each?: number },
  work: (making: Making) => Promise<R>,
): Promise<R> {
  const progress = flags.quiet ? undefined : createProgress(io.stderr, { json: flags.json === true });
  const request = stopRequest();
  const begun = performance.now();
  const seconds = () => (performance.now() - begun) / 1000;
  // Where work that was stopped is gone on with, what was there before says nothing of its speed.
  let first: { readonly phase: string; readonly done: number; readonly at: number } | undefined;
  const onProgress = (done: number, total: number, now = phase) => {
    if (first?.phase !== now) first = { phase: now, done, at: seconds() };
    const rate = (done - first.done) / Math.max(1e-9, seconds() - first.at);
    progress?.update({
      phase: now,
      step: done,
      steps: total,
      fraction: done / Math.max(1, total),
      secondsElapsed: seconds(),
      ...(rate > 0 && { secondsLeft: (total - done) / rate }),
      stepsPerSecond: rate,
      sequencesPerSecond: each * rate,
      terms: {},
    });
  };
  try {
    return await work({ signal: request.abort, onProgress, progress, seconds });
  } catch (error) {
    const signal = request.by();
    if (signal !== undefined) throw new Stopped(signal, `stopped by ${signal}; ${kept}`);
    throw error;
  } finally {
    progress?.done([]);
    request.close();
  }
}

/** As {@link watched}, and tells the result: `result` to machines, `lines` to people. */
export async function making<R extends object>(
  io: Io,
  flags: CommonFlags,
  what: Parameters<typeof watched>[2],
  work: (making: Making) => Promise<{ readonly result: R; readonly lines: readonly string[] }>,
): Promise<void> {
  const { result, lines, seconds } = await watched(io, flags, what, async (making) => ({
    ...(await work(making)),
    seconds: making.seconds(),
  }));
  writeResult(io, flags, { ...result, seconds }, lines);
}
