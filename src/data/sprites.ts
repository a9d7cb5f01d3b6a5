/**
 * Sprites, the paper's dataset (§4.1): 1296 characters × 9 motions, 8 frames of 64×64 RGB, made from the sprite sheets
 * that Yingzhen Li collected.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { CdsvaeError } from '../errors.js';
import { readFailure } from '../formats/system-errors.js';
import { turn } from '../turn.js';
import type { DatasetInfo, SplitName } from './dataset.js';
import { compareDigest, readReference, verifyCharacters } from './sprites-reference.js';
import { CELL, CHOICES, choicesOf, composer, MOTIONS, PARTS, readSheets, SPRITES_FRAMES } from './sprites-sheets.js';
import { SPRITES_CHARACTERS, SPRITES_TRAIN_CHARACTERS, spritesPermutation } from './sprites-split.js';
import { DatasetWriter } from './writer.js';

/** Taken out of the official train characters, from their end; the test characters stay untouched. */
const VALIDATION_CHARACTERS = 100;

const names = Array.from({ length: CHOICES }, (_, i) => String(i));

const SPRITES_INFO: DatasetInfo = {
  name: 'sprites',
  corpus: 'sprites',
  kind: 'video',
  frames: SPRITES_FRAMES,
  frame: [CELL, CELL, 3],
  dtype: 'uint8',
  // As in the released code of the paper.
  divisor: 256,
  range: [0, 255 / 256],
  factors: [
    { name: 'action', type: 'dynamic', classes: MOTIONS.map((motion) => motion.name) },
    ...PARTS.map(({ factor }) => ({ name: factor, type: 'static' as const, classes: names })),
  ],
};

/** What {@link prepareSprites} is told. */
export interface SpritesOptions {
  /** Folder of sprite sheets: `body/0.png` … `5.png`, likewise `bottomwear`, `topwear`, `hair`; `shoes/1.png`. */
  from: string;
  /** Dataset folder to be made, 1.15 GB. */
  out: string;
  /** Replace a dataset folder that stands there. Default false. */
  overwrite?: boolean | undefined;
  /** Called with the number of characters done, and of all: 1296. */
  onProgress?: ((done: number, total: number) => void) | undefined;
  /** Stops it, leaving nothing behind. */
  signal?: AbortSignal | undefined;
}

/** What {@link prepareSprites} did. */
export interface SpritesReport {
  /** The dataset folder. */
  folder: string;
  /** Sequences of each split: 8100, 900, 2664. */
  splits: Record<SplitName, number>;
  /** Digests compared, all equal; 0 where the sheets came without `sprites-reference.json`. */
  digests: number;
}

/**
 * Makes the dataset folder of Sprites. Sequences stand character by character, each one's 9 motions in label order:
 * 900 train characters, 100 of validation, 296 of test, in the order of the official split. If `sprites-reference.json`
 * lies among the sheets, every digest in it is compared; `sprites-split.json`, likewise, must agree with the official split.
 *
 * @throws CdsvaeError `input`: sheets missing, damaged or not the paper's; `usage`: `out` may not be replaced; `stopped`
 *   by `signal`; `io`: cannot be written. Nothing is left of it then.
 */
export async function prepareSprites(options: SpritesOptions): Promise<SpritesReport> {
  const { from, out, overwrite = false, onProgress, signal } = options;
  const permutation = officialSplit(join(from, 'sprites-split.json'));
  const reference = readReference(join(from, 'sprites-reference.json'));
  const perCharacter = MOTIONS.length;
  const trainStop = (SPRITES_TRAIN_CHARACTERS - VALIDATION_CHARACTERS) * perCharacter;
  const validationStop = SPRITES_TRAIN_CHARACTERS * perCharacter;
  const count = SPRITES_CHARACTERS * perCharacter;
  const writer = new DatasetWriter(out, {
    info: SPRITES_INFO,
    count,
    splits: { train: [0, trainStop], validation: [trainStop, validationStop], test: [validationStop, count] },
    about: 'Sprites of "Disentangled Sequential Autoencoder" (Li and Mandt, 2018): 1296 characters × 9 motions',
    credit: 'Art of the Liberated Pixel Cup and jrconway3/Universal-LPC-spritesheet, sheets collected by Yingzhen Li',
    licence: 'CC-BY-SA-3.0 OR GPL-3.0',
    overwrite,
  });
  try {
    const sheets = await readSheets(from);
    let digests = reference === undefined ? 0 : verifyCharacters(sheets, reference);
    const place = new Map(permutation.map((id, position) => [id, position * perCharacter]));
    const motionsOf = composer(sheets, 'motions');
    const total = createHash('sha256');
    for (let id = 0; id < SPRITES_CHARACTERS; id++) {
      if (id % CHOICES === 0) await turnUnlessAborted(signal);
      const motions = motionsOf(id);
      if (reference !== undefined) total.update(motions);
      const choices = choicesOf(id);
      const labels = MOTIONS.flatMap((_, motion) => [motion, ...choices]);
      writer.write(place.get(id) ?? 0, motions, labels);
      onProgress?.(id + 1, SPRITES_CHARACTERS);
    }
    if (reference !== undefined) {
      compareDigest('all 1296 characters', reference.allSequencesSha256, total.digest('hex'));
      digests++;
    }
    writer.finish();
    return {
      folder: writer.folder,
      splits: { train: trainStop, validation: validationStop - trainStop, test: count - validationStop },
      digests,
    };
  } catch (error) {
    writer.abort();
    throw error;
  }
}

/** @throws CdsvaeError `stopped` */
async function turnUnlessAborted(signal: AbortSignal | undefined): Promise<void> {
  await turn();
  if (signal?.aborted) throw new CdsvaeError('stopped', 'sprites: stopped before it was whole; nothing was kept');
}

/** The official split; a copy of it that lies among the sheets must agree. */
function officialSplit(path: string): number[] {
  const permutation = spritesPermutation();
  if (!existsSync(path)) return permutation;
  let found: number[];
  try {
    found = z.object({ permutation: z.array(z.number()) }).parse(JSON.parse(readFileSync(path, 'utf8'))).permutation;
  } catch (cause) {
    if (!(cause instanceof SyntaxError || cause instanceof z.ZodError)) throw readFailure(path, cause);
    throw new CdsvaeError('input', `${path}: not a split in JSON; copy it again, or do without it`, { cause });
  }
  const differs = permutation.findIndex((id, i) => id !== found[i]);
  if (differs >= 0 || found.length !== permutation.length) {
    throw new CdsvaeError(
      'input',
      `${path}: not the official split (from entry ${Math.max(differs, 0)} on); copy it again, or do without it`,
    );
  }
  return permutation;
}
