import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runProgram } from '../src/cli/program.js';
import { type Dataset, type DatasetInfo, sequenceLength } from '../src/data/dataset.js';
import { DatasetWriter } from '../src/data/writer.js';
import { Random } from '../src/random.js';
import { MAIN, plainEnv, requireDist } from './cli/dist.js';

/** Runs the commands of docs/figures.md, on little models of noise. */
const root = resolve(import.meta.dirname, '..');
const text = readFileSync(join(root, 'docs/figures.md'), 'utf8');
const commands = [...text.matchAll(/^npx cdsvae (.*)$/gm)].map(([, line]) => line!.split(' '));
const trained = commands.filter(([verb]) => verb === 'train').map((words) => words[words.indexOf('--out') + 1]!);
const drawn = commands.filter(([verb]) => verb !== 'train' && verb !== 'data');

let folder: string;
const LITTLE = [
  'model.width=1',
  'model.mlp=8',
  'model.features=6',
  'model.hidden=5',
  'model.static=4',
  'model.dynamic=4',
]
  .concat('train.validateOn=2')
  .flatMap((setting) => ['--set', setting])
  .concat('--batch', '2', '--steps', '2', '--threads', '1', '--quiet');

beforeAll(() => {
  requireDist();
  folder = mkdtempSync(join(tmpdir(), 'cdsvae-figures-'));
  mkdirSync(join(folder, 'data'));
  noise('sprites', { kind: 'video', frames: 2, frame: [8, 8, 3], dtype: 'uint8', divisor: 255, range: [0, 1] });
  noise('librispeech', { kind: 'array', frames: 20, frame: [80], dtype: 'float32', divisor: 1, range: [0, 1] });
  for (const [name, data] of [
    ['digits', 'sm-mnist'],
    ['sprites', 'data/sprites'],
    ['speech', 'data/librispeech'],
  ] as const) {
    const args = [MAIN, 'train', data, '--out', `runs/${name}`, ...LITTLE];
    execFileSync(process.execPath, args, { cwd: folder, env: plainEnv(), stdio: 'pipe' });
  }
  // A run is a folder like any other, and those of the same form will do for each other.
  for (const like of ['sprites-mws', 'faces']) {
    cpSync(join(folder, 'runs/sprites'), join(folder, 'runs', like), { recursive: true });
  }
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** 2,000 sequences, or 20 of speech, most of them to test. */
function noise(name: string, info: Omit<DatasetInfo, 'name' | 'factors'>): void {
  const count = info.kind === 'video' ? 2000 : 20;
  const splits = { train: [0, 4], validation: [4, 6], test: [6, count] } as const;
  const writer = new DatasetWriter(join(folder, 'data', name), { info: { ...info, name, factors: [] }, count, splits });
  const random = Random.of(1, name);
  const size = count * sequenceLength(info as Dataset['info']);
  writer.write(
    0,
    info.dtype === 'uint8'
      ? Uint8Array.from({ length: size }, () => random.integer(256))
      : Float32Array.from({ length: size }, () => random.uniform()),
  );
  writer.finish();
}

test('all data that runs are trained on are made before', () => {
  const trained = [...text.matchAll(/cdsvae train (data\/\S+)/g)].map(([, data]) => data!);
  expect(trained.length).toBeGreaterThan(3);
  for (const data of trained) expect(text, data).toMatch(new RegExp(`cdsvae data .* --out ${data}$`, 'm'));
});

test('every figure of the paper that a model can make has its command', () => {
  const headings = [...text.matchAll(/^## Figure (\d+)$/gm)].map(([, n]) => Number(n));
  expect(headings).toEqual([3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
  for (const section of text.split(/^## /m).slice(1))
    expect(section).toMatch(/^npx cdsvae (swap|sample|interpolate|curves) /m);
  for (const [, run] of drawn) expect(trained).toContain(run);
});

test.each(drawn.map((words) => [words.join(' ')]))('cdsvae %s', { timeout: 60_000 }, async (line) => {
  const args = line.split(' ').map((word) => (word.startsWith('runs/') ? join(folder, word) : word));
  let [stdout, stderr] = ['', ''];
  const code = await runProgram([...args, '--quiet'], {
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    env: {},
    args: [],
  });
  expect([code, stderr]).toEqual([0, '']);
  const file = /^File {2}(.*)$/m.exec(stdout)![1]!;
  expect(existsSync(file), file).toBe(true);
});

test('pictures of the page are there', () => {
  const pictures = [...text.matchAll(/!\[.*\]\((.*)\)/g)].map(([, path]) => path!);
  expect(pictures.length).toBeGreaterThanOrEqual(5);
  for (const picture of pictures) expect(existsSync(join(root, 'docs', picture)), picture).toBe(true);
});
