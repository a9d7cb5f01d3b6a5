import { CdsvaeError, EXIT_CODES } from '../../errors.js';
import { clean } from './clean.js';
import type { Io } from './io.js';
import { version } from './version.js';

/** Exit code of a process that a person or the system stopped: 128 + the number of the signal, as shells have it. */
export const STOPPED = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
export type StopSignal = keyof typeof STOPPED;

/** Thrown where a command was stopped before it had a result. */
export class Stopped extends Error {
  constructor(
    readonly signal: StopSignal,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Says what went wrong, and gives the exit code that goes with it.
 *
 * @param json also say it on stdout as `{"error":{"code","message"}}`
 */
export function reportFailure(io: Io, error: unknown, json: boolean): number {
  const { exit, code, message } = classify(error);
  io.stderr.write(`error: ${clean(message)}\n`);
  if (code === 'unexpected') {
    io.stderr.write(
      `This is a fault of cdsvae. Please report it, with the command and: cdsvae ${version()}, Node ${process.version}, ` +
        `${process.platform} ${process.arch}.${io.env.CDSVAE_DEBUG ? '' : ' CDSVAE_DEBUG=1 shows where it happened.'}\n`,
    );
  }
  if (io.env.CDSVAE_DEBUG === '1' && error instanceof Error) io.stderr.write(`${stackOf(error)}\n`);
  if (json) io.stdout.write(`${JSON.stringify({ error: { code, message } })}\n`);
  return exit;
}

function classify(error: unknown): { exit: number; code: string; message: string } {
  if (error instanceof CdsvaeError) {
    return { exit: EXIT_CODES[error.code], code: error.code, message: error.message };
  }
  if (error instanceof Stopped) return { exit: STOPPED[error.signal], code: 'stopped', message: error.message };
  return { exit: 1, code: 'unexpected', message: error instanceof Error ? error.message : String(error) };
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : '';
  return `${error.stack ?? error}${cause}`;
}
