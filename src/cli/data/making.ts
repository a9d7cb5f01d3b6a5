import type { Command } from 'commander';
import { countProgress, type OnCount } from '../terminal/count-progress.js';
import { type CommonFlags, type Io, writeResult } from '../terminal/io.js';
import { type Stoppable, stoppable } from '../terminal/stoppable.js';

/** Flags of every command that makes a dataset folder. */
export interface MakingFlags extends CommonFlags {
  readonly out: string;
  readonly overwrite?: boolean;
}

/** What the work of a command is given to be stopped by and to be seen by. */
export interface Making extends Stoppable {
  readonly onProgress: OnCount;
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
  const { result, lines, seconds } = await stoppable(io, flags, kept, async (given) => {
    const made = await work({ ...given, onProgress: countProgress(given.progress, phase, each) });
    return { ...made, seconds: given.seconds() };
  });
  writeResult(io, flags, { ...result, seconds }, lines);
}
