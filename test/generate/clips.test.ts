import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import type { Dataset, Split } from '../../src/data/dataset.js';
import { openFolder } from '../../src/data/folder.js';
import { openDataset } from '../../src/data/open.js';
import { encodeNpy } from '../../src/formats/npy.js';
import { type ClipContext, openClips, readClips } from '../../src/generate/clips.js';
import { parseFileItems, parseItems } from '../../src/generate/items.js';
import { usualItems } from '../../src/generate/usual-items.js';
import type { ModelConfig } from '../../src/model/index.js';
import type { ModelDescription } from '../../src/trained/description.js';
import { inFolder } from '../trained/exported.js';
import { config } from './samples.js';

/** A model that takes clips of this form. */
const takes = (form: Partial<ModelConfig>, divisor = 255): ClipContext['model'] => ({
  config: { ...config, ...form },
  description: { data: { divisor } } as ModelDescription,
});
const LENGTH = 2 * 8 * 8;
const noData = (): Dataset => {
  throw new Error('no data is needed');
};

/** Seven sequences, four of them to test; all bytes of sequence i are i, and so is its label. */
function little(folder: string, divisor = 255): ClipContext {
  mkdirSync(folder);
  writeFileSync(
    join(folder, 'dataset.json'),
    JSON.stringify({
      name: 'little',
      kind: 'video',
      divisor,
      splits: { train: [0, 2], validation: [6, 7], test: [2, 6] },
      factors: [{ name: 'digit', type: 'static', classes: 10 }],
    }),
  );
  const bytes = Uint8Array.from({ length: 7 * LENGTH }, (_, i) => Math.floor(i / LENGTH));
  writeFileSync(join(folder, 'labels.npy'), encodeNpy(Int32Array.of(0, 1, 2, 3, 4, 5, 6), [7, 1]));
  writeFileSync(join(folder, 'sequences.npy'), encodeNpy(bytes, [7, 2, 8, 8, 1]));
  return { model: takes({}, divisor), data: () => openFolder(folder) };
}

describe('names', () => {
  test('of items', () => {
    expect(parseItems('test:12')).toEqual({ split: 'test', first: 12, last: 12 });
    expect(parseItems('train:0-7')).toEqual({ split: 'train', first: 0, last: 7 });
    expect(parseItems('validation')).toEqual({ split: 'validation', first: 0 });
    for (const name of ['clip.npy', 'clip', './test', 'C:\\test.npy', 'a:b']) {
      expect(parseItems(name), name).toBeUndefined();
    }
  });

  test('of some of the sequences of a file', async () => {
    expect(parseFileItems('a.npy')).toEqual({ path: 'a.npy', first: 0 });
    expect(parseFileItems('b/a.npy:12')).toEqual({ path: 'b/a.npy', first: 12, last: 12 });
    expect(parseFileItems('C:\\a.npy:0-7')).toEqual({ path: 'C:\\a.npy', first: 0, last: 7 });
    expect(parseFileItems('a.npy:x')).toEqual({ path: 'a.npy:x', first: 0 });
    expect(() => parseFileItems('a.npy:7-3')).toThrow('"a.npy:7-3": a range from low to high');
    await inFolder(async (folder) => {
      const file = join(folder, 'b.npy');
      writeFileSync(file, '');
      for (const name of [`${file}:x`, `${file}:1-`, `${file}:`]) {
        expect(() => parseFileItems(name)).toThrow(`"${name}": ${file}:12 or ${file}:0-7 expected`);
      }
      const name = join(folder, 'walk:3');
      mkdirSync(name);
      expect(parseFileItems(name)).toEqual({ path: name, first: 0 });
    });
  });

  test('that are wrong', () => {
    expect(() => parseItems('tset:3')).toThrow(
      '"tset:3": neither a file nor an item such as test:12 or test:0-7; did you mean "test"',
    );
    for (const name of ['test:', 'test:x', 'test:-1', 'TEST:1']) {
      expect(() => parseItems(name), name).toThrow(`"${name}": neither a file nor an item`);
    }
    expect(() => parseItems('test:7-3')).toThrow('a range from low to high');
  });
});

