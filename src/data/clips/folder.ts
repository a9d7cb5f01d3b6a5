/** Makes a dataset of a folder of the user's own clips: asked to, or on first use. */

import { createHash } from 'node:crypto';
import { basename, join, resolve } from 'node:path';
import { checkOneOf, checkRange, checkWhole } from '../../bounds.js';
import { CdsvaeError } from '../../errors.js';
import { exists } from '../../formats/durable.js';
import { shellWord } from '../../shell-word.js';
import { SOUND_FILE } from '../audio/read-sound.js';
import type { SplitName } from '../dataset.js';
import { FOLDER_FILES } from '../folder.js';
import { byFolder } from './by-folder.js';
import {
  cachedDataset,
  cacheOf,
  choicesOf,
  forgetPrepared,
  keepPrepared,
  preparedDataset,
  readPrepared,
} from './cache.js';
import type { Cutting } from './cut.js';
import { type Discovery, discover } from './discover.js';
import { type Plan, plan } from './plan.js';
import { type OnBadFile, type PrepareReport, prepare } from './prepare.js';
import { checkSide } from './sides.js';

/** Changes when the same files would be prepared otherwise. */
const VERSION = 3;

/** What {@link prepareClips} is told; what is left out is decided by what there is. */
export interface ClipsOptions {
  /** Folder of clips. */
  from: string;
  /** Dataset folder to be made. Default: the cache of `from`, where `openDataset(from)` finds it. */
  out?: string | undefined;
  /**
   * Replace a dataset folder that stands there. Of the one in the cache, which is always replaced: forget what was chosen for it.
   * Default false.
   */
  overwrite?: boolean | undefined;
  /** T. Default: the length of all where they have one of at most 32 frames, else 15, or the shortest if that is less. */
  frames?: number | undefined;
  /**
   * Side of pictures in pixels: 8, 16, 32, 64, 128 or 256. Default: that nearest to theirs where all are squares of one size, 64 at
   * most; else 64.
   */
  size?: number | undefined;
  /** `grey` or `colour` pictures. Default: grey where all are. */
  colour?: 'grey' | 'colour' | undefined;
  /** `cut`: clips one behind the other. `sample`: one clip spread over the whole. `auto`, the default: by length. */
  mode?: Cutting['mode'] | undefined;
  /** Frames from one of a clip to the next, for `cut`. Default 1. */
  stride?: number | undefined;
  /**
   * What the names of the first-level folders label, or of those below `train`, `test` and the like: what stays, what moves, or
   * nothing. Default `static`.
   */
  label?: 'static' | 'dynamic' | 'none' | undefined;
  /**
   * Shares of clips for validation and for test. Default a tenth each, none of what there is a folder named for. Where there is nothing
   * to validate on, the last tenth of train is.
   */
  validation?: number | undefined;
  test?: number | undefined;
  /** Fixes the split. Default 0. */
  seed?: number | undefined;
  /** Default `skip`. */
  onBadFile?: OnBadFile | undefined;
  /** Called once it is known what there is, before it is read. */
  onUnderstood?: ((understood: Understood) => void) | undefined;
  /** Called with files or clips done, and in all; the third says which: `read` headers, then `prepare` clips. */
  onProgress?: ((done: number, total: number, phase: 'read' | 'prepare') => void) | undefined;
  /** Stops it; what is done is kept, and gone on with the next time. */
  signal?: AbortSignal | undefined;
}

/** What may be chosen of a dataset, rather than left to be decided. */
export type ClipsChoices = Pick<ClipsOptions, (typeof CHOICES)[number]>;

const CHOICES = [
  'frames',
  'size',
  'colour',
  'mode',
  'stride',
  'label',
  'validation',
  'test',
  'seed',
  'onBadFile',
] as const;

/** What a folder holds, as understood from names and headers. */
export interface Understood {
  readonly plan: Plan;
  /** First-level folders that name a split, by their names. */
  readonly splits: Readonly<Record<string, SplitName>>;
  /** Files of kinds that hold no clips, by the end of their names. */
  readonly ignored: Discovery['ignored'];
}

/** What {@link prepareClips} made, or found made before. */
export interface ClipsReport extends PrepareReport {
  readonly ignored: Discovery['ignored'];
  /** What was chosen: by these options, or, for the cache, by those of the time before. */
  readonly choices: ClipsChoices;
  /** Whether it was there already, of the same files and options. */
  readonly cached: boolean;
}

/**
 * Makes a dataset of a folder of clips: animated GIF, WebP or PNG, folders of pictures, videos, `.npy` arrays or CSV tables,
 * in any depth of folders. Clips in folders named `train`, `validation` and `test` are for these. Done once: where `out` is left out and
 * neither files nor options have changed, what was made before is kept. Where nothing is chosen, what was chosen the time before still
 * holds, for files that have changed too.
 *
 * @throws CdsvaeError `input`: no clips, kinds mixed, or a bad file with `onBadFile: 'fail'`; `usage`: a dataset, a number out of
 *   bounds, a `size` that no model takes, `out` may not be replaced; `stopped`; `busy`, `io`
 *
 * @example
 * const { folder, splits, skipped } = await prepareClips({ from: 'holiday-videos', frames: 15, size: 64 });
 */
