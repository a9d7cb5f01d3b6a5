import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { modelBehind } from '../../src/train/model-behind.js';
import { temporaryFolder } from '../cli/dist.js';

let folder: ReturnType<typeof temporaryFolder>;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => folder.remove());

test('a model older than the newest checkpoint of its run is said to be, with what to do', () => {
  expect(modelBehind(folder.path, 500)).toBeUndefined();
  for (const step of [500, 1000]) mkdirSync(join(folder.path, 'checkpoints', `step-${step}`), { recursive: true });
  expect(modelBehind(folder.path, 1000)).toBeUndefined();
  expect(modelBehind(folder.path, 500)).toMatch(
    /has had 500 steps, its newest checkpoint 1000: .*--resume.*--checkpoint newest/,
  );
});