test('where none are named: the first of test data, then of validation and of train', () => {
  const of = (train: number, validation: number, test: number) => {
    const sizes: Record<string, number> = { train, validation, test };
    const split = (name: string) => (sizes[name]! > 0 ? ({ size: sizes[name] } as Split) : undefined);
    return [[1, 1], [4]].map((counts) => usualItems({ split }, counts).join(' '));
  };
  expect(of(9, 9, Number.POSITIVE_INFINITY)).toEqual(['test:0 test:1', 'test:0-3']);
  expect(of(9, 9, 2)).toEqual(['test:0 test:1', 'test:0-1']);
  expect(of(9, 9, 1)).toEqual(['test:0 validation:0', 'test:0']);
  expect(of(9, 9, 0)).toEqual(['validation:0 validation:1', 'validation:0-3']);
  expect(of(9, 0, 0)).toEqual(['train:0 train:1', 'train:0-3']);
  expect(of(1, 0, 0)).toEqual(['train:0', 'train:0']);
});

const read = (names: string[], context: ClipContext) => readClips(names, context);
const refused = async (names: string[], context: ClipContext, message: string) => {
  const error = await read(names, context).catch((e: Error) => e);
  expect(error).toMatchObject({ name: 'CdsvaeError', message: expect.stringContaining(message) });
};

describe('clips', () => {
  test('are items and files in the order given, as values', async () => {
    await inFolder(async (folder) => {
      const context = little(join(folder, 'data'), 256);
      const one = join(folder, 'one.npy');
      const two = join(folder, 'two.npy');
      writeFileSync(one, encodeNpy(new Uint8Array(LENGTH).fill(128), [2, 8, 8, 1]));
      const second = Float32Array.from({ length: 2 * LENGTH }, (_, i) => (i < LENGTH ? 0.2 : 0.4));
      writeFileSync(two, encodeNpy(second, [2, 2, 8, 8, 1]));
      const { x, names } = await read(['test:3', one, 'train:0', two, `${two}:1`, 'test:1-2'], context);
      expect(names).toEqual([
        'test:3',
        'one.npy',
        'train:0',
        'two.npy:0',
        'two.npy:1',
        'two.npy:1',
        'test:1',
        'test:2',
      ]);
      expect(x.shape).toEqual([8, 2, 8, 8, 1]);
      const firsts = names.map((_, i) => x.data[i * LENGTH + LENGTH - 1]! * 256);
      expect(firsts).toEqual([5, 128, 0, 51, 102, 102, 3, 4]);
      await refused([`${two}:1-2`], context, 'two.npy:2: ');
      await refused([`${two}:1-2`], context, `has 2 sequences, ${two}:0 to ${two}:1`);
    });
  });

  test('can be read in pieces, with labels where they have any', async () => {
    await inFolder(async (folder) => {
      const context = little(join(folder, 'data'));
      const file = join(folder, 'one.npy');
      writeFileSync(file, encodeNpy(new Uint8Array(LENGTH).fill(9), [2, 8, 8, 1]));
      const clips = await openClips(['test', file, 'train:1'], context);
      const names = ['test:0', 'test:1', 'test:2', 'test:3', 'one.npy', 'train:1'];
      expect(Array.from({ length: clips.count }, (_, i) => clips.name(i))).toEqual(names);
      const x = await clips.read(3, 6);
      expect([0, 1, 2].map((i) => Math.round(x.data[i * LENGTH]! * 255))).toEqual([5, 9, 1]);
      expect(clips.factors.map((f) => f.name)).toEqual(['digit']);
      expect([...clips.labels(2, 6)]).toEqual([4, 5, -1, 1]);
      clips.close();
    });
  });

  test('that are not there', async () => {
    await inFolder(async (folder) => {
      const context = little(join(folder, 'data'));
      await refused(['test:4'], context, 'test:4: test has 4 sequences, test:0 to test:3');
      await refused(['test:2-9'], context, 'test:9: test has 4 sequences');
      await refused([join(folder, 'no.npy')], context, 'no.npy: not found');
      await refused([], context, 'no sequences given');
      await refused(['test:0'], { model: context.model }, 'test:0: an item, but no data to find it in is given');
      const model = takes({ frame: { kind: 'video', size: 64, channels: 1 }, frames: 15 });
      const endless = { model, data: () => openDataset('sm-mnist') };
      await refused(['test'], endless, 'test is endless: say how much of it, such as test:0-99');
      await refused(['test:0-999999999999'], endless, 'more than 1000000 sequences at a time; take them in parts');
    });
  });
});

