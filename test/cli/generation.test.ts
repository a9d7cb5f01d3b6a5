import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDataset } from '../../src/data/open.js';
import { DatasetWriter } from '../../src/data/writer.js';
import { encodeNpy } from '../../src/formats/npy.js';
import { openClips } from '../../src/generate/clips.js';
import { encodeFiles } from '../../src/generate/encode-files.js';
import { Random } from '../../src/random.js';
import { formatSettings } from '../../src/train/config-file.js';
import { defaultSettings } from '../../src/train/presets.js';
import { CURVE_PANELS } from '../../src/train/run-curves.js';
import { writeModel } from '../../src/trained/export.js';
import { load } from '../../src/trained/load.js';
import { parseNpy } from '../formats/parse-npy.js';
import { readFixture } from '../model/fixture.js';
import { fixtureExport } from '../trained/exported.js';
import { temporaryFolder } from './dist.js';
import { cdsvaeHere as cdsvae } from './in-process.js';

const f = readFixture('video-causal');
const T = f.model.frames;
const frame = f.tensors.get('x')!.shape.slice(2);
const length = frame.reduce((a, b) => a * b, T);

let folder: ReturnType<typeof temporaryFolder>;
let run: string;
let data: string;
let model: string;
beforeAll(async () => {
  folder = temporaryFolder();
  [run, data, model] = ['run', 'data', 'model'].map((name) => join(folder.path, name)) as [string, string, string];
  const info = { name: 'noise', kind: 'video', frames: T, frame, dtype: 'uint8', divisor: 255, range: [0, 1] } as const;
  const splits = { train: [0, 4], validation: [4, 5], test: [5, 8] } as const;
  const writer = new DatasetWriter(data, { info: { ...info, factors: [] }, count: 8, splits });
  const random = Random.of(1, 'noise');
  writer.write(
    0,
    Uint8Array.from({ length: 8 * length }, () => random.integer(256)),
  );
  writer.finish();
  mkdirSync(run);
  const settings = defaultSettings({
    data,
    kind: 'video',
    preset: 'compact',
    objective: 'cdsvae',
    threads: 1,
  });
  writeFileSync(join(run, 'config.yaml'), formatSettings(settings));
  await writeModel(join(run, 'model'), fixtureExport(f));
  await writeModel(model, fixtureExport(f));
});
afterAll(() => folder.remove());

const npy = (path: string) => parseNpy(readFileSync(path), path);

test('each command leaves a picture in the run, and says where', async () => {
  const lines = [
    ['reconstruct', 'test:0-1'],
    ['swap', 'test:0', 'train:1'],
    ['swap', 'test:0-2', '--fix', 'dynamic'],
    ['swap', 'test:0-1', '--grid'],
    ['sample'],
    ['sample', '--fix', 'static', '--of', 'test:2', '--count', '2', '--frames', String(3 * T)],
    ['sample', '--fix', 'dynamic', '--of', 'test:2'],
    ['interpolate', 'test:0', 'test:1', '--fix', 'static'],
  ];
  const sequences = [2, 2, 2, 4, 4, 2, 4, 5];
  for (const [i, [command, ...rest]] of lines.entries()) {
    const { code, stdout, stderr } = await cdsvae(command!, run, ...rest, '--quiet');
    expect([code, stderr], `${command} ${rest}`).toEqual([0, '']);
    const [, count, file] = /^Made {2}(\d+) sequences .*\nFile {2}(.*\.png)\n$/.exec(stdout)!;
    expect(Number(count)).toBe(sequences[i]);
    expect(existsSync(file!), file).toBe(true);
  }
  expect(readdirSync(join(run, 'generated')).sort()).toEqual([
    'grid-test-0-1.png',
    'interpolate-static-test-0-test-1.png',
    'reconstruct-test-0-1.png',
    'sample-dynamic-test-2.png',
    `sample-static-test-2-count-2-frames-${3 * T}.png`,
    'sample.png',
    'swap-dynamic-test-0-2.png',
    'swap-test-0-train-1.png',
  ]);
});

