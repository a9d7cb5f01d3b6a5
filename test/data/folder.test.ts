import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openFolder } from '../../src/data/folder.js';
import { expectFailure, MANIFEST, valueAt, video, writeFolder } from './folders.js';

let root = '';
let folder = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'cdsvae-folder-'));
  folder = join(root, 'little');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('a dataset folder', () => {
  it('may have a mark of byte order before its description, as some editors leave it', () => {
    writeFolder(folder);
    const path = join(folder, 'dataset.json');
    writeFileSync(path, `\uFEFF${readFileSync(path, 'utf8')}`);
    const data = openFolder(folder);
    expect(data.info.name).toBe('little');
    data.close();
  });

  it('says what it is', () => {
    writeFolder(folder);
    const data = openFolder(folder);
    expect(data.info).toEqual({
      name: 'little',
      kind: 'video',
      frames: 4,
      frame: [2, 3, 1],
      dtype: 'uint8',
      divisor: 255,
      range: [0, 1],
      factors: [
        { name: 'move', type: 'dynamic', classes: ['up', 'down', 'still'] },
        { name: 'hat', type: 'static', classes: ['0', '1'] },
      ],
    });
    expect(['train', 'validation', 'test'].map((s) => data.split(s as 'train')?.size)).toEqual([12, 3, 5]);
    data.close();
  });

  it('gives any sequences in any order, whole or their first frames, and their labels', () => {
    writeFolder(folder);
    const starts = { train: 0, validation: 12, test: 15 };
    fc.assert(
      fc.property(
        fc.constantFrom('train', 'validation', 'test'),
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.nat(100)),
        (name, frames, picks) => {
          const data = openFolder(folder, { frames });
          const split = data.split(name);
          if (split === undefined) throw new Error(name);
          const indices = picks.map((p) => p % split.size);
          const out = new Uint8Array(indices.length * frames * 6);
          split.read(indices, out);
          const rows = indices.map((i) => starts[name] + i);
          const expected = rows.flatMap((n) =>
            Array.from({ length: frames * 6 }, (_, k) => valueAt(n, Math.floor(k / 6), k % 6)),
          );
          expect(Array.from(out)).toEqual(expected);
          expect(Array.from(split.labels(indices))).toEqual(rows.flatMap((n) => [n % 3, -1]));
          data.close();
        },
      ),
      { numRuns: 60 },
    );
  });

  it('needs no more than a name, a kind and a train split', () => {
    writeFolder(folder, {
      manifest: { name: 'bare', kind: 'video', divisor: 256, splits: { train: [0, 20] } },
      labels: undefined,
    });
    const data = openFolder(folder);
    expect(data.info).toMatchObject({ frames: 4, frame: [2, 3, 1], divisor: 256, range: [0, 255 / 256], factors: [] });
    expect(data.split('test')).toBeUndefined();
    expect(data.split('train')?.labels([0, 1])).toEqual(new Int32Array());
  });

  it.each([
    [[0, 20], 18, 2],
    [[5, 14], 8, 1],
    [[0, 2], 1, 1],
  ])('without a validation split keeps the last tenth of train %j for it', (train, kept, held) => {
    writeFolder(folder, { manifest: { ...MANIFEST, splits: { train } } });
    const data = openFolder(folder);
    expect([data.split('train')?.size, data.split('validation')?.size]).toEqual([kept, held]);
    const out = new Uint8Array(24);
    data.split('validation')?.read([0], out);
    expect(out[0]).toBe(valueAt((train[0] ?? 0) + kept, 0, 0));
  });

  it('takes float32 features, and labels as NumPy makes them (int64)', () => {
    writeFolder(folder, {
      manifest: {
        name: 'x',
        kind: 'audio',
        range: [-8, 2],
        factors: [{ name: 'speaker', type: 'static', classes: 7 }],
        splits: { train: [0, 3] },
      },
      sequences: Float32Array.from({ length: 3 * 2 * 5 }, (_, i) => i / 8),
      shape: [3, 2, 5],
      labels: BigInt64Array.of(6n, -1n, 2n),
      labelShape: [3, 1],
    });
    const data = openFolder(folder);
    expect(data.info).toMatchObject({ dtype: 'float32', divisor: 1, frames: 2, frame: [5], range: [-8, 2] });
    const out = new Float32Array(20);
    data.split('train')?.read([1, 0], out);
    expect([out[0], out[10]]).toEqual([10 / 8, 0]);
    expect(data.split('train')?.labels([0, 1])).toEqual(Int32Array.of(6, -1));
    expect(data.split('validation')?.labels([0])).toEqual(Int32Array.of(2));
  });

  it('without labels.npy has unknown labels', () => {
    writeFolder(folder, { labels: undefined });
    expect(openFolder(folder).split('train')?.labels([0, 3])).toEqual(new Int32Array(4).fill(-1));
  });

  it('refuses indices, rooms and frames that cannot be', () => {
    writeFolder(folder);
    const data = openFolder(folder);
    const test = data.split('test');
    const out = new Uint8Array(24);
    for (const i of [-1, 5, 0.5, Number.NaN])
      expectFailure(() => test?.read([i], out), 'usage', /of test asked for, 0 to 4 expected/);
    expectFailure(() => test?.labels([5]), 'usage', /sequence 5 of test/);
    expectFailure(() => test?.read([0, 1], out), 'usage', /room for 24 uint8 values given, 48 of uint8 needed/);
    expectFailure(() => test?.read([0], new Float32Array(24)), 'usage', /float32/);
    for (const frames of [0, 5, 1.5])
      expectFailure(() => openFolder(folder, { frames }), 'usage', /from 1 to 4 is expected/);
    data.close();
    data.close();
    expectFailure(() => test?.read([0], out), 'usage', /closed/);
  });
});

