import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Dataset } from '../../src/data/dataset.js';
import { openFolder } from '../../src/data/folder.js';
import { openDataset } from '../../src/data/open.js';
import { encodeNpy } from '../../src/formats/npy.js';
import { type ClipSource, parseItems, readClips } from '../../src/generate/clips.js';
import type { ModelConfig } from '../../src/model/index.js';
import { inFolder } from './exported.js';

const model: ModelConfig = {
  frame: { kind: 'video', size: 8, channels: 1 },
  frames: 2,
  width: 1,
  mlp: 1,
  features: 1,
  hidden: 1,
  static: 1,
  dynamic: 1,
  posterior: 'causal',
  initialization: 'scaled',
};
const LENGTH = 2 * 8 * 8;
const noData = (): Dataset => {
  throw new Error('no data is needed');
};

/** Six sequences, four of them to test; all bytes of sequence i are i. */
function little(folder: string, divisor = 255): ClipSource {
  mkdirSync(folder);
  writeFileSync(
    join(folder, 'dataset.json'),
    JSON.stringify({ name: 'little', kind: 'video', divisor, splits: { train: [0, 2], test: [2, 6] } }),
  );
  const bytes = Uint8Array.from({ length: 6 * LENGTH }, (_, i) => Math.floor(i / LENGTH));
  writeFileSync(join(folder, 'sequences.npy'), encodeNpy(bytes, [6, 2, 8, 8, 1]));
  return { model, divisor, data: () => openFolder(folder) };
}

describe('names', () => {
  test('of items', () => {
    expect(parseItems('test:12')).toEqual({ split: 'test', first: 12, last: 12 });
    expect(parseItems('train:0-7')).toEqual({ split: 'train', first: 0, last: 7 });
    expect(parseItems('validation')).toEqual({ split: 'validation', first: 0 });
    for (const name of ['clip.npy', 'clip', './test', 'test:', 'test:x', 'test:-1', 'TEST:1']) {
      expect(parseItems(name), name).toBeUndefined();
    }
  });

  test('that are wrong', () => {
    expect(() => parseItems('tset:3')).toThrow(
      '"tset:3": neither a file nor an item such as test:12; did you mean "test"',
    );
    expect(() => parseItems('test:7-3')).toThrow('a range from low to high');
  });
});

describe('clips', () => {
  test('are items and files in the order given, as values', async () => {
    await inFolder(async (folder) => {
      const source = little(join(folder, 'data'), 256);
      const one = join(folder, 'one.npy');
      const two = join(folder, 'two.npy');
      writeFileSync(one, encodeNpy(new Uint8Array(LENGTH).fill(128), [2, 8, 8, 1]));
      writeFileSync(two, encodeNpy(new Float32Array(2 * LENGTH).fill(0.25), [2, 2, 8, 8, 1]));
      const { x, names } = readClips(['test:3', one, 'train:0', two, 'test:1-2'], source);
      expect(names).toEqual(['test:3', 'one.npy', 'train:0', 'two.npy 0', 'two.npy 1', 'test:1', 'test:2']);
      expect(x.shape).toEqual([7, 2, 8, 8, 1]);
      const firsts = names.map((_, i) => x.data[i * LENGTH + LENGTH - 1]);
      expect(firsts).toEqual([5 / 256, 0.5, 0, 0.25, 0.25, 3 / 256, 4 / 256]);
    });
  });

  test('that are not there', async () => {
    await inFolder(async (folder) => {
      const source = little(join(folder, 'data'));
      expect(() => readClips(['test:4'], source)).toThrow('test:4: test has 4 sequences, test:0 to test:3');
      expect(() => readClips(['test:2-9'], source)).toThrow('test:9: test has 4 sequences');
      expect(() => readClips([join(folder, 'no.npy')], source)).toThrow('no.npy: not found; a file, or an item');
      expect(() => readClips([], source)).toThrow('no sequences given');
      const endless = {
        ...source,
        model: { ...model, frame: { ...model.frame, size: 64 }, frames: 15 } as ModelConfig,
      };
      expect(() => readClips(['test'], { ...endless, data: () => openDataset('sm-mnist') })).toThrow(
        'test is endless: say how much of it, such as test:0-99',
      );
    });
  });

  test('of another shape than the model takes', async () => {
    await inFolder(async (folder) => {
      const source = little(join(folder, 'data'));
      expect(() => readClips(['test:0'], { ...source, model: { ...model, frames: 3 } })).toThrow(
        '"little" has sequences [T, …frame] = [2, 8, 8, 1]; the model takes [3, 8, 8, 1]',
      );
      const path = join(folder, 'a.npy');
      for (const shape of [
        [2, 8, 8, 3],
        [3, 8, 8, 1],
        [2, 16, 8, 1],
        [1, 1, 2, 8, 8, 1],
        [0, 2, 8, 8, 1],
        [8, 8, 1],
      ]) {
        writeFileSync(path, encodeNpy(new Uint8Array(shape.reduce((a, b) => a * b, 1)), shape));
        expect(() => readClips([path], { ...source, data: noData }), `${shape}`).toThrow(
          `shape [${shape.join(', ')}] found; the model takes [2, 8, 8, 1], or several, [N, 2, 8, 8, 1]`,
        );
      }
    });
  });

  test('of values that no picture has', async () => {
    await inFolder(async (folder) => {
      const path = join(folder, 'a.npy');
      const source = { model, divisor: 255, data: noData };
      for (const bad of [1.5, -0.1, Number.NaN]) {
        writeFileSync(path, encodeNpy(new Float32Array(LENGTH).fill(bad, 5, 6), [2, 8, 8, 1]));
        expect(() => readClips([path], source)).toThrow(/found, uint8, or float values from 0 to 1, expected/);
      }
      writeFileSync(path, encodeNpy(new BigInt64Array(LENGTH), [2, 8, 8, 1]));
      expect(() => readClips([path], source)).toThrow('int64 found, uint8 or float32 expected');
      const features = { ...source, model: { ...model, frame: { kind: 'features', features: 3 } } as ModelConfig };
      writeFileSync(path, encodeNpy(Float32Array.of(0, 0, 0, 0, Number.POSITIVE_INFINITY, 0), [2, 3]));
      expect(() => readClips([path], features)).toThrow('Infinity found, finite numbers expected');
      writeFileSync(path, encodeNpy(new Float32Array(6).fill(-7), [2, 3]));
      expect(readClips([path], features).x.data[0]).toBe(-7);
    });
  });
});