test('where none are named, the first of the data are taken, and said where these are not test data', async () => {
  const few = join(folder.path, 'few');
  const info = { name: 'few', kind: 'video', frames: T, frame, dtype: 'uint8', divisor: 255, range: [0, 1] } as const;
  const splits = { train: [0, 3], validation: [3, 4] } as const;
  const writer = new DatasetWriter(few, { info: { ...info, factors: [] }, count: 4, splits });
  writer.write(0, new Uint8Array(4 * length));
  writer.finish();
  for (const [command, taken, file] of [
    ['swap', 'validation:0 train:0', 'swap-validation-0-train-0-of-few-'],
    ['reconstruct', 'validation:0', 'reconstruct-validation-0-of-few-'],
    ['interpolate', 'validation:0 train:0', 'interpolate-validation-0-train-0-of-few-'],
    ['encode', 'validation:0', 'validation-0-of-few-'],
  ] as const) {
    const { code, stdout, stderr } = await cdsvae(command, run, '--data', few, '--quiet');
    expect([code, stderr]).toEqual([0, `note: "few" has no test sequences; ${taken} taken\n`]);
    expect(stdout).toContain(file);
  }
  const { code, stdout, stderr } = await cdsvae('reconstruct', run);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toContain('reconstruct-test-0-2.png');
});

test('--out and --json: files of each kind, and what their rows are', async () => {
  const files = ['a.npy', 'a.gif'].map((name) => join(folder.path, 'new', name));
  const { code, stdout } = await cdsvae(
    'swap',
    run,
    'test:0',
    'test:1',
    '--out',
    files[0]!,
    '--out',
    files[1]!,
    '--json',
  );
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    model: run,
    files,
    sequences: 2,
    frames: T,
    steps: 7,
    sources: { A: 'test:0', B: 'test:1' },
    rows: [
      { heading: 'swap', label: 'content of B, motion of A', s: 'B', z: 'A' },
      { heading: 'swap', label: 'content of A, motion of B', s: 'A', z: 'B' },
    ],
  });
  const { header, data: values } = npy(files[0]!);
  expect([header.dtype, header.shape]).toEqual(['float32', [2, T, ...frame]]);
  // What was written can be read again as sequences.
  const again = await cdsvae('reconstruct', model, files[0]!, '--out', join(folder.path, 'again.npy'), '--quiet');
  expect([again.code, again.stderr]).toEqual([0, '']);
  const loaded = await load(model, { threads: 1 });
  // As pictures are, in steps of 1/255.
  const bytes = Float32Array.from(values as Float32Array, (v) => Math.round(v * 255) / 255);
  const { s, z } = await loaded.encode({ shape: header.shape, data: bytes });
  const expected = await loaded.decode(s, z);
  await loaded.release();
  const found = npy(join(folder.path, 'again.npy')).data as Float32Array;
  expect(Math.max(...found.map((v, i) => Math.abs(v - expected.data[i]!)))).toBeLessThan(1e-6);
});

test('the same seed draws the same, another one another', async () => {
  const drawn = async (seed: string) => {
    const file = join(folder.path, `seed-${seed}.npy`);
    expect((await cdsvae('sample', run, '--seed', seed, '--out', file)).code).toBe(0);
    return npy(file).data;
  };
  const [one, again, two] = [await drawn('1'), await drawn('1'), await drawn('2')];
  expect(again).toEqual(one);
  expect(two).not.toEqual(one);
});

test('more than fits into memory, or onto a picture, is refused before it is made', async () => {
  const out = join(folder.path, 'huge.npy');
  for (const args of [
    ['sample', run, '--count', '100000', '--frames', '100000', '--out', out],
    [
      'interpolate',
      run,
      ...Array(600).fill('test:0-1'),
      '--steps',
      '500',
      '--fps',
      '9',
      '--out',
      join(folder.path, 'huge.gif'),
    ],
  ]) {
    const { code, stderr } = await cdsvae(...args);
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/would fit\n$|at most 512 are drawn: write them as \.npy\n$/),
    ]);
  }
  expect(existsSync(out)).toBe(false);
});

test('a file of another size is taken by --fit', async () => {
  const [height, width, channels] = frame as [number, number, number];
  const file = join(folder.path, 'large.npy');
  const shape = [2 * T, 2 * height, 2 * width, channels];
  writeFileSync(file, encodeNpy(new Uint8Array(8 * length).fill(7), shape));
  const out = join(folder.path, 'fitted.npy');
  const { code, stderr } = await cdsvae('reconstruct', run, file, '--fit', '--out', out, '--quiet');
  expect([code, stderr]).toEqual([0, '']);
  expect(npy(out).header.shape).toEqual([1, T, ...frame]);
});

