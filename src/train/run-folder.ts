import { dirname, join } from 'node:path';
import { CdsvaeError } from '../errors.js';
import {
  discard,
  exists,
  type Files,
  makeFolder,
  namesIn,
  nodeFiles,
  readWhole,
  removeEmpty,
  temporaryName,
  writeAtomic,
} from '../formats/durable.js';
import { RUN_NAMES, runPaths } from '../formats/run-paths.js';
import {
  type Checkpoint,
  type DamagedCheckpoint,
  loadNewest,
  pruneCheckpoints,
  recoverCheckpoints,
  saveCheckpoint,
} from './checkpoint.js';
import { EventLog } from './event-log.js';
import { isLockName, RunLock } from './lock.js';
import { MetricsLog } from './metrics-log.js';

/** What a test may put in the place of disk and clock. */
export interface RunFolderOptions {
  /** File operations; default: Node's. */
  files?: Files | undefined;
  /** Seconds since 1970, for TensorBoard; default: the system's clock. */
  clock?: (() => number) | undefined;
}

/** A run that ended, held by this process and as it was left, until it goes on. */
export interface InterruptedRun {
  /** The run's settings, the text of config.yaml. */
  readonly config: string;
  /** Where to go on from; `undefined`: from the start, as the run ended before its first checkpoint. */
  readonly checkpoint: Checkpoint | undefined;
  /** Newer checkpoints that did not verify, newest first. */
  readonly damaged: DamagedCheckpoint[];
  /**
   * Takes the run up: cuts its logs to what the checkpoint covers.
   *
   * @param config settings to go on with; default: those it has
   * @throws CdsvaeError `input` where its log is damaged, `io` where it cannot be written; the run is then let go
   */
  goOn(config?: string): RunFolder;
  /** Lets go of the run. @throws CdsvaeError `io` */
  close(): void;
}

const CONFIG = RUN_NAMES.config;

/**
 * A run folder open for writing, by this process alone.
 *
 * Nothing is lost if the process is killed at any moment: {@link RunFolder.interrupted} gives the last checkpoint, and the
 * run goes on with its logs cut to what it covers. For that, log all of a step before saving the checkpoint of that step.
 *
 * @example
 * const run = RunFolder.create('runs/sprites', 'seed: 1\n');
 * run.metrics.append({ step: 1, loss: 0.5 });
 * run.save({ step: 1, tensors: { weights }, state: { best: 0.5 } });
 * run.close();
 */
export class RunFolder {
  readonly path: string;
  /** Where everything is. */
  readonly paths: ReturnType<typeof runPaths>;
  /** The run's settings, the text of config.yaml. */
  readonly config: string;
  readonly metrics: MetricsLog;
  readonly events: EventLog;
  readonly #lock: RunLock;
  readonly #files: Files;
  /** Whether the folder was there before the run. */
  readonly #existed: boolean;

  private constructor(
    path: string,
    config: string,
    lock: RunLock,
    { existed, ...kept }: Kept,
    { files = nodeFiles, clock }: RunFolderOptions,
  ) {
    this.path = path;
    this.paths = runPaths(path);
    this.config = config;
    this.#lock = lock;
    this.#files = files;
    this.#existed = existed;
    this.metrics = MetricsLog.open(this.paths.metrics, kept.metricsBytes, files);
    try {
      this.events = EventLog.start(path, kept.firstStep, files, clock);
    } catch (error) {
      this.metrics.close();
      throw error;
    }
  }

  /**
   * Starts a new run. The folder is made, with those above it; it may exist if it is empty.
   *
   * @param config the text of config.yaml, written first: a folder without it is no run
   * @throws CdsvaeError `usage` where the folder is not empty, or its name is; `busy` where another process is writing to it, `io` where it
   *   cannot be written; what was made is then removed
   */
  static create(path: string, config: string, options: RunFolderOptions = {}): RunFolder {
    const { files = nodeFiles } = options;
    checkNamed(path);
    const existed = exists(path, files);
    let lock: RunLock | undefined;
    try {
      makeFolder(path, files);
      lock = RunLock.acquire(path, files);
      refuseIfUsed(path, files);
    } catch (error) {
      release(lock);
      if (!existed) removeEmpty(path, files);
      throw error;
    }
    try {
      writeAtomic(join(path, CONFIG), config, files);
      return new RunFolder(path, config, lock, { existed, metricsBytes: 0, firstStep: 0 }, options);
    } catch (error) {
      takeAway(path, lock, existed, files);
      throw error;
    }
  }

