import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DatasetInfo } from '../../src/data/dataset.js';
import { openFolder } from '../../src/data/folder.js';
import { DatasetWriter, type DatasetWriterOptions } from '../../src/data/writer.js';
import { expectFailure, video } from './folders.js';

const info: DatasetInfo = {
  name: 'little',
  kind: 'video',
  frames: 4,
  frame: [2, 3, 1],
  dtype: 'uint8',
  divisor: 256,
  range: [0, 255 / 256],
  factors: [{ name: 'move', type: 'dynamic', classes: ['up', 'down'] }],
};
const options: DatasetWriterOptions = { info, count: 6, splits: { train: [0, 3], validation: [3, 4], test: [4, 6] } };

let root = '';
let folder = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'cdsvae-writer-'));
  folder = join(root, 'little');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(change: Partial<DatasetWriterOptions> = {}, path = folder, labels = [0, 1, -1]): void {
  const writer = new DatasetWriter(path, { ...options, ...change });
  const all = video(6);
  writer.write(3, all.subarray(72), labels);
  expect(existsSync(join(path, 'dataset.json'))).toBe(change.overwrite ?? false);
  writer.write(0, all.subarray(0, 72));
  writer.finish();
}

describe('DatasetWriter', () => {
  it('writes what openFolder reads', () => {
    write({ about: 'a test', licence: 'MIT' });
    const data = openFolder(folder);
    expect(data.info).toEqual(info);
    const out = new Uint8Array(48);
    data.split('test')?.read([0, 1], out);
    expect(out).toEqual(video(6).slice(96));
    expect(data.split('test')?.labels([0, 1])).toEqual(Int32Array.of(1, -1));
    expect(data.split('train')?.labels([0])).toEqual(Int32Array.of(-1));
    data.close();
    expect(readdirSync(root)).toEqual(['little']);
    expect(readdirSync(folder).sort()).toEqual(['dataset.json', 'labels.npy', 'sequences.npy']);
    expect(JSON.parse(readFileSync(join(folder, 'dataset.json'), 'utf8'))).toMatchObject({
      about: 'a test',
      licence: 'MIT',
    });
    mkdirSync(join(root, 'plain'));
    expect(statSync(folder).mode).toBe(statSync(join(root, 'plain')).mode);
  });

  it('writes no labels where there are no factors', () => {
    write({ info: { ...info, factors: [] } }, folder, []);
    expect(readdirSync(folder).sort()).toEqual(['dataset.json', 'sequences.npy']);
  });

  it('replaces a dataset only when told to', () => {
    write();
    expectFailure(() => write(), 'usage', /a dataset stands there; allow overwriting/);
    write({ overwrite: true, info: { ...info, name: 'newer' } });
    expect(openFolder(folder).info.name).toBe('newer');
    // The judge of the older one goes with it.
    mkdirSync(join(folder, 'judge'));
    write({ overwrite: true, info: { ...info, name: 'newer' } });
    expect(readdirSync(folder)).not.toContain('judge');
    // As a crash between the two renames leaves it.
    renameSync(folder, join(root, '.replaced-little'));
    expectFailure(() => write(), 'usage', /a dataset stands there; allow overwriting/);
    expect(openFolder(folder).info.name).toBe('newer');
    expect(readdirSync(root)).toEqual(['little']);
  });

  it('replaces nothing else, but fills an empty folder', () => {
    mkdirSync(folder);
    write();
    writeFileSync(join(folder, 'notes.txt'), 'mine');
    expectFailure(() => write({ overwrite: true }), 'usage', /other things \(notes\.txt\)/);
    const other = join(root, 'other');
    mkdirSync(other);
    writeFileSync(join(other, 'sequences.npy'), '');
    expectFailure(() => write({ overwrite: true }, other), 'usage', /other things \(sequences\.npy\)/);
    expectFailure(() => write({ overwrite: true }, join(folder, 'notes.txt')), 'usage', /a file stands there/);
    expect(readFileSync(join(folder, 'notes.txt'), 'utf8')).toBe('mine');
    expect(readdirSync(root).sort()).toEqual(['little', 'other']);
  });

  it('does not replace what came while it wrote', () => {
    const writer = new DatasetWriter(folder, options);
    writer.write(0, video(6));
    mkdirSync(folder);
    writeFileSync(join(folder, 'precious'), '');
    expectFailure(() => writer.finish(), 'usage', /precious/);
    expect(readdirSync(root)).toEqual(['little']);
    expect(readdirSync(folder)).toEqual(['precious']);
  });

  it('with sequences missing leaves nothing behind, and the older dataset as it was', () => {
    const deep = join(root, 'a', 'b', 'little');
    for (const path of [folder, deep]) {
      if (path === folder) write();
      const writer = new DatasetWriter(path, { ...options, overwrite: true });
      writer.write(0, video(5));
      expectFailure(() => writer.finish(), 'usage', /1 of 6 rows were not written/);
      expectFailure(() => writer.finish(), 'usage', /finished or aborted/);
    }
    expect(readdirSync(root)).toEqual(['little']);
    expect(openFolder(folder).info).toEqual(info);
  });

  it.each([
    ['a split out of range', { splits: { train: [0, 7] as const } }, /split train \[0, 7\]/],
    ['splits that overlap', { splits: { train: [0, 4] as const, test: [3, 6] as const } }, /share/],
    ['pictures of fractions', { info: { ...info, dtype: 'float32' as const } }, /dtype float32 found, uint8 expected/],
    ['no frames', { info: { ...info, frames: 0 } }, /frames/],
    ['a range that is none', { info: { ...info, range: [1, 0] as const } }, /range/],
  ])('%s: found before anything is written', (_, change, pattern) => {
    expectFailure(() => new DatasetWriter(folder, { ...options, ...change }), 'input', pattern);
    expect(readdirSync(root)).toEqual([]);
  });

  it('refuses values that are not what it says they are', () => {
    const floats = { ...info, kind: 'array', frame: [2], dtype: 'float32', divisor: 1, range: [-1, 1] } as const;
    const writer = new DatasetWriter(folder, { ...options, info: floats });
    const size = floats.frames * 2;
    for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, 1.01]) {
      const values = new Float32Array(2 * size).fill(-1);
      values[size] = wrong;
      expectFailure(
        () => writer.write(3, values),
        'usage',
        /given in sequence 4; values of its range, -1 to 1, expected/,
      );
    }
    writer.abort();
    expectFailure(() => new DatasetWriter(folder, { ...options, count: 1.5 }), 'usage', /count is 1\.5/);
    expect(readdirSync(root)).toEqual([]);
  });

  it('refuses what does not fit, and cleans up when given up', () => {
    const deep = join(root, 'a', 'b', 'little');
    const writer = new DatasetWriter(deep, options);
    expect(readdirSync(join(root, 'a', 'b')).length).toBe(1);
    expectFailure(() => writer.write(0, video(1), [0, 1]), 'usage', /2 labels given, 1 expected/);
    for (const label of [2, -2, 1.9, Number.NaN, undefined as unknown as number]) {
      expectFailure(
        () => writer.write(0, video(1), [label]),
        'usage',
        `label ${label} of move given to sequence 0; 0 to 1`,
      );
    }
    expectFailure(() => writer.write(5, video(2)), 'usage', /rows of 24 uint8/, `${deep}/sequences.npy: 48 uint8`);
    expectFailure(() => writer.write(0.5, video(1)), 'usage', /row 0\.5/);
    // Nothing of all that was written.
    writer.write(0, video(6), [0, 1, -1, 0, 1, 1]);
    expectFailure(() => writer.write(1, new Float32Array(24)), 'usage', /float32/);
    writer.abort();
    writer.abort();
    expect(readdirSync(root)).toEqual([]);
  });

  it('says where it cannot write', () => {
    writeFileSync(join(root, 'file'), '');
    expectFailure(
      () => new DatasetWriter(join(root, 'file', 'little'), options),
      'io',
      /little cannot be written: part of the path is not a folder/,
    );
  });
});