export async function prepareClips(options: ClipsOptions): Promise<ClipsReport> {
  checkChoices(options);
  const from = resolve(options.from);
  const { onUnderstood, onProgress, signal } = options;
  if (exists(join(from, FOLDER_FILES.manifest))) {
    throw new CdsvaeError(
      'usage',
      `${options.from} is a dataset already: cdsvae train ${shellWord(options.from)} trains on it`,
    );
  }
  const found = await discover(from);
  const cache = options.out === undefined ? cacheOf(from) : undefined;
  const before = cache === undefined ? undefined : choicesOf<ClipsChoices>(from);
  const chosen = chosenOf(options);
  const reused = before !== undefined && Object.keys(chosen).length === 0 && options.overwrite !== true;
  const choices = reused ? before : chosen;
  const { frames, size, colour, mode, stride, label = 'static', validation, test, seed, onBadFile = 'skip' } = choices;
  const all = { frames, size, colour, mode, stride, label, validation, test, seed, onBadFile };
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([VERSION, all, found.fingerprint]))
    .digest('hex');
  const kept = cache === undefined ? undefined : readPrepared<ClipsReport>(from, fingerprint);
  if (kept !== undefined) return { ...kept, folder: preparedDataset(from), cached: true };

  if (found.clips.length === 0) refuseRecordings(from, found.ignored);
  const { entries, factors, splits } = byFolder(found.clips, label);
  const named = new Set(Object.values(splits));
  // What folders hold of a split need not be drawn.
  const share = (name: SplitName, given: number | undefined) => given ?? (named.has(name) ? 0 : undefined);
  const shares = { validation: share('validation', validation), test: share('test', test) };
  const made = await plan(
    entries,
    {
      name: basename(from),
      factors,
      ...(frames !== undefined && { frames }),
      ...(size !== undefined && { size }),
      ...(colour !== undefined && { channels: colour === 'grey' ? 1 : 3 }),
      ...(mode !== undefined && { mode }),
      ...(stride !== undefined && { stride }),
      ...(shares.validation !== undefined && { validation: shares.validation }),
      ...(shares.test !== undefined && { test: shares.test }),
      ...(seed !== undefined && { seed }),
    },
    { signal, onProgress: (done, total) => onProgress?.(done, total, 'read') },
  );
  const whole = { ...made, bad: [...found.bad, ...made.bad] };
  onUnderstood?.({ plan: whole, splits, ignored: found.ignored });
  // Kept from the beginning: whoever goes on after a stop or a kill need not choose again.
  if (cache !== undefined) forgetPrepared(cache, choices);
  try {
    const report = await prepare(whole, {
      out: options.out ?? cachedDataset(from),
      overwrite: cache !== undefined || options.overwrite === true,
      fingerprint,
      onBadFile,
      onProgress: (done, total) => onProgress?.(done, total, 'prepare'),
      signal,
      about: `Clips of ${from}`,
    });
    const result: ClipsReport = { ...report, ignored: found.ignored, choices, cached: false };
    if (cache !== undefined) keepPrepared(from, fingerprint, result, choices);
    return result;
  } catch (error) {
    // Choices with which nothing can be made must not stand in the way of the next time.
    if (cache !== undefined && signal?.aborted !== true) forgetPrepared(cache, before);
    throw error;
  }
}

function checkChoices(options: ClipsOptions): void {
  const { frames, size, colour, mode, stride, label, validation, test, seed, onBadFile } = options;
  if (frames !== undefined) checkWhole('frames', frames, 2, 16384);
  if (size !== undefined) checkSide(size, 'size');
  if (stride !== undefined) checkWhole('stride', stride, 1);
  if (validation !== undefined) checkRange('validation', validation, 0, 0.5);
  if (test !== undefined) checkRange('test', test, 0, 0.5);
  if (seed !== undefined) checkWhole('seed', seed, 0);
  if (colour !== undefined) checkOneOf('colour', colour, ['grey', 'colour']);
  if (mode !== undefined) checkOneOf('mode', mode, ['auto', 'cut', 'sample']);
  if (label !== undefined) checkOneOf('label', label, ['static', 'dynamic', 'none']);
  if (onBadFile !== undefined) checkOneOf('onBadFile', onBadFile, ['skip', 'fail']);
}

/** The options that are choices, as far as they are given. */
function chosenOf(options: ClipsOptions): ClipsChoices {
  return Object.fromEntries(CHOICES.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])));
}

/** Where there are recordings and no clips, another command was meant. */
function refuseRecordings(from: string, ignored: Discovery['ignored']): void {
  const found = Object.entries(ignored).filter(([extension]) => SOUND_FILE.test(extension));
  if (found.length === 0) return;
  const files = found.map(([extension, count]) => `${count} ${extension}`).join(', ');
  throw new CdsvaeError(
    'input',
    `${from}: recordings found (${files}), no clips; cdsvae data speech ${shellWord(from)} --out DIR is for them`,
  );
}