  /**
   * A run that was interrupted, or that is to be continued: finishes what a crash left half done of its checkpoints, and loads the newest
   * that verifies. Its settings and logs are as they were until it goes on: whoever finds that it cannot has lost nothing.
   *
   * @throws CdsvaeError `input` where the folder is not a run or none of its checkpoints verifies; `busy` where another process
   *   is writing to it; `io` where it cannot be written
   */
  static interrupted(path: string, options: RunFolderOptions = {}): InterruptedRun {
    const { files = nodeFiles } = options;
    // Before the lock, which would leave a file in a folder that is none of ours.
    const config = readConfig(path, files);
    const lock = RunLock.acquire(path, files);
    try {
      recoverCheckpoints(path, files);
      const { checkpoint, damaged } = loadNewest(path, files);
      if (checkpoint === undefined && damaged.length > 0) throw allDamaged(path, damaged);
      const kept: Kept = {
        existed: true,
        metricsBytes: checkpoint?.metricsBytes ?? 0,
        firstStep: checkpoint === undefined ? 0 : checkpoint.step + 1,
      };
      const goOn = (changed = config) => {
        try {
          if (changed !== config) writeAtomic(join(path, CONFIG), changed, files);
          return new RunFolder(path, changed, lock, kept, options);
        } catch (error) {
          release(lock);
          throw error;
        }
      };
      return { config, checkpoint, damaged, goOn, close: () => lock.release() };
    } catch (error) {
      release(lock);
      throw error;
    }
  }

  /**
   * Makes the logs durable, then saves a checkpoint that covers them.
   *
   * @returns the checkpoint's folder
   * @throws CdsvaeError `io` where it cannot be written: earlier checkpoints are untouched
   */
  save(checkpoint: Omit<Checkpoint, 'metricsBytes'>): string {
    const metricsBytes = this.metrics.sync();
    this.events.sync();
    return saveCheckpoint(this.path, { ...checkpoint, metricsBytes }, this.#files);
  }

  /** Removes all checkpoints but those of these steps; keep the newest among them. @throws CdsvaeError `io` */
  prune(keepSteps: Iterable<number>): void {
    pruneCheckpoints(this.path, keepSteps, this.#files);
  }

  /**
   * Writes a file of the run, whole or not at all, making folders where needed.
   *
   * @param name its path within the folder, such as `samples/step-100.png`
   * @returns its path
   * @throws CdsvaeError `io`
   */
  write(name: string, content: string | Uint8Array): string {
    const path = join(this.path, name);
    makeFolder(dirname(path), this.#files);
    writeAtomic(path, content, this.#files);
    return path;
  }

  /** Makes the logs durable, closes them and lets other processes write to the folder. @throws CdsvaeError `io` */
  close(): void {
    try {
      this.metrics.sync();
      this.events.sync();
    } finally {
      try {
        this.metrics.close();
        this.events.close();
      } finally {
        this.#lock.release();
      }
    }
  }

  /** Takes the run away with all that is in it: for one that ended before anything was trained. Never throws. */
  discard(): void {
    for (const log of [this.metrics, this.events]) {
      try {
        log.close();
      } catch {}
    }
    takeAway(this.path, this.#lock, this.#existed, this.#files);
  }
}

/** What of an earlier start of the run stays. */
interface Kept {
  /** Whether the folder was there before. */
  existed: boolean;
  metricsBytes: number;
  firstStep: number;
}

/** Refuses a folder that a new run cannot have. @throws CdsvaeError `usage`: something is in it; `input`: it cannot be read */
export function checkNewRun(path: string): void {
  checkNamed(path);
  refuseIfUsed(path, nodeFiles);
}

/** A variable of a shell that is not set gives an empty name. */
function checkNamed(path: string): void {
  if (path === '') throw new CdsvaeError('usage', 'the name of the run folder is empty; give one by --out');
}

/** A folder in which an earlier start was killed before it wrote its settings counts as empty. */
function refuseIfUsed(path: string, files: Files): void {
  const names = namesIn(path, files).filter((name) => !isLockName(name) && name !== temporaryName(CONFIG));
  if (names.includes(CONFIG)) {
    throw new CdsvaeError(
      'usage',
      `${path} holds a run already: go on with it by --resume, or give another folder by --out`,
    );
  }
  if (names.length > 0) {
    const some = names.slice(0, 3).join(', ') + (names.length > 3 ? ', …' : '');
    throw new CdsvaeError('usage', `${path} is not empty (${some}): give another folder by --out`);
  }
}

function readConfig(path: string, files: Files): string {
  const file = join(path, CONFIG);
  if (!exists(file, files)) {
    throw new CdsvaeError('input', `${file}: no such file; the folder of a run that cdsvae train began is expected`);
  }
  return readWhole(file, files).toString('utf8');
}

function allDamaged(path: string, damaged: readonly DamagedCheckpoint[]): CdsvaeError {
  const list = damaged.map(({ error }) => `\n  ${error.message}`).join('');
  return new CdsvaeError('input', `${path}: none of the run's checkpoints can be used:${list}`);
}

/** Removes what is in the folder, and the folder where it did not exist before. */
function takeAway(path: string, lock: RunLock, existed: boolean, files: Files): void {
  for (const name of namesIn(path, files)) if (!isLockName(name)) discard(join(path, name), files);
  release(lock);
  if (!existed) removeEmpty(path, files);
}

/** After a failure, whose error is the one to report. */
function release(lock: RunLock | undefined): void {
  try {
    lock?.release();
  } catch {}
}
