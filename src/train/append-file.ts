import { dirname } from 'node:path';
import { type Files, flushFolder, nodeFiles, writeFully, writing } from '../formats/durable.js';

/** A file that only grows, and is whole records long at any time its writer is alive. */
export class AppendFile {
  readonly path: string;
  readonly #files: Files;
  readonly #fd: number;
  #bytes: number;
  /** A record was written in part and could not be taken back. */
  #torn = false;
  #lost: unknown;

  /**
   * Opens the file, creating it where needed, and cuts off what is beyond `keep`.
   *
   * @param keep bytes that stay; the file must hold as many
   * @throws CdsvaeError `io`
   */
  constructor(path: string, keep: number, files: Files = nodeFiles) {
    this.path = path;
    this.#files = files;
    this.#bytes = keep;
    this.#fd = writing(path, () => files.openSync(path, 'a'));
    try {
      writing(path, () => {
        files.ftruncateSync(this.#fd, keep);
        files.fsyncSync(this.#fd);
      });
      flushFolder(dirname(path), files);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Adds a record. Not durable before {@link sync}. @throws CdsvaeError `io`; the record then is not in the file */
  append(record: Uint8Array): void {
    if (this.#torn) this.#takeBack();
    try {
      writing(this.path, () => writeFully(this.#fd, record, { files: this.#files }));
    } catch (error) {
      this.#torn = true;
      try {
        this.#takeBack();
      } catch {}
      throw error;
    }
    this.#bytes += record.byteLength;
  }

  /** Makes all records durable and returns the length in bytes. @throws CdsvaeError `io` */
  sync(): number {
    // After a failed flush the system may forget the bytes and report success the next time: it cannot be tried again.
    if (this.#lost !== undefined) throw this.#lost;
    try {
      writing(this.path, () => this.#files.fsyncSync(this.#fd));
    } catch (error) {
      this.#lost = error;
      throw error;
    }
    return this.#bytes;
  }

  /** Closes the file. @throws CdsvaeError `io` */
  close(): void {
    writing(this.path, () => this.#files.closeSync(this.#fd));
  }

  #takeBack(): void {
    writing(this.path, () => this.#files.ftruncateSync(this.#fd, this.#bytes));
    this.#torn = false;
  }
}
