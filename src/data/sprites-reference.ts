/** Digests by which a copy of Sprites is known to be the paper's, to the byte (`sprites-reference.json`). */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { CdsvaeError } from '../errors.js';
import { readFailure } from '../formats/system-errors.js';
import { CELL, composer, MOTIONS, type Sheets, SPRITES_SEQUENCE } from './sprites-sheets.js';
import { SPRITES_CHARACTERS } from './sprites-split.js';

const digest = z.string().regex(/^[0-9a-f]{64}$/);
const byMotion = z.object(Object.fromEntries(MOTIONS.map(({ name }) => [name, digest])));
const schema = z.object({
  characters: z.record(
    z.string(),
    z.object({
      id: z
        .number()
        .int()
        .min(0)
        .max(SPRITES_CHARACTERS - 1),
      fullSheet: digest,
      sequences: byMotion,
      frame0: byMotion,
      motions9: digest,
    }),
  ),
  allSequencesSha256: digest,
});

/** The digests of some characters, and of all together. */
export type SpritesReference = z.infer<typeof schema>;

/**
 * Reads the digests.
 *
 * @returns nothing where there is no such file
 * @throws CdsvaeError `input`: unreadable or not in the form expected
 */
export function readReference(path: string): SpritesReference | undefined {
  if (!existsSync(path)) return undefined;
  try {
    return schema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    if (!(cause instanceof SyntaxError || cause instanceof z.ZodError)) throw readFailure(path, cause);
    const why = cause instanceof z.ZodError ? z.prettifyError(cause) : cause.message;
    throw new CdsvaeError('input', `${path}: not a list of digests (${why}); copy it again, or do without it`, {
      cause,
    });
  }
}

/**
 * Composes the characters that have digests and compares: full sheet, the 9 motions together, each sequence, and each
 * sequence's first frame.
 *
 * @returns how many digests were compared
 * @throws CdsvaeError `input`: the first one that differs
 */
export function verifyCharacters(sheets: Sheets, reference: SpritesReference): number {
  const motionsOf = composer(sheets, 'motions');
  const sheetOf = composer(sheets, 'whole');
  let count = 0;
  const compare = (what: string, expected: string | undefined, bytes: Uint8Array) => {
    compareDigest(what, expected, createHash('sha256').update(bytes).digest('hex'));
    count++;
  };
  for (const { id, fullSheet, motions9, sequences, frame0 } of Object.values(reference.characters)) {
    const all = motionsOf(id);
    for (const [label, { name }] of MOTIONS.entries()) {
      const sequence = all.subarray(label * SPRITES_SEQUENCE, (label + 1) * SPRITES_SEQUENCE);
      compare(`first frame of "${name}" of character ${id}`, frame0[name], sequence.subarray(0, CELL * CELL * 3));
      compare(`sequence "${name}" of character ${id}`, sequences[name], sequence);
    }
    compare(`motions of character ${id}`, motions9, all);
    compare(`full sheet of character ${id}`, fullSheet, sheetOf(id));
  }
  return count;
}

/**
 * @param what was hashed, for the error
 * @throws CdsvaeError `input`: they differ
 */
export function compareDigest(what: string, expected: string | undefined, found: string): void {
  if (found === expected) return;
  throw new CdsvaeError(
    'input',
    `Sprites, ${what}: SHA-256 ${found} found, ${expected} expected; a sheet differs from the paper's: copy the sheets ` +
      'again, or take sprites-reference.json away to use them as they are',
  );
}
