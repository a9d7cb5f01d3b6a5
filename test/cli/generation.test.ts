import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runProgram } from '../../src/cli/program.js';
import { DatasetWriter } from '../../src/data/writer.js';
import { encodeNpy, parseNpy } from '../../src/formats/npy.js';
import { writeModel } from '../../src/generate/export.js';
import { load } from '../../src/generate/load.js';
import { Random } from '../../src/random.js';
import { defaultSettings } from '../../src/train/presets.js';
import { formatSettings } from '../../src/train/settings.js';
import { FIXTURES, fixtureExport } from '../generate/exported.js';
import { temporaryFolder } from './dist.js';

const f = FIXTURES.find((g) => g.name === 'video-causal')!;
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
  const settings = defaultSettings({ data, dataName: 'noise', preset: 'compact', method: 'cdsvae', threads: 1 });
  writeFileSync(join(run, 'config.yaml'), formatSettings(settings));
  await writeModel(join(run, 'model'), fixtureExport(f));
  await writeModel(model, fixtureExport(f));
});
afterAll(() => folder.remove());

async function cdsvae(...args: readonly string[]) {
  let [stdout, stderr] = ['', ''];
  const code = await runProgram(args, {
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    env: {},
    args: [],
  });
  return { code, stdout, stderr };
}

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
    const { code, stdout, stderr } = await cdsvae(command!, run, ...rest);
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
    files,
    sequences: 2,
    frames: T,
    steps: 7,
    rows: [
      { heading: 'swap', label: 'content of B, motion of A', s: 'B', z: 'A' },
      { heading: 'swap', label: 'content of A, motion of B', s: 'A', z: 'B' },
    ],
  });
  const { header, data: values } = npy(files[0]!);
  expect([header.dtype, header.shape]).toEqual(['float32', [2, T, ...frame]]);
  // What was written can be read again as sequences.
  const again = await cdsvae('reconstruct', model, files[0]!, '--out', join(folder.path, 'again.npy'));
  expect([again.code, again.stderr]).toEqual([0, '']);
  const loaded = await load(model, { threads: 1 });
  const { s, z } = await loaded.encode({ shape: header.shape, data: values as Float32Array });
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
    await fails(['reconstruct', run, 'clip.npy'], 3, 'clip.npy: not found; a file, or an item of the data');
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
    await fails(['reconstruct', run, 'test:0', '--data', 'sm-mnist'], 3, '"sm-mnist" has sequences');
  });

  test('a file of another shape', async () => {
    const file = join(folder.path, 'short.npy');
    writeFileSync(file, encodeNpy(new Uint8Array(length - length / T), [T - 1, ...frame]));
    await fails(['reconstruct', run, file], 3, `the model takes [${[T, ...frame].join(', ')}]`);
  });
});
