/** Answers that took long to find, kept in a file as they come: after a kill they need not be found again. */
import { closeSync, existsSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { writeFailure } from '../formats/system-errors.js';

/** A file of answers in their order, each a line of JSON. */
export class AnswerLog<R> {
  /** Those that were there already. */
  readonly kept: readonly R[];
  readonly #path: string;
  #fd: number | undefined;

  /** @throws CdsvaeError `io`: cannot be read or written */
  constructor(path: string) {
    this.#path = path;
    try {
      mkdirSync(dirname(path), { recursive: true });
      const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
      const kept: R[] = [];
      let sound = 0;
      for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', sound)) {
        try {
          kept.push(JSON.parse(text.slice(sound, end)));
        } catch {
          break; // Half written when the machine went down: found anew, with all after it.
        }
        sound = end + 1;
      }
      this.kept = kept;
      this.#fd = openSync(path, 'a');
      ftruncateSync(this.#fd, Buffer.byteLength(text.slice(0, sound)));
    } catch (cause) {
      throw writeFailure(path, cause);
    }
  }

  /** @throws CdsvaeError `io`: disk full and the like */
  add(answer: R): void {
    try {
      writeSync(this.#fd!, `${JSON.stringify(answer)}\n`);
    } catch (cause) {
      throw writeFailure(this.#path, cause);
    }
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }
}