describe('damage is named', () => {
  const cut = (file: string, length: number) => {
    writeFolder(folder);
    truncateSync(join(folder, file), length);
  };

  it.each([
    ['missing', () => {}, /little: not found/],
    ['empty', () => mkdirSync(folder), /an empty folder found, dataset\.json and sequences\.npy expected/],
    ['a file', () => writeFileSync(folder, 'x'), /a file found, a dataset folder expected/],
    [
      'without dataset.json',
      () => writeFolder(folder, { manifest: undefined }),
      /without dataset\.json found.*"splits"/,
    ],
    ['without sequences', () => writeFolder(folder, { sequences: undefined }), /without sequences\.npy.*np\.save/],
    ['cut short', () => cut('sequences.npy', 500), /372 bytes of data found, 480 expected/],
    [
      'five channels',
      () =>
        writeFolder(folder, {
          manifest: { ...MANIFEST, frame: undefined },
          sequences: video(100),
          shape: [20, 4, 2, 3, 5],
        }),
      /sequences\.npy: frames of 5 channels found .*1 \(grey\) or 3 \(colour\) expected/,
    ],
    ['labels cut short', () => cut('labels.npy', 140), /labels\.npy: 12 bytes of data found, 160/],
  ])('%s', (_, make, pattern) => {
    make();
    expectFailure(() => openFolder(folder), 'input', pattern);
  });

  it('sprite sheets are recognised', () => {
    mkdirSync(join(folder, 'body'), { recursive: true });
    mkdirSync(join(folder, 'hair'));
    expectFailure(() => openFolder(folder), 'input', /cdsvae data sprites/);
  });

  const with_ = (change: object) => ({ ...MANIFEST, ...change });
  it.each<[string, object | string, RegExp]>([
    ['not JSON', '{"name": ', /dataset\.json: not JSON \(.*\); one like \{ "name"/],
    ['not an object', '[1]', /\[1\] found, an object expected/],
    ['no name', with_({ name: undefined }), /name: nothing found, a string expected/],
    ['an empty name', with_({ name: '' }), /name: "" found, some text expected/],
    ['an unknown kind', with_({ kind: 'film' }), /kind: "film" found, "video" or "audio" or "array" expected/],
    ['an unknown field', with_({ frmes: 4 }), /unknown field "frmes"; did you mean "frames" or "frame"\?/],
    [
      'an unknown split',
      with_({ splits: { train: [0, 9], tset: [9, 20] } }),
      /unknown field "splits.tset"; did you mean "test"\?/,
    ],
    ['an unknown field of a factor', with_({ factors: [{ name: 'a', type: 'static', class: 2 }] }), /factors\[0\]/],
    ['no frames', with_({ frames: 0 }), /frames: 0 found, at least 1 expected/],
    ['half a frame', with_({ frames: 1.5 }), /frames: 1\.5 found, a whole number expected/],
    [
      'classes of another form',
      with_({ factors: [{ name: 'a', type: 'static', classes: 'x' }] }),
      /factors\[0\]\.classes: "x" found, a number of classes, at most 1000000, or a list of different names expected/,
    ],
    [
      'no classes',
      with_({ factors: [{ name: 'a', type: 'static', classes: [] }] }),
      /classes: \[\] found, at least 1 entry expected/,
    ],
    [
      'more classes than can be',
      with_({ factors: [{ name: 'a', type: 'static', classes: 5e9 }] }),
      /factors\[0\]\.classes: 5000000000 found, .*at most 1000000/,
    ],
    [
      'classes alike',
      with_({ factors: [{ name: 'a', type: 'static', classes: ['u', 'u'] }] }),
      /classes: \["u","u"\] found/,
    ],
    [
      'factors alike',
      with_({ factors: [MANIFEST.factors[1], MANIFEST.factors[1]] }),
      /factors of different names expected/,
    ],
    ['a range upside down', with_({ range: [1, 0] }), /range: \[1,0\] found, two numbers, lowest/],
    [
      'pictures beyond 1',
      with_({ divisor: 1 }),
      /divisor: values from 0 to 255 .* found, from 0 to 1 expected of video; set "divisor": 255/,
    ],
    [
      'a range beyond 1',
      with_({ range: [0, 200] }),
      /range: values from 0 to 200 .* found, from 0 to 1 expected of video/,
    ],
    ['a divisor of 0', with_({ divisor: 0 }), /divisor: 0 found, more than 0 expected/],
    ['no train split', with_({ splits: { test: [0, 5] } }), /splits\.train: nothing found/],
    ['an empty split', with_({ splits: { train: [3, 3] } }), /splits\.train: \[3,3\] found, at least one sequence/],
    ['half a split', with_({ splits: { train: [3] } }), /splits\.train/],
    ['a negative split', with_({ splits: { train: [-1, 3] } }), /splits\.train\[0\]: -1 found, at least 0 expected/],
    [
      'splits out of range',
      with_({ splits: { train: [0, 21] } }),
      /split train \[0, 21\] found, but .*sequences\.npy holds 20/,
    ],
    [
      'splits that overlap',
      with_({ splits: { train: [0, 12], test: [10, 20] } }),
      /train \[0, 12\] and test \[10, 20\] found, which share sequences 10 to 11/,
    ],
    ['a split inside another', with_({ splits: { train: [0, 20], validation: [3, 5] } }), /share sequences 3 to 4/],
    ['nothing to validate on', with_({ splits: { train: [0, 1] } }), /one sequence in train/],
    [
      'other frames than stored',
      with_({ frames: 5 }),
      /sequences\.npy: shape \[20, 4, 2, 3, 1\] found, \[N, 5, 2, 3, 1\] expected/,
    ],
    ['another frame than stored', with_({ frame: [2, 3, 3] }), /\[N, 4, 2, 3, 3\] expected/],
    ['a frame of another kind', with_({ frame: [6] }), /frame \[6\] found, \[H, W, C\] expected for video/],
    ['a type of another kind', with_({ dtype: 'float32' }), /dtype float32 found, uint8 expected for video/],
    [
      'features without a factor of time',
      with_({ kind: 'array', frame: undefined }),
      /sequences\.npy: uint8 found, float32 expected; save x\.astype\(np\.float32\)/,
    ],
    ['labels without factors', with_({ factors: undefined }), /labels found, but dataset\.json has no factors/],
    [
      'labels of fewer factors',
      with_({ factors: [MANIFEST.factors[0]] }),
      /labels\.npy: shape \[20, 2\] found, \[20, 1\] expected/,
    ],
  ])('dataset.json: %s', (_, manifest, pattern) => {
    writeFolder(folder, { manifest });
    expectFailure(() => openFolder(folder), 'input', pattern);
  });

  it.each([
    [
      'sequences of floats in a video',
      { sequences: Float32Array.from(video(20)) },
      /float32 found, uint8 expected; of pixels from 0 to 1 save np\.round\(255 \* x\)\.astype\(np\.uint8\)/,
    ],
    ['sequences of another rank', { shape: [20, 4, 6] }, /shape \[20, 4, 6\] found, \[N, 4, 2, 3, 1\] expected/],
    ['no sequences', { sequences: new Uint8Array(), shape: [0, 4, 2, 3, 1] }, /no values found/],
    [
      'labels of another length',
      { labels: new Int32Array(38), labelShape: [19, 2] },
      /labels of 19 sequences found, of 20 expected/,
    ],
    [
      'labels of another rank',
      { labels: new Int32Array(20), labelShape: [20] },
      /labels\.npy: shape \[20\] found, \[20, 2\] expected/,
    ],
    ['labels of another type', { labels: new Float32Array(40) }, /labels\.npy: float32 found, int32 or int64 expected/],
    [
      'a label too high',
      { labels: new Int32Array(40).fill(2) },
      /label 2 of hat found at sequence 0, 0 to 1 \(or −1, unknown\) expected/,
    ],
    ['a label too low', { labels: new Int32Array(40).fill(-2) }, /label -2 of move/],
    ['a label beyond 32 bits', { labels: new BigInt64Array(40).fill(2n ** 32n) }, /label 4294967296 of move/],
  ])('arrays: %s', (_, change, pattern) => {
    writeFolder(folder, change);
    expectFailure(() => openFolder(folder), 'input', pattern);
  });

  it('float32 without a range, and with NaN inside', () => {
    const manifest = { name: 'x', kind: 'array', splits: { train: [0, 2], validation: [2, 3] } };
    const sequences = Float32Array.from({ length: 18 }, (_, i) => (i === 7 ? Number.NaN : i));
    writeFolder(folder, { manifest, sequences, shape: [3, 2, 3], labels: undefined });
    expectFailure(() => openFolder(folder), 'input', /range not found/);
    writeFolder(folder, { manifest: { ...manifest, range: [0, 20] }, sequences, shape: [3, 2, 3], labels: undefined });
    const train = openFolder(folder).split('train');
    train?.read([0], new Float32Array(6));
    expectFailure(() => train?.read([0, 1], new Float32Array(12)), 'input', /sequences\.npy: NaN found in sequence 1/);
  });
});
