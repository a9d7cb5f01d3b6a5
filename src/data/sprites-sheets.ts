/**
 * Sprite sheets into characters: the art of the Liberated Pixel Cup as Li and Mandt ("Disentangled Sequential
 * Autoencoder", 2018) composed it.
 *
 * A sheet is 832×1344 pixels: 13 columns × 21 rows of cells of 64×64. A character is five sheets laid over opaque black.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { CdsvaeError } from '../errors.js';

/** Side of a cell, in pixels. */
export const CELL = 64;
/** Size of a sheet, in pixels. */
const SHEET = { width: 13 * CELL, height: 21 * CELL } as const;
/** What a character may choose from, lowest layer first: the folder of each part, and the factor it makes. */
export const PARTS = [
  { folder: 'body', factor: 'skin' },
  { folder: 'bottomwear', factor: 'trousers' },
  { folder: 'topwear', factor: 'top' },
  { folder: 'hair', factor: 'hair' },
] as const;
const PARTS_TEXT = 'body, bottomwear, topwear, hair (0.png to 5.png each) and shoes (1.png)';
/** Choices of each part. */
export const CHOICES = 6;
/** T. */
export const SPRITES_FRAMES = 8;

/** Row of each direction, and the column of each of the 8 frames. */
const ACTIONS = [
  { name: 'walk', rows: { front: 10, left: 9, right: 11 }, columns: [8, 1, 2, 3, 4, 5, 6, 7] },
  { name: 'spellcast', rows: { front: 2, left: 1, right: 3 }, columns: [0, 1, 2, 3, 4, 5, 4, 6] },
  { name: 'slash', rows: { front: 14, left: 13, right: 15 }, columns: [0, 1, 2, 3, 4, 5, 4, 0] },
] as const;
const DIRECTIONS = ['front', 'left', 'right'] as const;

/** The 9 motions in label order, label = 3·action + direction: `walk front`, `walk left`, … `slash right`. */
export const MOTIONS = ACTIONS.flatMap(({ name, rows, columns }) =>
  DIRECTIONS.map((direction) => ({
    name: `${name} ${direction}`,
    cells: columns.map((column) => ({ row: rows[direction], column })),
  })),
);

/** Values in one sequence, uint8 `[8, 64, 64, 3]`. */
export const SPRITES_SEQUENCE = SPRITES_FRAMES * CELL * CELL * 3;
/** Values in a character's motions, uint8 `[9, 8, 64, 64, 3]`. */
const SPRITES_CHARACTER = MOTIONS.length * SPRITES_SEQUENCE;

/**
 * A sheet's visible pixels. Most of a sheet is transparent, so laying these over a picture costs little: the whole
 * dataset is composed in seconds.
 */
export interface Layer {
  /** Where in an RGB picture each pixel's first value goes. */
  readonly offsets: Uint32Array;
  /** R, G, B, alpha of each pixel. */
  readonly rgba: Uint8Array;
}

/** One sheet, as the whole picture `[1344, 832, 3]` and as the 9 motions `[9, 8, 64, 64, 3]` cut from it. */
export interface Sheet {
  readonly whole: Layer;
  readonly motions: Layer;
}

/** All sheets that characters are made of. */
export interface Sheets {
  /** By part, in the order of {@link PARTS}, then by choice. */
  readonly parts: readonly (readonly Sheet[])[];
  /** Everyone wears the same. */
  readonly shoes: Sheet;
}

/**
 * Reads the 25 sheets needed: `body/0.png` … `hair/5.png` and `shoes/1.png`.
 *
 * @param folder the one that holds `body`, `bottomwear`, `topwear`, `hair` and `shoes`
 * @throws CdsvaeError `input`: a sheet is missing, damaged or of another size
 */
export async function readSheets(folder: string): Promise<Sheets> {
  const choices = Array.from({ length: CHOICES }, (_, i) => i);
  const forms = {
    whole: Uint32Array.from({ length: SHEET.width * SHEET.height }, (_, i) => i),
    motions: motionPixels(),
  };
  const read = (part: string, choice: number) => readSheet(join(folder, part, `${choice}.png`), forms);
  const shoes = await read('shoes', 1);
  const parts: Sheet[][] = [];
  for (const part of PARTS) parts.push(await Promise.all(choices.map((i) => read(part.folder, i))));
  return { parts, shoes };
}