describe('clips of another form than the model takes', () => {
  test('are refused, and why', async () => {
    await inFolder(async (folder) => {
      const context = little(join(folder, 'data'));
      const form = 'the model takes 2 frames of 8×8 pixels in 1 channel';
      const long = `"little": 2 frames of 8×8 pixels in 1 channel found; the model takes 3 frames`;
      await refused(['test:0'], { ...context, model: takes({ frames: 3 }) }, long);
      const file = join(folder, 'a.npy');
      for (const [shape, found, advice] of [
        [[2, 8, 8, 3], '2 frames of 8×8 pixels in 3 channels', '--fit cuts and scales it'],
        [[5, 8, 8, 1], '5 frames of 8×8 pixels in 1 channel', '--fit'],
        [[2, 16, 8, 1], '2 frames of 16×8 pixels in 1 channel', '--fit'],
        [[1, 8, 8, 1], '1 frame of 8×8 pixels in 1 channel', 'a sequence cannot be made longer'],
      ] as const) {
        writeFileSync(file, encodeNpy(new Uint8Array(shape[0] * shape[1] * shape[2] * shape[3]), shape));
        await refused([file], { ...context, data: noData }, `${found} found; ${form}`);
        await refused([file], { ...context, data: noData }, advice);
      }
      writeFileSync(file, encodeNpy(new Float32Array(14), [2, 7]));
      for (const fit of [false, true])
        await refused([file], { ...context, fit }, `2 frames of 7 features found; ${form}`);
      const features = { ...context, model: takes({ frame: { kind: 'features', features: 3 } }) };
      await refused([file], { ...features, fit: true }, '7 features found; the model takes 2 frames of 3 features');
    });
  });

  test('are brought to it when asked: length, size and channels', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'a.gif');
      // Three frames of 16 × 24 pixels, one grey level each.
      const bytes = new Uint8Array(3 * 16 * 24 * 3).map((_, i) => [10, 200, 90][Math.floor(i / (16 * 24 * 3))]!);
      const raw = { width: 24, height: 48, channels: 3, pageHeight: 16 } as const;
      await sharp(bytes, { raw })
        .gif({ delay: [100, 100, 100], loop: 0 })
        .toFile(file);
      const context = { model: { config }, data: noData };
      await refused([file], context, '3 frames of 16×24 pixels in 3 channels found');
      const { x } = await read([file], { ...context, fit: true });
      expect(x.shape).toEqual([1, 2, 8, 8, 1]);
      // The first and the last frame.
      expect(Math.abs(x.data[0]! * 255 - 10)).toBeLessThan(3);
      expect(Math.abs(x.data[LENGTH - 1]! * 255 - 90)).toBeLessThan(3);
    });
  });

  test('may be items of other data', async () => {
    await inFolder(async (folder) => {
      const context = little(join(folder, 'data'));
      const short = {
        ...context,
        model: takes({ frames: 1, frame: { kind: 'video', size: 8, channels: 3 } }),
      };
      await refused(['test:2'], short, 'in 1 channel found; the model takes 1 frame');
      const { x } = await read(['test:2-3'], { ...short, fit: true });
      expect(x.shape).toEqual([2, 1, 8, 8, 3]);
      expect([0, 191, 192, 383].map((i) => Math.round(x.data[i]! * 255))).toEqual([4, 4, 5, 5]);
    });
  });
});