describe('encode', () => {
  test('writes the factors of a split, as the library finds them', async () => {
    const { code, stdout } = await cdsvae('encode', run, 'test', 'train:2', '--logvar', '--quiet');
    const files = [...stdout.matchAll(/^File +(.*)$/gm)].map(([, file]) => file!);
    const names = ['s.npy', 'z.npy', 's_logvar.npy', 'z_logvar.npy', 'sequences.json'];
    expect([code, files]).toEqual([0, names.map((name) => join(run, 'encoded', 'test-train-2', name))]);
    expect(JSON.parse(readFileSync(files[4]!, 'utf8')).sequences).toEqual(['test:0', 'test:1', 'test:2', 'train:2']);
    const loaded = await load(model, { threads: 1 });
    const source = openDataset(data);
    const raw = new Uint8Array(4 * length);
    source.split('test')!.read([0, 1, 2], raw);
    source.split('train')!.read([2], raw.subarray(3 * length));
    source.close();
    const x = { shape: [4, T, ...frame], data: Float32Array.from(raw, (v) => v / 255) };
    const { s, z, sLogvar, zLogvar } = await loaded.encode(x);
    await loaded.release();
    for (const [i, expected] of [s, z, sLogvar, zLogvar].entries()) {
      const { header, data: found } = npy(files[i]!);
      expect(header.shape).toEqual(expected.shape);
      const differences = expected.data.map((v, k) => Math.abs(v - Number(found[k])));
      expect(Math.max(...differences), names[i]).toBeLessThan(1e-5);
    }
  });

  test('gives labels with their sequences, −1 where a file has none', async () => {
    const labelled = join(folder.path, 'labelled');
    const classes = Array.from({ length: 10 }, (_, i) => String(i));
    const writer = new DatasetWriter(labelled, {
      info: {
        ...{ name: 'labelled', kind: 'video', frames: T, frame, dtype: 'uint8', divisor: 255, range: [0, 1] },
        factors: [{ name: 'digit', type: 'static', classes }],
      },
      count: 43,
      splits: { train: [0, 2], validation: [2, 3], test: [3, 43] },
    });
    writer.write(
      0,
      new Uint8Array(43 * length),
      Int32Array.from({ length: 43 }, (_, i) => (i < 3 ? 0 : (i - 3) % 10)),
    );
    writer.finish();
    writeFileSync(join(folder.path, 'mine.npy'), encodeNpy(new Uint8Array(length), [T, ...frame]));
    const out = join(folder.path, 'with-labels');
    const args = [model, 'test', join(folder.path, 'mine.npy'), '--data', labelled, '--out', out, '--quiet'];
    expect(await cdsvae('encode', ...args)).toMatchObject({ code: 0 });
    const { header, data: labels } = npy(join(out, 'labels.npy'));
    expect(header.shape).toEqual([41, 1]);
    expect(Array.from(labels as Int32Array)).toEqual([...Array.from({ length: 40 }, (_, i) => i % 10), -1]);
    const told = JSON.parse(readFileSync(join(out, 'sequences.json'), 'utf8'));
    expect(told.factors[0].name).toBe('digit');
    expect(told.sequences).toHaveLength(41);
    expect(told.sequences.at(-1)).toBe('mine.npy');
  });

  test('takes the place of an earlier set whole, and leaves other files', async () => {
    const out = join(folder.path, 'replaced');
    expect((await cdsvae('encode', run, 'test', '--logvar', '--out', out, '--quiet')).code).toBe(0);
    // As of a data set with labels.
    writeFileSync(join(out, 'labels.npy'), encodeNpy(new Int32Array(3), [3, 1]));
    writeFileSync(join(out, 'notes.txt'), 'mine');
    expect((await cdsvae('encode', run, 'test:0', '--out', out, '--quiet')).code).toBe(0);
    expect(readdirSync(out).sort()).toEqual(['notes.txt', 's.npy', 'sequences.json', 'z.npy']);
    expect(npy(join(out, 's.npy')).header.shape[0]).toBe(1);
  });

  test('refuses a folder with files of its names that are not its own', async () => {
    for (const [name, text] of [
      ['labels.npy', 'mine'],
      ['sequences.json', '[]'],
    ] as const) {
      const out = join(folder.path, `mine-${name}`);
      mkdirSync(out);
      writeFileSync(join(out, name), text);
      const { code, stderr } = await cdsvae('encode', run, 'test:0', '--out', out);
      expect(code).toBe(2);
      expect(stderr).toContain(`${out}: holds ${name}, but not of an earlier encoding; give another folder`);
      expect([readdirSync(out), readFileSync(join(out, name), 'utf8')]).toEqual([[name], text]);
    }
  });

  test('leaves nothing behind where something is wrong', async () => {
    const out = join(folder.path, 'encoded');
    const { code, stderr } = await cdsvae('encode', run, 'test:0', 'test:9', '--out', out);
    expect([code, existsSync(out)]).toEqual([2, false]);
    expect(stderr).toContain('test:9: test has 3 sequences');
  });

  test('stops halfway without a trace', async () => {
    const loaded = await load(model, { threads: 1 });
    const context = { model: loaded, data: () => openDataset(data) };
    const clips = await openClips(Array(20).fill('test:0-2'), context);
    const out = join(folder.path, 'stopped');
    const stop = new AbortController();
    const onProgress = () => stop.abort();
    await expect(encodeFiles(loaded, clips, out, { signal: stop.signal, onProgress })).rejects.toThrow(
      'stopped after 32 of 60 sequences',
    );
    expect(existsSync(out)).toBe(false);
    clips.close();
    await loaded.release();
  });
});

