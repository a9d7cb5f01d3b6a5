/** Factors of any number of sequences as `.npy` files. */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CdsvaeError } from '../errors.js';
import { exists, removeEmpty, writeAtomic } from '../formats/durable.js';
import { NpyWriter } from '../formats/npy-file.js';
import { writeFailure } from '../formats/system-errors.js';
import type { Model } from '../trained/model.js';
import { turn } from '../turn.js';
import type { OpenClips } from './clips.js';

export interface EncodeFilesOptions {
  /** Also log σ² of both factors. Default false. */
  readonly logvar?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** Says what each row is of; a folder of factors is known again by it. */
const ABOUT = 'sequences.json';
const ARRAYS = ['s.npy', 'z.npy', 's_logvar.npy', 'z_logvar.npy', 'labels.npy'] as const;

/** Sequences read and encoded at a time. */
const PIECE = 32;

/**
 * Writes the factors of sequences: `s.npy` `[N, d_s]` and `z.npy` `[N, T, d_m]`, the posterior's means, float32;
 * `s_logvar.npy` and `z_logvar.npy` where asked for; `labels.npy` int32 `[N, factors]` where the data has labels; and
 * `sequences.json`, what each row is of.
 *
 * The files of a folder belong together, row by row: those of an earlier call are all removed, other files stay. This
 * happens at the end, when all that takes long is done; a process killed there leaves some of the files, never a mix.
 *
 * @param folder is made where there is none
 * @returns the files, in the order above
 * @throws CdsvaeError `input`: a damaged file; `io`: cannot be written; `stopped`; `usage`: files of these
 *   names stand in the folder that no earlier call wrote
 *
 * @example
 * const clips = await openClips(['test'], { model, data: () => openDataset('data/sprites') });
 * await encodeFiles(model, clips, 'factors');
 */
export async function encodeFiles(
  model: Model,
  clips: OpenClips,
  folder: string,
  options: EncodeFilesOptions = {},
): Promise<string[]> {
  const { count, factors } = clips;
  const { frames, dynamic, static: width } = model.config;
  const existed = exists(folder);
  const writers: NpyWriter[] = [];
  try {
    checkFolder(folder);
    mkdirSync(folder, { recursive: true });
    const open = (name: (typeof ARRAYS)[number], dtype: 'float32' | 'int32', shape: readonly number[]) => {
      const writer = new NpyWriter(join(folder, name), dtype, [count, ...shape]);
      writers.push(writer);
      return writer;
    };
    const s = open('s.npy', 'float32', [width]);
    const z = open('z.npy', 'float32', [frames, dynamic]);
    const sLogvar = options.logvar ? open('s_logvar.npy', 'float32', [width]) : undefined;
    const zLogvar = options.logvar ? open('z_logvar.npy', 'float32', [frames, dynamic]) : undefined;
    const labels = factors.length > 0 ? open('labels.npy', 'int32', [factors.length]) : undefined;
    for (let i = 0; i < count; i += PIECE) {
      if (options.signal?.aborted) throw new CdsvaeError('stopped', `stopped after ${i} of ${count} sequences`);
      const end = Math.min(count, i + PIECE);
      const encoded = await model.encode(await clips.read(i, end));
      s.writeRows(i, encoded.s.data);
      z.writeRows(i, encoded.z.data);
      sLogvar?.writeRows(i, encoded.sLogvar.data);
      zLogvar?.writeRows(i, encoded.zLogvar.data);
      labels?.writeRows(i, clips.labels(i, end));
      options.onProgress?.(end, count);
      // Lets signals in: the engine blocks the event loop while it computes.
      await turn();
    }
    const about = { factors, sequences: Array.from({ length: count }, (_, i) => clips.name(i)) };
    const path = join(folder, ABOUT);
    for (const name of ARRAYS) rmSync(join(folder, name), { force: true });
    writeAtomic(path, `${JSON.stringify(about, null, 1)}\n`);
    for (const writer of writers) writer.finish();
    return [...writers.map((w) => w.path), path];
  } catch (cause) {
    for (const writer of writers) writer.abort();
    if (!existed) removeEmpty(folder);
    throw writeFailure(folder, cause);
  }
}

/** Refuses a folder in which files of our names are not ours. */
function checkFolder(folder: string): void {
  const found = [...ARRAYS, ABOUT].filter((name) => existsSync(join(folder, name)));
  if (found.length === 0 || isAbout(join(folder, ABOUT))) return;
  throw new CdsvaeError(
    'usage',
    `${folder}: holds ${found.join(', ')}, but not of an earlier encoding; give another folder`,
  );
}

function isAbout(path: string): boolean {
  try {
    const { factors, sequences } = JSON.parse(readFileSync(path, 'utf8'));
    return Array.isArray(factors) && Array.isArray(sequences);
  } catch {
    return false;
  }
}
