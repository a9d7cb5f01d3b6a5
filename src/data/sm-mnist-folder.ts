/** SM-MNIST on disk: as many sequences of the endless source as asked for. */
import { dirname } from 'node:path';
import { CdsvaeError } from '../errors.js';
import { turn } from '../turn.js';
import { SPLIT_NAMES, type SplitName, sequenceLength } from './dataset.js';
import { checkDiskRoom } from './disk-room.js';
import { GrowingWriter } from './growing-writer.js';
import { openSmMnist } from './sm-mnist.js';

/** What {@link prepareSmMnist} is told. */
export interface SmMnistFolderOptions {
  /** Dataset folder to be made. */
  out: string;
  /** Sequences to train on, from 2; a tenth as many (at least one) each for validation and test. Default 10,000. */
  sequences?: number | undefined;
  /** T, 1 to 16384. Default 15. */
  frames?: number | undefined;
  /** Data seed. Default 0: the sequences that training on `sm-mnist` with seed 0 sees first. */
  seed?: number | undefined;
  /** Replace a dataset folder that stands there. Default false. */
  overwrite?: boolean | undefined;
  /** Called with sequences made, and in all. */
  onProgress?: ((done: number, total: number) => void) | undefined;
  /** Stops it; what is done is kept, and gone on with the next time. */
  signal?: AbortSignal | undefined;
}

/** What {@link prepareSmMnist} made. */
export interface SmMnistFolderReport {
  readonly folder: string;
  readonly splits: Readonly<Record<SplitName, number>>;
}

/** Sequences drawn at once. */
const BATCH = 32;

/**
 * Makes a dataset folder of SM-MNIST. The same options make the same bytes.
 *
 * @throws CdsvaeError `usage`: an option out of range; `stopped`; `busy`; `io`: no room for it on the disk, or it cannot be written
 */
export async function prepareSmMnist(options: SmMnistFolderOptions): Promise<SmMnistFolderReport> {
  const { out, sequences = 10_000, seed = 0, onProgress, signal } = options;
  if (!Number.isSafeInteger(sequences) || sequences < 2) {
    throw new CdsvaeError('usage', `sm-mnist: ${sequences} sequences asked for, at least 2 expected`);
  }
  const data = openSmMnist({ seed, ...(options.frames !== undefined && { frames: options.frames }) });
  const { info } = data;
  const tenth = Math.max(1, Math.floor(sequences / 10));
  const counts: Record<SplitName, number> = { train: sequences, validation: tenth, test: tenth };
  const total = sequences + 2 * tenth;
  const writer = new GrowingWriter(out, {
    info,
    fingerprint: JSON.stringify(['sm-mnist', info, counts, seed]),
    about: 'Stochastic Moving MNIST (Denton and Fergus, 2018): two digits that bounce off walls at random',
    credit: 'Digits of MNIST: LeCun, Cortes and Burges',
    ...(options.overwrite !== undefined && { overwrite: options.overwrite }),
  });
  try {
    const begun = writer.jobs;
    let done = 0;
    let job = 0;
    const length = sequenceLength(info);
    if (begun === 0) checkDiskRoom(dirname(writer.folder), total * length);
    for (const name of SPLIT_NAMES) {
      const split = data.split(name)!;
      for (let i = 0; i < counts[name]; i += BATCH) {
        const indices = Array.from({ length: Math.min(BATCH, counts[name] - i) }, (_, k) => i + k);
        done += indices.length;
        if (job++ < begun) continue;
        const x = new Uint8Array(indices.length * length);
        split.read(indices, x);
        const labels = Array.from(split.labels(indices));
        for (const k of indices.keys()) {
          writer.add(x.subarray(k * length, (k + 1) * length), labels.slice(2 * k, 2 * k + 2));
        }
        writer.endJob(name);
        onProgress?.(done, total);
        // Lets signals have their turn.
        await turn();
        if (signal?.aborted) {
          writer.pause();
          throw new CdsvaeError('stopped', 'sm-mnist: stopped; run it again to go on from there');
        }
      }
    }
    writer.finish();
    return { folder: writer.folder, splits: counts };
  } catch (error) {
    if (!signal?.aborted) writer.abort();
    throw error;
  }
}