describe('decode', () => {
  const at = (name: string) => join(folder.path, name);

  test('makes of the files of encode what reconstruct makes of the sequences', async () => {
    const [factors, decoded, again] = ['to-decode', 'decoded.npy', 'again.npy'].map(at) as [string, string, string];
    expect((await cdsvae('encode', run, 'test:0-2', '--out', factors, '--quiet')).code).toBe(0);
    expect((await cdsvae('decode', run, factors, '--out', decoded, '--quiet')).code).toBe(0);
    expect((await cdsvae('reconstruct', run, 'test:0-2', '--out', again, '--quiet')).code).toBe(0);
    expect(readFileSync(decoded).equals(readFileSync(again))).toBe(true);
    const sheet = await cdsvae('decode', run, factors, '--json');
    expect(JSON.parse(sheet.stdout)).toMatchObject({
      files: [expect.stringMatching(/run\/generated\/decode-to-decode-[0-9a-f]+\.png$/)],
      sequences: 3,
    });
  });

  test('says which file is not what it should be', async () => {
    const bad = at('bad-factors');
    mkdirSync(bad);
    const put = (name: string, data: Float32Array, shape: number[]) =>
      writeFileSync(join(bad, name), encodeNpy(data, shape));
    const says = async (message: string) =>
      expect(await cdsvae('decode', run, bad, '--quiet')).toMatchObject({
        code: expect.toBeOneOf([2, 3]),
        stderr: expect.stringContaining(message),
      });
    await says('s.npy: not found');
    put('s.npy', new Float32Array(6), [2, 3]);
    put('z.npy', new Float32Array(3), [1, 3, 1]);
    await says('z.npy: shape [1, 3, 1] found, [2, T, d_m] expected');
    put('z.npy', Float32Array.of(0, Number.NaN), [2, 1, 1]);
    await says('z.npy: value 1 is NaN; finite numbers expected');
    put('z.npy', new Float32Array(2), [2, 1, 1]);
    await says('s has shape [2,3] and 6 values; [B, 4] with B ≥ 1 is expected');
    for (const args of [[], [run], [model]]) {
      const missing = expect.stringContaining('the folder of factors is missing');
      expect(await cdsvae('decode', ...args)).toMatchObject({ code: 2, stderr: missing });
    }
  });
});

