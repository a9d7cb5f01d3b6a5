import { EXIT_CODES } from '../../errors.js';
import { clean } from './clean.js';
import type { ProgressStream } from './progress.js';

/** What a command talks to; tests give their own. */
export interface Io {
  /** Results. */
  readonly stdout: { write(text: string): void };
  /** Progress, notes, errors. */
  readonly stderr: ProgressStream;
  readonly env: Record<string, string | undefined>;
  /** The arguments this process was started with, for a process like it. */
  readonly args: readonly string[];
}

/** Flags that every command has. */
export interface CommonFlags {
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Writes the result of a command: one line of JSON for a machine, text for a person. */
export function writeResult(io: Io, flags: CommonFlags, result: object, text: readonly string[]): void {
  io.stdout.write(flags.json ? `${JSON.stringify(result)}\n` : `${clean(text.join('\n'))}\n`);
}

/**
 * Makes streams that a command outlives: a pager that ends, a terminal that is closed or a full disk under a log must not take a training
 * with them. Results that could not be written are told of at the end, by one line and the exit code of what cannot be written.
 *
 * @example
 * surviveStreams(process.stdout, process.stderr);
 */
export function surviveStreams(stdout: NodeJS.WritableStream, stderr: NodeJS.WritableStream): void {
  stderr.on('error', () => {});
  stdout.once('error', ({ code, message }: NodeJS.ErrnoException) => {
    // Whoever reads no further wants no more; EIO: the terminal was closed.
    if (code === 'EPIPE' || code === 'EIO') return;
    stderr.write(`error: the result cannot be written: ${message}\n`);
    process.once('exit', () => {
      process.exitCode ||= EXIT_CODES.io;
    });
  });
  // Once said, it is not said again.
  stdout.on('error', () => {});
}
