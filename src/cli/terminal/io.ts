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
  io.stdout.write(flags.json ? `${JSON.stringify(result)}\n` : `${text.join('\n')}\n`);
}

/**
 * Makes a stream that outlives its reader: a pager or `head` that ends must not take a training with it.
 *
 * @example
 * surviveReader(process.stdout);
 */
export function surviveReader(stream: NodeJS.WritableStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // EIO: the terminal was closed.
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
  });
}
