import { type FileHandle, open } from 'node:fs/promises';
import { CdsvaeError } from '../../errors.js';
import { turn } from '../../turn.js';
import { Table } from './table.js';

/** Bytes read at once: between two pieces other requests are answered. */
const PIECE = 1 << 20;
/** Bytes before the end that are compared to see that a log only grew. */
const TAIL = 256;

/** A line of a log. */
interface Line {
  readonly step: number;
  readonly validation?: Record<string, unknown>;
  readonly whole?: unknown;
  readonly seconds?: unknown;
}

/** Whether a value is a line of a log. */
export function isLine(value: unknown): value is Line {
  return typeof value === 'object' && value !== null && 'step' in value && typeof value.step === 'number';
}

/** Adds a line of a log to the tables, to `steps` every step, also one whose terms stand apart. */
export function addLine(
  tables: { readonly train: Table; readonly validation: Table; readonly steps?: Table },
  { step, validation, whole, ...terms }: Line,
): void {
  if (validation) tables.validation.add(step, validation);
  else {
    if (!whole) tables.train.add(step, terms);
    tables.steps?.add(step, { seconds: terms.seconds });
  }
}

/** A run's `metrics.jsonl` in memory; each refresh reads only what was added. */
export class Metrics {
  train = new Table();
  validation = new Table();
  /** Changes whenever the tables do. */
  version = '0';
  #read = 0;
  #lines = 0;
  #tail = Buffer.alloc(0);
  #starts = 0;
  #going: Promise<void> = Promise.resolve();

  constructor(readonly path: string) {}

  /** Reads what was added since. @throws CdsvaeError `input` for a line that is damaged */
  refresh(): Promise<void> {
    const next = this.#going.catch(() => {}).then(() => this.#refresh());
    this.#going = next;
    return next;
  }

  async #refresh(): Promise<void> {
    let file: FileHandle;
    try {
      file = await open(this.path);
    } catch {
      this.#startAgain();
      return;
    }
    try {
      const { size } = await file.stat();
      // A resumed run cuts its log to what its checkpoint covers, and then writes other lines.
      if (size < this.#read || !(await this.#unchanged(file))) this.#startAgain();
      while (this.#read < size) {
        const { bytesRead, buffer } = await file.read(Buffer.alloc(PIECE), 0, PIECE, this.#read);
        const end = buffer.lastIndexOf(10, bytesRead - 1) + 1;
        // A last line that is not whole yet.
        if (bytesRead === 0 || end === 0) break;
        this.#take(buffer.subarray(0, end));
        this.#read += end;
        this.#tail = Buffer.concat([this.#tail, buffer.subarray(Math.max(0, end - TAIL), end)]).subarray(-TAIL);
        await turn();
      }
      this.version = `${this.#starts}-${this.#read}`;
    } finally {
      await file.close();
    }
  }

  async #unchanged(file: FileHandle): Promise<boolean> {
    const { length } = this.#tail;
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, this.#read - length);
    return buffer.equals(this.#tail);
  }

  #startAgain(): void {
    if (this.#read === 0) return;
    this.train = new Table();
    this.validation = new Table();
    this.#read = 0;
    this.#lines = 0;
    this.#tail = Buffer.alloc(0);
    this.#starts++;
    this.version = `${this.#starts}-0`;
  }

  #take(bytes: Buffer): void {
    const text = bytes.toString('utf8').slice(0, -1);
    let lines: unknown[];
    try {
      // One call for all of them is several times faster than one each.
      lines = JSON.parse(`[${text.replaceAll('\n', ',')}]`);
    } catch {
      lines = text.split('\n').map((line, i) => this.#parse(line, i));
    }
    // All before any is added: these will be read again once the damage is mended.
    const damaged = lines.findIndex((line) => !isLine(line));
    if (damaged >= 0) throw this.#damage(JSON.stringify(lines[damaged]), damaged);
    for (const line of lines as Line[]) addLine(this, line);
    this.#lines += lines.length;
  }

  #parse(line: string, index: number): unknown {
    try {
      return JSON.parse(line);
    } catch {
      throw this.#damage(line, index);
    }
  }

  #damage(line: string, index: number): CdsvaeError {
    const found = line.length > 60 ? `${line.slice(0, 60)}…` : line;
    return new CdsvaeError(
      'input',
      `${this.path}: line ${this.#lines + index + 1}: a JSON object with a step expected, found: ${found}`,
    );
  }
}
