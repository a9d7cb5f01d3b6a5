import { Stopped } from './failure.js';
import type { CommonFlags, Io } from './io.js';
import { createProgress, type Progress } from './progress.js';
import { stopRequest } from './supervise.js';

/** What work is given to be stopped by and to be seen by. */
export interface Stoppable {
  readonly signal: AbortSignal;
  readonly progress: Progress | undefined;
  /** Seconds since it began. */
  readonly seconds: () => number;
}

/**
 * Runs work with progress on stderr that a signal stops. Progress has ended when it returns: the result can be told.
 *
 * @param kept what is said where it is stopped by a signal
 * @throws Stopped where it was; whatever the work throws
 *
 * @example
 * const report = await stoppable(io, flags, 'nothing was kept', ({ signal }) => prepare({ signal }));
 */
export async function stoppable<R>(
  io: Io,
  flags: CommonFlags,
  kept: string,
  work: (given: Stoppable) => Promise<R>,
): Promise<R> {
  const progress = commandProgress(io, flags);
  const request = stopRequest();
  const begun = performance.now();
  try {
    return await work({ signal: request.abort, progress, seconds: () => (performance.now() - begun) / 1000 });
  } catch (error) {
    const signal = request.by();
    if (signal !== undefined) throw new Stopped(signal, `stopped by ${signal}; ${kept}`);
    throw error;
  } finally {
    progress?.done();
    request.close();
  }
}

/** Progress of a command as its flags want it; none with `--quiet`. */
export function commandProgress(io: Io, { quiet, json }: CommonFlags): Progress | undefined {
  return quiet ? undefined : createProgress(io.stderr, { json: json === true, env: io.env });
}
