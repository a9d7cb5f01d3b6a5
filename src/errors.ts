import { distance } from 'fastest-levenshtein';

/**
 * What went wrong, by kind. Stable: programs may match on it.
 *
 * - `usage`: an unknown command, flag, preset, setting or a value out of range
 * - `input`: a file or folder that is missing, damaged or of the wrong form
 * - `graph`: an operation was given tensors it cannot take
 * - `diverged`: a loss or gradient became NaN or infinite
 * - `busy`: another process is writing to the run folder
 * - `io`: a file could not be written (disk full, no permission)
 * - `stopped`: by the `AbortSignal` that was given, before there was a result
 * - `runtime`: the execution engine failed
 */
export type ErrorCode = 'usage' | 'input' | 'graph' | 'diverged' | 'busy' | 'io' | 'stopped' | 'runtime';

/** Process exit code of each kind of error, which `cdsvae --help` explains. */
export const EXIT_CODES: Record<ErrorCode, number> = {
  usage: 2,
  input: 3,
  graph: 1,
  diverged: 4,
  busy: 3,
  io: 3,
  stopped: 130,
  runtime: 1,
};

/**
 * The one error class of the library. Its message is written for a person: what was found, what was expected, what to do.
 *
 * @example
 * throw new CdsvaeError('input', 'clips.npy: 120 bytes of data found, 98304 expected; the file is cut short: copy it again');
 */
export class CdsvaeError extends Error {
  override readonly name = 'CdsvaeError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * `did you mean "beta"?` for the nearest valid names, or the whole list where none is near.
 *
 * @param name what was given
 * @param valid what could have been given
 */
export function nearest(name: string, valid: readonly string[]): string {
  const ranked = valid
    .map((v) => ({ v, d: distance(name.toLowerCase(), v.toLowerCase()) }))
    .sort((a, b) => a.d - b.d)
    .filter(({ v, d }) => d <= Math.max(2, Math.floor(v.length / 3)))
    .slice(0, 3)
    .map(({ v }) => `"${v}"`);
  return ranked.length > 0 ? `did you mean ${ranked.join(' or ')}?` : `valid: ${valid.join(', ')}`;
}
