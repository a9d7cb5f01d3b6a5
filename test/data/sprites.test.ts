import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFolder } from '../../src/data/folder.js';
import { prepareSprites } from '../../src/data/sprites.js';
import {
  choicesOf,
  composer,
  MOTIONS,
  overlay,
  PARTS,
  readSheets,
  SPRITES_SEQUENCE,
} from '../../src/data/sprites-sheets.js';
import { spritesPermutation } from '../../src/data/sprites-split.js';

const SHEETS = join(import.meta.dirname, '..', '..', '..', 'shared', 'data', 'sprites-sheets');
const present = existsSync(SHEETS);

let root = '';
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'cdsvae-sprites-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Sheets of one colour each, transparent but for the cells' top left pixels: tiny files, the true geometry. */
async function plainSheets(folder: string): Promise<void> {
  const sheet = async (part: string, choice: number, colour: number[]) => {
    const pixels = Buffer.alloc(832 * 1344 * 4);
    for (let row = 0; row < 21; row++) {
      for (let column = 0; column < 13; column++) {
        pixels.set([...colour.slice(0, 2), row * 13 + column, 255], 4 * (row * 64 * 832 + column * 64));
      }
    }
    mkdirSync(join(folder, part), { recursive: true });
    const file = join(folder, part, `${choice}.png`);
    await sharp(pixels, { raw: { width: 832, height: 1344, channels: 4 } })
      .png()
      .toFile(file);
  };
  for (const [i, { folder: part }] of PARTS.entries()) {
    for (let choice = 0; choice < 6; choice++) await sheet(part, choice, [i, choice]);
  }
  await sheet('shoes', 1, [9, 9]);
}

describe('the rules', () => {
  it('split characters as numpy.random.seed(423) does', () => {
    const permutation = spritesPermutation();
    expect([...permutation].sort((a, b) => a - b)).toEqual(Array.from({ length: 1296 }, (_, i) => i));
    expect(createHash('sha256').update(permutation.join(',')).digest('hex')).toBe(
      'ac4371f7159005c5cc2e13e5db44b75cfe772da405e3ec269b64d058e16fe946',
    );
  });

  it('number characters and motions', () => {
    expect(choicesOf(0)).toEqual([0, 0, 0, 0]);
    expect(choicesOf(1 * 216 + 2 * 36 + 3 * 6 + 4)).toEqual([1, 2, 3, 4]);
    expect(choicesOf(1295)).toEqual([5, 5, 5, 5]);
    expect(MOTIONS.map((m) => m.name)).toEqual([
      ...['walk front', 'walk left', 'walk right'],
      ...['spellcast front', 'spellcast left', 'spellcast right'],
      ...['slash front', 'slash left', 'slash right'],
    ]);
  });

  it('lay a layer over a picture as alpha says', () => {
    for (let alpha = 1; alpha < 256; alpha++) {
      const picture = Uint8Array.of(1, 2, 3, 10, 200, 30);
      overlay(picture, { offsets: Uint32Array.of(3), rgba: Uint8Array.of(250, 3, 30, alpha) });
      const mix = (s: number, d: number) => Math.round((s * alpha + d * (255 - alpha)) / 255);
      expect(Array.from(picture)).toEqual([1, 2, 3, mix(250, 10), mix(3, 200), mix(30, 30)]);
    }
  });
});

describe('sheets', () => {
  it('are read, composed in order, and cut at the right cells', async () => {
    const from = join(root, 'plain');
    await plainSheets(from);
    const motions = composer(await readSheets(from), 'motions')(1295);
    for (const [label, { cells }] of MOTIONS.entries()) {
      for (const [t, { row, column }] of cells.entries()) {
        const at = label * SPRITES_SEQUENCE + t * 64 * 64 * 3;
        expect(Array.from(motions.subarray(at, at + 6))).toEqual([9, 9, (row * 13 + column) % 256, 0, 0, 0]);
      }
    }
  });

  it('that are missing, damaged or of another size are refused, and nothing is left', async () => {
    const from = join(root, 'bad');
    const out = join(root, 'bad-out');
    await plainSheets(from);
    const attempt = () => prepareSprites({ from, out });
    const sheet = join(from, 'hair', '3.png');
    rmSync(sheet);
    await expect(attempt()).rejects.toThrow(/hair[/\\]3\.png: not found; give the folder that holds body/);
    writeFileSync(sheet, 'not a picture');
    await expect(attempt()).rejects.toThrow(/hair[/\\]3\.png: not a picture that can be read/);
    writeFileSync(sheet, readFileSync(join(from, 'hair', '2.png')).subarray(0, 1000));
    await expect(attempt()).rejects.toThrow(/hair[/\\]3\.png: not a picture that can be read/);
    await sharp({ create: { width: 64, height: 32, channels: 3, background: 'red' } })
      .png()
      .toFile(sheet);
    await expect(attempt()).rejects.toThrow(/a picture of 64×32 found, a sprite sheet of 832×1344 expected/);
    copyFileSync(join(from, 'hair', '2.png'), sheet);
    writeFileSync(join(from, 'sprites-split.json'), '{"permutation": [1, 2, 3]}');
    await expect(attempt()).rejects.toThrow(/sprites-split\.json: not the official split/);
    writeFileSync(join(from, 'sprites-split.json'), '{');
    await expect(attempt()).rejects.toThrow(/sprites-split\.json: not a split in JSON/);
    rmSync(join(from, 'sprites-split.json'));
    writeFileSync(join(from, 'sprites-reference.json'), '{"characters": 1}');
    await expect(attempt()).rejects.toThrow(/sprites-reference\.json: not a list of digests/);
    rmSync(join(from, 'sprites-reference.json'));
    const stop = new AbortController();
    const onProgress = (done: number) => done === 100 && stop.abort();
    await expect(prepareSprites({ from, out, signal: stop.signal, onProgress })).rejects.toThrow(/stopped/);
    await expect(prepareSprites({ from: join(root, 'none'), out })).rejects.toThrow(/not found/);
    expect(readdirSync(root).filter((name) => name.includes('bad-out'))).toEqual([]);
  });
});

