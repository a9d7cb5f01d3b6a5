import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { cachedDataset, preparedDataset } from '../../../src/data/clips/cache.js';
import { datasetFolder } from '../../../src/data/open.js';
import { temporaryFolder } from '../../cli/dist.js';

/** Folders that nobody may write, root included: those of read-only file systems. */
const readOnly = vi.hoisted(() => new Set<string>());
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  return {
    ...fs,
    accessSync: (path: string, mode?: number) => {
      if (readOnly.has(path)) throw Object.assign(new Error('EROFS'), { code: 'EROFS' });
      fs.accessSync(path, mode);
    },
  };
});

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
  vi.stubEnv('XDG_CACHE_HOME', join(folder.path, 'cache'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  readOnly.clear();
  folder.remove();
});

test('what was prepared in a folder that cannot be written any more is still read; what is prepared then is the user’s, and newer', () => {
  const clips = join(folder.path, 'clips');
  const inside = join(clips, '.cdsvae', 'dataset');
  mkdirSync(inside, { recursive: true });
  writeFileSync(join(clips, 'a.gif'), '');
  expect([cachedDataset(clips), preparedDataset(clips)]).toEqual([inside, inside]);
  readOnly.add(join(clips, '.cdsvae'));
  const own = cachedDataset(clips);
  expect(own).toContain(join(folder.path, 'cache'));
  expect([preparedDataset(clips), datasetFolder(clips)]).toEqual([inside, inside]);
  mkdirSync(own, { recursive: true });
  expect([preparedDataset(clips), datasetFolder(clips)]).toEqual([own, own]);
});
