import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { writeSite } from '../../src/studio/server/site-folder.js';
import { temporaryFolder } from '../cli/dist.js';

let place: string;
let site: string;
beforeEach(() => {
  const folder = temporaryFolder();
  onTestFinished(() => folder.remove());
  place = folder.path;
  site = join(place, 'site');
});

function put(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** Writes a site of these files, each with the revision in it. */
function write(revision: string, files: readonly string[], others: readonly string[] = [], into = site): Promise<void> {
  return writeSite(into, async (folder) => {
    for (const file of [...files, ...others]) put(join(folder, file), revision);
    return { site: { revision, files: [...files], others: [...others] }, result: undefined };
  });
}

/** The files below a folder with what is in them; not the list, which has a test of its own. */
function contents(folder = site): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((e) => e.isFile());
  const paths = files.map((e) => join(e.parentPath, e.name).slice(folder.length + 1)).sort();
  return Object.fromEntries(
    paths.filter((p) => p !== 'files.json').map((p) => [p, readFileSync(join(folder, p), 'utf8')]),
  );
}

test('of an earlier site, files are replaced, and those that are no longer part of it removed with their folders', async () => {
  await write('1', ['index.html', 'runs/a/run.json'], ['engine.wasm', 'old.wasm']);
  expect(contents()).toEqual({ 'engine.wasm': '1', 'index.html': '1', 'old.wasm': '1', 'runs/a/run.json': '1' });
  await write('2', ['index.html', 'runs/b/run.json'], ['engine.wasm']);
  expect(contents()).toEqual({ 'engine.wasm': '2', 'index.html': '2', 'runs/b/run.json': '2' });
  expect(readdirSync(join(site, 'runs'))).toEqual(['b']);
  expect(JSON.parse(readFileSync(join(site, 'files.json'), 'utf8'))).toEqual({
    format: 'cdsvae site 1',
    revision: '2',
    files: ['index.html', 'runs/b/run.json'],
    others: ['engine.wasm'],
  });
  expect(readdirSync(place)).toEqual(['site']);
});

test('a link to elsewhere is not gone through, whatever a list says', async () => {
  const elsewhere = join(place, 'elsewhere');
  put(join(elsewhere, 'precious'), 'mine');
  await write('1', ['index.html']);
  symlinkSync(elsewhere, join(site, 'link'));
  const list = { format: 'cdsvae site 1', revision: '1', files: ['index.html', 'link/precious'], others: [] };
  writeFileSync(join(site, 'files.json'), JSON.stringify(list));
  await expect(write('2', ['index.html'])).rejects.toThrow(
    `${join(site, 'link')}: a link, where an export has a folder`,
  );
  writeFileSync(join(site, 'files.json'), JSON.stringify({ ...list, files: ['index.html'] }));
  await expect(write('2', ['index.html', 'link/new'])).rejects.toThrow('a link, where an export has a folder');
  expect(readdirSync(elsewhere)).toEqual(['precious']);
});

test('what the user has put beside it stays, in its folders too', async () => {
  put(join(site, '.git', 'HEAD'), 'mine');
  await write('1', ['index.html', 'runs/a.json']);
  put(join(site, 'CNAME'), 'mine');
  put(join(site, 'runs', 'notes.txt'), 'mine');
  await write('2', ['index.html']);
  expect(contents()).toEqual({ '.git/HEAD': 'mine', CNAME: 'mine', 'index.html': '2', 'runs/notes.txt': 'mine' });
});

test('a folder with other things and no site is refused, and left as it is', async () => {
  for (const list of ['[]', '{"files":["thesis.txt"],"revision":"1"}', 'no JSON']) {
    put(join(site, 'files.json'), list);
    put(join(site, 'thesis.txt'), 'mine');
    await expect(write('1', ['index.html'])).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('holds other things than an earlier export (files.json, thesis.txt)'),
    });
    expect(contents()).toEqual({ 'thesis.txt': 'mine' });
  }
  await expect(write('1', ['index.html'], [], join(site, 'thesis.txt'))).rejects.toMatchObject({ code: 'usage' });
});

test('a list that names files outside the folder is no list of a site', async () => {
  put(join(place, 'thesis.txt'), 'mine');
  for (const file of ['../thesis.txt', join(place, 'thesis.txt'), 'a/../../thesis.txt', '.git/HEAD']) {
    const list = { format: 'cdsvae site 1', revision: '1', files: [file], others: [] };
    put(join(site, 'files.json'), JSON.stringify(list));
    await expect(write('1', ['index.html'])).rejects.toMatchObject({ code: 'usage' });
  }
  expect(contents(place)).toMatchObject({ 'thesis.txt': 'mine' });
});

test('a file of the user where one of the site would be is not replaced', async () => {
  await write('1', ['index.html']);
  for (const [mine, wanted] of [
    ['about.html', 'about.html'],
    ['runs', 'runs/a.json'],
  ] as const) {
    put(join(site, mine), 'mine');
    await expect(write('2', ['index.html', wanted])).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining(join(site, wanted)),
    });
    expect(contents()).toEqual({ [mine]: 'mine', 'index.html': '1' });
    rmSync(join(site, mine));
  }
});

test('when writing fails, the earlier site is as it was, and a new folder is not made', async () => {
  await write('1', ['index.html']);
  const fails = (folder: string) =>
    writeSite(folder, async (into) => {
      put(join(into, 'index.html'), '2');
      throw Object.assign(new Error('full'), { code: 'ENOSPC', syscall: 'write' });
    });
  await expect(fails(site)).rejects.toMatchObject({ code: 'io', message: expect.stringContaining('disk is full') });
  expect(contents()).toEqual({ 'index.html': '1' });
  await expect(fails(join(place, 'new'))).rejects.toMatchObject({ code: 'io' });
  expect(existsSync(join(place, 'new'))).toBe(false);
});

test('stopped among the moves, the same once more makes it whole', async () => {
  await write('1', ['a.html', 'b.html', 'z.html']);
  // A folder where a file was: the move onto it fails.
  rmSync(join(site, 'b.html'));
  put(join(site, 'b.html', 'x'), 'mine');
  await expect(write('2', ['a.html', 'b.html', 'c.html'])).rejects.toMatchObject({ code: 'io' });
  expect(contents()).toEqual({ 'a.html': '2', 'b.html/x': 'mine', 'z.html': '1' });
  rmSync(join(site, 'b.html'), { recursive: true });
  await write('3', ['a.html', 'b.html']);
  expect(contents()).toEqual({ 'a.html': '3', 'b.html': '3' });
});

test('what a killed export left is taken away by the next', async () => {
  put(join(site, '.saving-site', 'index.html'), 'half');
  await write('1', ['index.html']);
  expect(contents()).toEqual({ 'index.html': '1' });
});
