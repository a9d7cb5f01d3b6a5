import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Studio } from '../../src/studio/server/studio.js';
import { cdsvae, temporaryFolder } from '../cli/dist.js';

const LITTLE = ['width=4', 'mlp=8', 'features=16', 'hidden=12', 'static=16', 'dynamic=4']
  .flatMap((s) => ['--set', `model.${s}`])
  .concat('--steps', '4', '--batch', '2', '--threads', '1', '--checkpoint-every', '1');
const place = temporaryFolder();
const run = join(place.path, 'run');
const studio = new Studio(place.path);
const done = async (...args: string[]) => {
  const { code, stderr } = await cdsvae(args, { cwd: place.path });
  expect(code, stderr).toBe(0);
};
const make = (seed: number) => done('train', 'sm-mnist', '--out', run, ...LITTLE, '--seed', String(seed));

beforeAll(() => make(0), 120_000);
afterAll(() => {
  studio.close();
  place.remove();
});

test('a step that is not there takes no other’s folder', async () => {
  await expect(studio.modelFile('run', 99, 'model.json')).rejects.toThrow();
  const three = await studio.modelFile('run', 3, 'model.json');
  await expect(studio.modelFile('run', 98, 'model.json')).rejects.toThrow();
  const four = await studio.modelFile('run', 4, 'model.json');
  expect(four).not.toBe(three);
  expect(await studio.modelFile('run', 3, 'model.json')).toBe(three);
});

test('a run that is made again under its name is another', { timeout: 240_000 }, async () => {
  const [map, three] = [await studio.map('run', 4), await studio.modelFile('run', 3, 'model.json')];
  expect(await studio.map('run', 4)).toBe(map);
  rmSync(run, { recursive: true });
  await make(1);
  expect((await studio.map('run', 4)).values).not.toEqual(map.values);
  expect(await studio.modelFile('run', 3, 'model.json')).not.toBe(three);
});

test('data that is made again under its name is other data', { timeout: 240_000 }, async () => {
  const digits = join(place.path, 'digits');
  const draw = (seed: number) =>
    done('data', 'sm-mnist', '--sequences', '20', '--out', digits, '--overwrite', '--seed', String(seed));
  await draw(0);
  await done('train', digits, '--out', join(place.path, 'drawn'), ...LITTLE);
  const [page, map] = [studio.clips('drawn').page(0), await studio.map('drawn', 4)];
  expect(await studio.map('drawn', 4)).toBe(map);
  await draw(1);
  expect(studio.clips('drawn').page(0)).not.toEqual(page);
  expect((await studio.map('drawn', 4)).values).not.toEqual(map.values);
});

test('a file is no folder of runs', async () => {
  const file = join(place.path, 'a-file');
  writeFileSync(file, '');
  const { code, stderr } = await cdsvae(['studio', file, '--port', '0'], { cwd: place.path });
  expect(code).toBe(3);
  expect(stderr).toBe(`error: ${file}: a file found; a folder of runs, or one run, expected\n`);
});
