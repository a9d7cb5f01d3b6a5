/** Folders that are made to hold something, and go again where it comes to nothing. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { removeEmpty } from './durable.js';

/** The folders above a path. */
export class ParentFolders {
  readonly #path: string;
  /** The outermost of those that were made. */
  #made: string | undefined;

  /** @param path of what they hold, absolute */
  constructor(path: string) {
    this.#path = path;
  }

  /** Makes those that are missing. @throws the system's error */
  make(): void {
    this.#made = mkdirSync(dirname(this.#path), { recursive: true });
  }

  /** Removes those that were made, as far as nobody else has come to use them. */
  remove(): void {
    if (this.#made === undefined) return;
    for (let path = dirname(this.#path); path.length >= this.#made.length; path = dirname(path)) {
      if (!removeEmpty(path)) return;
    }
  }
}
