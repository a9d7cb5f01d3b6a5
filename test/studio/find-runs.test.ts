import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { findRuns } from '../../src/studio/server/find-runs.js';
import { temporaryFolder } from '../cli/dist.js';

const place = temporaryFolder();
afterAll(place.remove);
const runs = join(realpathSync(place.path), 'runs');
for (const id of ['b/10', 'b/9', 'a']) {
  mkdirSync(join(runs, id), { recursive: true });
  writeFileSync(join(runs, id, 'config.yaml'), '');
}

test('a folder has the runs in it, in the order that one reads', () => {
  expect(findRuns(runs)).toEqual({ root: runs, ids: ['a', 'b/9', 'b/10'] });
});

test.each(['a', 'a/', 'a/.', 'b/../a', 'b/9/../../a/.'])('a single run is known by its name: %s', (path) => {
  const { root, ids } = findRuns(`${runs}/${path}`);
  expect(ids).toEqual(['a']);
  expect(join(root)).toBe(runs);
});

test('a link to a run, or to a folder of runs, is that', () => {
  const link = (name: string, to: string) => {
    symlinkSync(to, join(place.path, name));
    return join(place.path, name);
  };
  expect(findRuns(link('latest', join(runs, 'b/10')))).toEqual({ root: join(runs, 'b'), ids: ['10'] });
  expect(findRuns(link('all', runs))).toEqual({ root: runs, ids: ['a', 'b/9', 'b/10'] });
});

test('what is not there, or no folder, has none', () => {
  expect(findRuns(join(runs, 'nowhere')).ids).toEqual([]);
  expect(findRuns(join(runs, 'a', 'config.yaml')).ids).toEqual([]);
});
