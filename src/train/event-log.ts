import { join } from 'node:path';
import { type Files, namesIn, nodeFiles } from '../formats/durable.js';
import { fileVersionRecord, imageRecord, scalarsRecord, sessionStartRecord } from '../formats/tensorboard.js';
import { AppendFile } from './append-file.js';

/** TensorBoard takes every file with `tfevents` in its name, in the order of their names: the number counts the starts of a run. */
const EVENT_FILE = /^events\.out\.tfevents\.(\d{6})\.cdsvae$/;

/** Writes a run's curves and pictures for TensorBoard: a new event file each time the run is started. */
export class EventLog {
  readonly #file: AppendFile;
  readonly #clock: () => number;

  private constructor(file: AppendFile, clock: () => number) {
    this.#file = file;
    this.#clock = clock;
  }

  /**
   * Starts the next event file in a folder.
   *
   * @param folder the run folder
   * @param firstStep the first step that will be logged: what earlier files say of it and of later steps is discarded by
   *   TensorBoard. So what belongs to the step of a checkpoint is to be logged before the checkpoint is saved.
   * @param clock seconds since 1970
   * @throws CdsvaeError `io`
   */
  static start(
    folder: string,
    firstStep = 0,
    files: Files = nodeFiles,
    clock: () => number = () => Date.now() / 1000,
  ): EventLog {
    const earlier = namesIn(folder, files).flatMap((name) => EVENT_FILE.exec(name)?.[1] ?? []);
    const number = 1 + Math.max(0, ...earlier.map(Number));
    const path = join(folder, `events.out.tfevents.${String(number).padStart(6, '0')}.cdsvae`);
    const file = new AppendFile(path, 0, files);
    try {
      file.append(fileVersionRecord(clock()));
      if (number > 1) file.append(sessionStartRecord({ wallTime: clock(), step: firstStep }));
    } catch (error) {
      file.close();
      throw error;
    }
    return new EventLog(file, clock);
  }

  /** The file being written. */
  get path(): string {
    return this.#file.path;
  }

  /** Adds a point to each of several curves. @throws CdsvaeError `io` */
  scalars(step: number, values: Readonly<Record<string, number>>): void {
    this.#file.append(scalarsRecord({ wallTime: this.#clock(), step }, values));
  }

  /** Adds a picture. @throws CdsvaeError `input` where it is not a PNG file, `io` where it cannot be written */
  image(step: number, tag: string, png: Uint8Array): void {
    this.#file.append(imageRecord({ wallTime: this.#clock(), step }, tag, png));
  }

  /** Makes everything logged durable. @throws CdsvaeError `io` */
  sync(): void {
    this.#file.sync();
  }

  /** Closes the file. @throws CdsvaeError `io` */
  close(): void {
    this.#file.close();
  }
}