async function readSheet(path: string, forms: Record<keyof Sheet, Uint32Array>): Promise<Sheet> {
  if (!existsSync(path)) {
    throw new CdsvaeError('input', `${path}: not found; give the folder that holds ${PARTS_TEXT}`);
  }
  let image: { data: Uint8Array; info: { width: number; height: number; channels: number } };
  try {
    image = await sharp(path).toColourspace('srgb').ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CdsvaeError('input', `${path}: not a picture that can be read (${why}); copy it again`, { cause });
  }
  const { data, info } = image;
  if (info.width !== SHEET.width || info.height !== SHEET.height || info.channels !== 4) {
    throw new CdsvaeError(
      'input',
      `${path}: a picture of ${info.width}×${info.height} found, a sprite sheet of ${SHEET.width}×${SHEET.height} expected`,
    );
  }
  return { whole: layer(data, forms.whole), motions: layer(data, forms.motions) };
}

/** For each pixel of `[9, 8, 64, 64]`, the pixel of the sheet it comes from. */
function motionPixels(): Uint32Array {
  const pixels = new Uint32Array(SPRITES_CHARACTER / 3);
  let to = 0;
  for (const { row, column } of MOTIONS.flatMap(({ cells }) => cells)) {
    for (let y = row * CELL; y < (row + 1) * CELL; y++) {
      for (let x = column * CELL; x < (column + 1) * CELL; x++) pixels[to++] = y * SHEET.width + x;
    }
  }
  return pixels;
}

/** The visible ones of these pixels of a sheet, RGBA `[1344, 832, 4]`. */
function layer(sheet: Uint8Array, pixels: Uint32Array): Layer {
  const visible = pixels.reduce((n, pixel) => n + (sheet[4 * pixel + 3] === 0 ? 0 : 1), 0);
  const offsets = new Uint32Array(visible);
  const rgba = new Uint8Array(4 * visible);
  let to = 0;
  for (let i = 0; i < pixels.length; i++) {
    const from = 4 * pixels[i]!;
    if (sheet[from + 3] === 0) continue;
    offsets[to] = 3 * i;
    rgba.set(sheet.subarray(from, from + 4), 4 * to++);
  }
  return { offsets, rgba };
}

/** Lays a layer over an opaque RGB picture: per value round((src·a + dst·(255 − a)) / 255). */
export function overlay(picture: Uint8Array, { offsets, rgba }: Layer): void {
  for (let i = 0; i < offsets.length; i++) {
    const alpha = rgba[4 * i + 3]!;
    const at = offsets[i]!;
    for (let c = 0; c < 3; c++) {
      const source = rgba[4 * i + c]!;
      picture[at + c] = Math.round((source * alpha + picture[at + c]! * (255 - alpha)) / 255);
    }
  }
}

/** The choice of each part, in the order of {@link PARTS}, of a character: id = body·216 + bottom·36 + top·6 + hair. */
export function choicesOf(id: number): number[] {
  return PARTS.map((_, part) => Math.floor(id / CHOICES ** (PARTS.length - 1 - part)) % CHOICES);
}

/**
 * Composes characters one after another. Ascending ids are fastest: what a character shares with the one before is kept.
 *
 * @param form `motions`: uint8 `[9, 8, 64, 64, 3]`; `whole`: the full sheet, uint8 `[1344, 832, 3]`
 * @returns a function from id to picture, which is overwritten by the next call
 */
export function composer(sheets: Sheets, form: keyof Sheet): (id: number) => Uint8Array {
  const size = form === 'motions' ? SPRITES_CHARACTER : SHEET.width * SHEET.height * 3;
  const black = new Uint8Array(size);
  const stages = PARTS.map(() => new Uint8Array(size));
  const picture = new Uint8Array(size);
  let previous: number[] = [];
  return (id) => {
    const choices = choicesOf(id);
    const changed = choices.findIndex((choice, part) => choice !== previous[part]);
    for (let part = changed < 0 ? PARTS.length : changed; part < PARTS.length; part++) {
      const stage = stages[part]!;
      stage.set(part === 0 ? black : stages[part - 1]!);
      overlay(stage, sheets.parts[part]![choices[part]!]![form]);
    }
    previous = choices;
    picture.set(stages[PARTS.length - 1]!);
    overlay(picture, sheets.shoes[form]);
    return picture;
  };
}
