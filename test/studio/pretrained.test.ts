import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { exportStudio } from '../../src/studio/server/export.js';
import { Studio } from '../../src/studio/server/studio.js';
import { pretrained } from '../../src/trained/pretrained.js';
import { temporaryFolder } from '../cli/dist.js';

const shipped = pretrained('sm-mnist');
const { steps } = JSON.parse(readFileSync(join(shipped, 'model.json'), 'utf8')).training;

test('where no run has a model yet, the pretrained one can be played with, apart from the runs', async () => {
  const studio = new Studio(join(shipped, 'no such folder'));
  expect(await studio.runs()).toMatchObject([{ id: 'pretrained', pretrained: true, data: 'sm-mnist', model: steps }]);
  expect(await studio.modelFile('pretrained', steps, 'weights.safetensors')).toBe(join(shipped, 'weights.safetensors'));
  await expect(studio.modelFile('pretrained', steps, 'evaluation.json')).rejects.toThrow('no such file of a model');
  studio.close();
});

test('among runs with a model it is not', async () => {
  const studio = new Studio(shipped);
  expect((await studio.runs()).map((r) => [r.id, r.pretrained])).toEqual([['sm-mnist', undefined]]);
  studio.close();
});

test('its export holds its weights alone, and takes the place of an earlier one', { timeout: 120_000 }, async () => {
  const folder = temporaryFolder();
  const site = join(folder.path, 'site');
  const { bytes } = await exportStudio(shipped, `${site}/`, { version: 'test' });
  const model = join(site, 'api', 'runs', 'sm-mnist', `model-${steps}`);
  expect(existsSync(join(model, 'weights.safetensors'))).toBe(true);
  expect(existsSync(join(model, 'encoder.onnx'))).toBe(false);
  expect(bytes.model).toBeLessThan(5e6);

  const made = readdirSync(site, { recursive: true }).sort();
  writeFileSync(join(site, 'CNAME'), 'example.org');
  await exportStudio(shipped, `${site}/`, { version: 'test' });
  expect(readdirSync(site, { recursive: true }).sort()).toEqual(['CNAME', ...made].sort());
  expect(readdirSync(folder.path)).toEqual(['site']);
  folder.remove();
});