describe.skipIf(!present)('the paper’s sheets (skipped where ../shared/data/sprites-sheets is missing)', () => {
  it('become the paper’s dataset, to the byte', { timeout: 300_000 }, async () => {
    const out = join(root, 'sprites');
    let last = 0;
    const report = await prepareSprites({ from: SHEETS, out, onProgress: (done) => (last = done) });
    expect(last).toBe(1296);
    // 5 characters × (9 first frames + 9 sequences + motions + full sheet), and all together.
    expect(report).toEqual({ folder: out, splits: { train: 8100, validation: 900, test: 2664 }, digests: 101 });

    const data = openFolder(out);
    expect(data.info).toMatchObject({ corpus: 'sprites', frames: 8, frame: [64, 64, 3], dtype: 'uint8', divisor: 256 });
    expect(data.info.factors.map((f) => [f.name, f.type, f.classes.length])).toEqual([
      ['action', 'dynamic', 9],
      ['skin', 'static', 6],
      ['trousers', 'static', 6],
      ['top', 'static', 6],
      ['hair', 'static', 6],
    ]);
    // What stands in the file, found by its labels, has the digests of the reference: the order and labels are right.
    const reference = JSON.parse(readFileSync(join(SHEETS, 'sprites-reference.json'), 'utf8'));
    const { permutation } = JSON.parse(readFileSync(join(SHEETS, 'sprites-split.json'), 'utf8'));
    const digests = new Map<string, string>();
    const ids = new Set<number>();
    const starts = { train: 0, validation: 900, test: 1000 };
    const wanted = new Set<number>(Object.values<{ id: number }>(reference.characters).map((c) => c.id));
    const sequence = new Uint8Array(SPRITES_SEQUENCE);
    for (const name of ['train', 'validation', 'test'] as const) {
      const split = data.split(name);
      if (split === undefined) throw new Error(name);
      for (let i = 0; i < split.size; i++) {
        const [motion = 0, skin = 0, trousers = 0, top = 0, hair = 0] = split.labels([i]);
        const id = skin * 216 + trousers * 36 + top * 6 + hair;
        expect(id).toBe(permutation[starts[name] + Math.floor(i / 9)]);
        expect(motion).toBe(i % 9);
        ids.add(id);
        if (!wanted.has(id)) continue;
        split.read([i], sequence);
        digests.set(`${id} ${MOTIONS[motion]?.name}`, createHash('sha256').update(sequence).digest('hex'));
      }
    }
    data.close();
    expect(ids.size).toBe(1296);
    expect(digests.size).toBe(45);
    for (const { id, sequences } of Object.values<{ id: number; sequences: Record<string, string> }>(
      reference.characters,
    )) {
      for (const [motion, digest] of Object.entries(sequences)) expect(digests.get(`${id} ${motion}`)).toBe(digest);
    }
    rmSync(out, { recursive: true });
  });

  // Hair 5 is that of characters with digests of their own; hair 3 of none, so that only the total can tell.
  it.each([
    [5, /first frame of "walk front" of character \d+: SHA-256 [0-9a-f]{64} found, [0-9a-f]{64} expected/],
    [3, /all 1296 characters: SHA-256/],
  ])(
    'with one pixel of hair %i changed are refused, and nothing is left',
    { timeout: 300_000 },
    async (hair, pattern) => {
      const from = join(root, `changed-${hair}`);
      const out = join(root, 'changed-out');
      for (const name of readdirSync(SHEETS, { recursive: true, encoding: 'utf8' })) {
        if (!/\.(png|json)$/.test(name)) continue;
        mkdirSync(dirname(join(from, name)), { recursive: true });
        copyFileSync(join(SHEETS, name), join(from, name));
      }
      const sheet = join(from, 'hair', `${hair}.png`);
      const { data, info } = await sharp(sheet).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
      data.set([255, 0, 255, 255], 4 * ((10 * 64 + 32) * info.width + 8 * 64 + 32));
      rmSync(sheet);
      await sharp(data, { raw: { width: info.width, height: info.height, channels: 4 } })
        .png()
        .toFile(sheet);
      await expect(prepareSprites({ from, out })).rejects.toThrow(pattern);
      expect(readdirSync(root).filter((name) => name.includes('changed-out'))).toEqual([]);
    },
  );
});
