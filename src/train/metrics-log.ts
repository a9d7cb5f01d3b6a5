import { CdsvaeError } from '../errors.js';
import { exists, type Files, nodeFiles, readWhole } from '../formats/durable.js';
import { AppendFile } from './append-file.js';

/** Anything JSON can hold. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** One line: the training steps done when it was written, and what was measured. */
export type MetricsLine = { step: number } & Record<string, Json>;

const NEWLINE = 10;

/**
 * `metrics.jsonl`: one JSON object a line, one line a training step and one an evaluation.
 *
 * Lines are only ever added. A checkpoint records how long the log was; a run resumed from it first cuts the log to that
 * length, and so writes the lines after it once, whatever the interrupted run had written of them.
 */
export class MetricsLog {
  readonly #file: AppendFile;

  private constructor(file: AppendFile) {
    this.#file = file;
  }

  /**
   * Opens the log, creating it where there is none, and drops all lines beyond `keepBytes`.
   *
   * A log that was deleted starts empty whatever `keepBytes` is: that is how to go on without one that was damaged.
   *
   * @param keepBytes its length as the checkpoint resumed from recorded it; 0 for a new run
   * @throws CdsvaeError `input` where the log is shorter than that, or no line ends there; `io` where it cannot be written
   */
  static open(path: string, keepBytes = 0, files: Files = nodeFiles): MetricsLog {
    const goesOn = keepBytes > 0 && exists(path, files);
    if (goesOn) checkLength(path, keepBytes, files);
    return new MetricsLog(new AppendFile(path, goesOn ? keepBytes : 0, files));
  }

  /**
   * Adds a line. NaN and infinities, which JSON lacks, become the strings `"NaN"`, `"Infinity"` and `"-Infinity"`.
   *
   * @throws CdsvaeError `io`; the log then is as it was before
   */
  append(line: MetricsLine): void {
    this.#file.append(Buffer.from(`${JSON.stringify(line, spellOut)}\n`));
  }

  /** Makes every line durable and returns the log's length in bytes, to be recorded in a checkpoint. @throws CdsvaeError `io` */
  sync(): number {
    return this.#file.sync();
  }

  /** Closes the log. @throws CdsvaeError `io` */
  close(): void {
    this.#file.close();
  }
}

/**
 * Reads a log, also one that is being written: a last line that is not whole yet is left out.
 *
 * @throws CdsvaeError `input` where there is no such file or a line is not a JSON object with a step
 */
export function readMetrics(path: string): MetricsLine[] {
  const bytes = readWhole(path);
  const lines: MetricsLine[] = [];
  // Line by line: the log of a long run is more than one string can hold.
  for (let from = 0, end = bytes.indexOf(NEWLINE); end >= 0; from = end + 1, end = bytes.indexOf(NEWLINE, from)) {
    lines.push(parseLine(bytes.toString('utf8', from, end), `${path}: line ${lines.length + 1}`));
  }
  return lines;
}

function parseLine(text: string, place: string): MetricsLine {
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch {}
  if (typeof line === 'object' && line !== null && 'step' in line && typeof line.step === 'number') {
    return line as MetricsLine;
  }
  const found = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  throw new CdsvaeError('input', `${place}: a JSON object with a step expected, found: ${found}`);
}

function checkLength(path: string, keepBytes: number, files: Files): void {
  const bytes = readWhole(path, files);
  const advice = 'the log was changed by another program; restore it, or delete it to go on without its lines';
  if (bytes.length < keepBytes) {
    throw new CdsvaeError(
      'input',
      `${path}: ${bytes.length} bytes found, at least ${keepBytes} expected by the checkpoint; ${advice}`,
    );
  }
  if (bytes[keepBytes - 1] !== NEWLINE) {
    throw new CdsvaeError(
      'input',
      `${path}: the end of a line expected by the checkpoint at byte ${keepBytes}; ${advice}`,
    );
  }
}

/** A number that the log spells out because JSON lacks it; undefined for all else. */
export function spelledOut(value: unknown): number | undefined {
  return value === 'NaN' || value === 'Infinity' || value === '-Infinity' ? Number(value) : undefined;
}

function spellOut(_: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}
