import type { Command } from 'commander';
import { countProgress, type OnCount } from '../terminal/count-progress.js';
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
  readonly onProgress: OnCount;
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
 * Runs work with progress on stderr, and tells the result: `result` to machines, `lines` to people.
 *
 * @param phase what is being done, in a word
 * @param kept what is said where it is stopped by a signal
 * @param each sequences in one of the things that are counted; default 1
 */
export async function making<R extends object>(
  io: Io,
  flags: CommonFlags,
  { phase, kept, each }: { readonly phase: string; readonly kept: string; readonly each?: number },
  work: (making: Making) => Promise<{ readonly result: R; readonly lines: readonly string[] }>,
): Promise<void> {
  const progress = flags.quiet ? undefined : createProgress(io.stderr, { json: flags.json === true });
  const request = stopRequest();
  const begun = performance.now();
  const seconds = () => (performance.now() - begun) / 1000;
  const onProgress = countProgress(progress, phase, each);
  try {
    const { result, lines } = await work({ signal: request.abort, onProgress, progress, seconds });
    progress?.done([]);
    writeResult(io, flags, { ...result, seconds: seconds() }, lines);
  } catch (error) {
    progress?.done([]);
    const signal = request.by();
    if (signal !== undefined) throw new Stopped(signal, `stopped by ${signal}; ${kept}`);
    throw error;
  } finally {
    request.close();
  }
}
