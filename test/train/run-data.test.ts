import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDataset } from '../../src/data/open.js';
import { evaluate } from '../../src/evaluate/evaluate.js';
import { dataOf } from '../../src/studio/server/run.js';
import { formatSettings } from '../../src/train/config-file.js';
import { defaultSettings } from '../../src/train/presets.js';
import { checkFacts, factsOf, sourceOf } from '../../src/train/run-data.js';
import { cdsvae, LITTLE, temporaryFolder, writeLittleData } from '../cli/dist.js';
import { expectFailure } from '../data/folders.js';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());
const at = (name: string) => join(folder.path, name);
const train = (...args: string[]) => cdsvae(['train', ...args], { cwd: folder.path });

test('data that have moved are said to be elsewhere, and a run on them comes to the same bits', async () => {
  writeLittleData(at('before'));
  const begin = ['before', ...LITTLE, '--set', 'optimizer.schedule=constant'];
  expect(await train(...begin, '--steps', '6', '--out', 'once')).toMatchObject({ code: 0 });
  expect(await train(...begin, '--steps', '3', '--out', 'twice')).toMatchObject({ code: 0 });
  renameSync(at('before'), at('after'));

  const lost = await train('--resume', '--out', 'twice', '--steps', '6');
  const message = /before, which \S*twice was trained on, is not there; say where it is by --data DIR/;
  expect(lost).toMatchObject({ code: 3, stderr: expect.stringMatching(message) });
  await expect(evaluate(at('twice'))).rejects.toThrow(message);

  expect(await train('--resume', '--data', 'after', '--out', 'twice', '--steps', '6')).toMatchObject({ code: 0 });
  const weights = (run: string) => readFileSync(join(at(run), 'checkpoints/step-6/parameters.safetensors'));
  expect(weights('twice').equals(weights('once'))).toBe(true);
  // And the run remembers.
  expect(await train('--resume', '--out', 'twice')).toMatchObject({ code: 0 });
}, 60_000);

test('other data than a run was begun with are refused, and it stays as it was', async () => {
  writeLittleData(at('little'));
  writeLittleData(at('other'));
  const manifest = readFileSync(at('other/dataset.json'), 'utf8');
  writeFileSync(at('other/dataset.json'), manifest.replace('"name": "little"', '"name": "other"'));
  expect(await train('little', ...LITTLE, '--steps', '2', '--out', 'run')).toMatchObject({ code: 0 });
  const config = readFileSync(at('run/config.yaml'), 'utf8');
  expect(await train('other', '--resume', '--out', 'run', '--steps', '4')).toMatchObject({
    code: 3,
    stderr: expect.stringMatching(/other: name "other" found, "little" expected: these are not the data that run was/),
  });
  expect(readFileSync(at('run/config.yaml'), 'utf8')).toBe(config);
}, 60_000);

describe('which data a model is of', () => {
  /** A run on these data, of seed 5. */
  const begin = (data: string) => {
    const settings = defaultSettings({ data, kind: 'video', preset: 'compact', objective: 'cdsvae', threads: 1 });
    settings.train.seed = 5;
    mkdirSync(at('run'));
    writeFileSync(at('run/config.yaml'), formatSettings(settings));
    return settings;
  };

  test('a run says, and the page says as the commands do where they have moved', () => {
    const settings = begin(at('moved'));
    const lost = /moved, which \S*run was trained on, is not there; say where it is by --data DIR/;
    expectFailure(() => sourceOf(at('run'), 'sm-mnist'), 'input', lost);
    expectFailure(() => dataOf(at('run')), 'input', lost);
    expect(sourceOf(at('run'), 'sm-mnist', 'elsewhere')).toEqual({ data: 'elsewhere', seed: 5, settings });
    mkdirSync(at('moved'));
    expect(dataOf(at('run'))).toEqual({ data: at('moved'), seed: 5, settings });
  });

  test('a model folder knows only those that are built in', () => {
    const of = (data: string) => ({ data, seed: 0, settings: undefined });
    expect(sourceOf(at('model'), 'sm-mnist')).toEqual(of('sm-mnist'));
    expect(sourceOf(at('model'), 'sprites')).toBeUndefined();
    expect(sourceOf(at('model'), undefined)).toBeUndefined();
    expect(sourceOf(at('model'), 'sprites', 'there')).toEqual(of('there'));
    expectFailure(
      () => dataOf(at('model')),
      'input',
      /a model folder does not say where its data are; give them by --data/,
    );
  });
});

describe('checkFacts', () => {
  test('names what differs', () => {
    writeLittleData(at('little'));
    const data = openDataset(at('little'));
    const facts = factsOf(data);
    data.close();
    const check = (other: Partial<typeof facts>) => checkFacts('run', 'data', { ...facts, ...other }, facts);
    check({});
    expectFailure(
      () => check({ frame: [7] }),
      'input',
      /^data: frame \[7\] found, \[6\] expected: .* that run was begun/,
    );
    expectFailure(() => check({ train: 31 }), 'input', /sequences to train on: 31 found, 32 expected/);
    expectFailure(() => check({ factors: ['move'] }), 'input', /factors \["move"\] found, \[\] expected/);
  });
});

describe('a run that ends before its first step', () => {
  test('leaves nothing, and the same command trains when its data are mended', async () => {
    writeLittleData(at('little'));
    const file = at('little/sequences.npy');
    const sound = readFileSync(file);
    const spoilt = Buffer.from(sound);
    // Of validation, which is read last.
    spoilt.writeFloatLE(Number.NaN, sound.length - 4 * 24 * 2);
    writeFileSync(file, spoilt);
    const args = ['little', ...LITTLE, '--steps', '1', '--out', 'run'];
    expect(await train(...args)).toMatchObject({ code: 3, stderr: expect.stringMatching(/NaN found in sequence 38/) });
    expect(readdirSync(folder.path)).toEqual(['little']);
    writeFileSync(file, sound);
    expect(await train(...args)).toMatchObject({ code: 0 });
  }, 60_000);

  test('where values are out of the range that the data state, says which', async () => {
    writeLittleData(at('little'));
    const file = at('little/sequences.npy');
    const bytes = readFileSync(file);
    bytes.writeFloatLE(1e6, bytes.length - 4 * 24 * (40 - 8));
    writeFileSync(file, bytes);
    expect(await train('little', ...LITTLE, '--steps', '1')).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/little: 1000000 found in sequence 8 of train, .* "range": \[-10, 10\]/),
    });
    expect(readdirSync(folder.path)).toEqual(['little']);
  });
});
