import { type FileHandle, open } from 'node:fs/promises';
import { CdsvaeError } from '../../errors.js';
import { addLine, isLine } from './metrics.js';
import { Table } from './table.js';

/** The end of a log: enough for the last validation of most runs. */
const END = 1 << 19;
/** Steps over which the rate is taken. */
const RECENT = 50;

/** What the last lines of a log say. */
export interface Glance {
  /** The last step, also where its terms stand apart; undefined: none yet. */
  readonly step: number | undefined;
  /** Mean duration of the last steps. */
  readonly seconds: number | undefined;
  /** Terms of the last step, and of the last validation. */
  readonly terms: Readonly<Record<string, number | null>>;
  readonly validation: Readonly<Record<string, number | null>>;
}

const NOTHING: Glance = { step: undefined, seconds: undefined, terms: {}, validation: {} };

/** Glances at logs for a list of runs, which is asked for every few seconds: a log that is as it was is not read again. */
export class Glances {
  readonly #seen = new Map<string, { readonly version: string; readonly found: Glance }>();

  /** @throws CdsvaeError `input` for a line that is damaged */
  async at(path: string): Promise<Glance> {
    let file: FileHandle;
    try {
      file = await open(path);
    } catch {
      return NOTHING;
    }
    try {
      const { size, mtimeMs } = await file.stat();
      const version = `${size} ${mtimeMs}`;
      const seen = this.#seen.get(path);
      if (seen?.version === version) return seen.found;
      const found = await readEnd(file, size);
      this.#seen.set(path, { version, found });
      return found;
    } catch (cause) {
      if (!(cause instanceof SyntaxError)) throw cause;
      throw new CdsvaeError('input', `${path}: a damaged line: ${cause.message}`, { cause });
    } finally {
      await file.close();
    }
  }
}

/** @throws SyntaxError for a line that is damaged */
async function readEnd(file: FileHandle, size: number): Promise<Glance> {
  const tables = { train: new Table(), validation: new Table(), steps: new Table() };
  const from = Math.max(0, size - END);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(size - from), 0, size - from, from);
  const lines = buffer.toString('utf8', 0, bytesRead).split('\n').slice(0, -1);
  // The first one is cut where the log is longer.
  for (const line of (from > 0 ? lines.slice(1) : lines).map((text) => JSON.parse(text)))
    if (isLine(line)) addLine(tables, line);
  const { seconds: _, ...terms } = tables.train.last?.terms ?? {};
  return {
    step: tables.steps.last?.step,
    seconds: tables.steps.recent('seconds', RECENT),
    terms,
    validation: tables.validation.last?.terms ?? {},
  };
}