describe('curves', () => {
  const log = (name: string, lines: object[]) => {
    mkdirSync(join(folder.path, name));
    writeFileSync(join(folder.path, name, 'metrics.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    return join(folder.path, name);
  };
  const line = (step: number) => ({
    step,
    loss: 100 / step,
    ...Object.fromEntries(CURVE_PANELS.flatMap((p) => p.metrics.filter((m) => !m.includes('/')).map((m) => [m, step]))),
    ...(step % 4 === 0 && { validation: { loss: step, reconstruction: step } }),
  });

  test('of a run stand below each other; of several runs, together', async () => {
    const [one, two] = ['one', 'two'].map((name) => log(name, [1, 2, 3, 4].map(line))) as [string, string];
    const { code, stdout } = await cdsvae('curves', one, '--json');
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { files: [join(one, 'generated', 'curves.svg')], steps: 4 }]);
    const svg = readFileSync(join(one, 'generated', 'curves.svg'), 'utf8');
    const [good, taken] = [join(one, 'good.svg'), join(one, 'taken.svg')];
    mkdirSync(taken);
    const halfWritten = await cdsvae('curves', one, '--out', good, '--out', taken);
    expect([halfWritten.code, existsSync(good)]).toEqual([3, false]);
    for (const { title } of CURVE_PANELS) expect(svg).toContain(`>${title}</text>`);
    const named = await cdsvae('curves', one, two, '--metric', 'loss', '--metric', 'klStatic', '--json');
    expect(JSON.parse(named.stdout).files).toEqual([join(one, 'generated', 'curves-two-loss-klStatic.svg')]);
    const both = join(folder.path, 'both.svg');
    const png = join(folder.path, 'both.png');
    const args = ['curves', one, two, '--metric', 'mwsStaticData', '--title', 'I', '--out', both, '--out', png];
    expect((await cdsvae(...args)).code).toBe(0);
    expect(readFileSync(both, 'utf8')).toMatch(/>one: I\(s; x\)<[\s\S]*>two: I\(s; x\)</);
    expect(await sharp(png).metadata()).toMatchObject({ format: 'png', width: 1440, height: 800 });
  });

  test('of runs of one name are told apart by their paths', async () => {
    for (const name of ['first', 'second']) mkdirSync(join(folder.path, name));
    const runs = ['first/digits', 'second/digits', 'third'].map((name) => log(name, [line(1), line(2)]));
    const { stdout } = await cdsvae('curves', ...runs, '--metric', 'loss', '--json');
    expect(JSON.parse(stdout).curves).toEqual([`${runs[0]}: loss`, `${runs[1]}: loss`, 'third: loss']);
  });

  test('of a run that has validated nothing yet are those there are', async () => {
    const early = log('early', [line(1), line(2)]);
    const { code, stdout } = await cdsvae('curves', early, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout).curves).toHaveLength(CURVE_PANELS.flatMap((p) => p.metrics).length - 2);
    const together = await cdsvae('curves', early, log('late', [1, 2, 3, 4].map(line)), '--json');
    expect(JSON.parse(together.stdout).curves).toContain('late: loss');
    expect((await cdsvae('curves', log('empty', []))).stderr).toContain('nothing was logged yet');
  });

  test('are each drawn once, however often they are asked for', async () => {
    const run = log('again', [line(1), line(2)]);
    const { stdout } = await cdsvae('curves', run, run, '--metric', 'loss', '--metric', 'loss', '--json');
    expect(JSON.parse(stdout).curves).toEqual(['loss']);
  });

  test('say what is wrong', async () => {
    const begun = log('begun-too', [line(1)]);
    for (const [args, exit, message] of [
      [[begun, '--metric', 'los'], 2, 'no metric "los" in this run; did you mean "loss"?'],
      [[begun, '--out', 'a.gif'], 2, 'a.gif: ending ".gif" found; .svg or .png expected'],
      [[join(folder.path, 'none')], 3, 'none: no metrics.jsonl found; the folder of a run that cdsvae train began is'],
    ] as const) {
      const { code, stderr } = await cdsvae('curves', ...args);
      expect([code, stderr]).toEqual([exit, expect.stringContaining(message)]);
    }
  });
});

describe('bad input', () => {
  const fails = async (args: readonly string[], exit: number, message: string) => {
    const out = join(folder.path, 'bad.png');
    const { code, stdout, stderr } = await cdsvae(...args, '--out', out);
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/^error: .*\n$/);
    expect([code, stdout, existsSync(out)]).toEqual([exit, '', false]);
  };

  test('a run without a model, and no run', async () => {
    const begun = join(folder.path, 'begun');
    mkdirSync(join(begun, 'checkpoints'), { recursive: true });
    await fails(['sample', begun], 3, 'the run has not ended: go on with it');
    await fails(['sample', join(folder.path, 'none')], 3, 'not found; a run folder or a model folder is expected');
  });

  test('sequences that are not there, or too many or few', async () => {
    await fails(['swap', run, 'test:0', 'test:3'], 2, 'test:3: test has 3 sequences, test:0 to test:2');
    await fails(['swap', run, 'test:0'], 2, 'sequences to swap: 1 given; an even number');
    await fails(['reconstruct', run, 'clip.npy'], 3, 'clip.npy: not found');
    await fails(['swap', 'clip.gif', 'other.gif'], 3, 'clip.gif: not found; check the path');
  });

  test('data that is not known, or has moved, or is other data', async () => {
    await fails(
      ['swap', model, 'test:0', 'test:1'],
      2,
      'was trained on "video-causal"; say where that is by --data DIR',
    );
    expect((await cdsvae('swap', model, 'test:0-1', '--data', data, '--out', join(folder.path, 'm.png'))).code).toBe(0);
    const settings = readFileSync(join(run, 'config.yaml'), 'utf8');
    writeFileSync(join(run, 'config.yaml'), settings.replace(data, '/nowhere/data'));
    await fails(['reconstruct', run, 'test:0'], 3, '/nowhere/data, which');
    writeFileSync(join(run, 'config.yaml'), settings);
    await fails(['reconstruct', run, 'test:0', '--data', 'sm-mnist'], 3, '"sm-mnist": 15 frames');
  });

  test('a file of another shape', async () => {
    const file = join(folder.path, 'short.npy');
    writeFileSync(file, encodeNpy(new Uint8Array(length - length / T), [T - 1, ...frame]));
    await fails(['reconstruct', run, file], 3, `the model takes ${T} frames`);
  });
});
