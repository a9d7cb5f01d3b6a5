import { lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { checkWritable, nodeFiles, writeAtomic } from '../../src/formats/durable.js';
import { NpyWriter } from '../../src/formats/npy-file.js';
import { temporaryFolder } from '../cli/dist.js';

let folder: string;
beforeEach(() => {
  const made = temporaryFolder();
  onTestFinished(() => made.remove());
  folder = made.path;
});

test('a file is replaced whole, and what an earlier write left when it was killed is used again', () => {
  const path = join(folder, 'a.json');
  writeFileSync(path, 'older and longer');
  writeFileSync(join(folder, '.saving-a.json'), 'half of what was to be');
  writeAtomic(path, 'new');
  expect([readFileSync(path, 'utf8'), readdirSync(folder)]).toEqual(['new', ['a.json']]);
});

test('where it cannot be written, the error names the file itself, and nothing is left', () => {
  const path = join(folder, 'a.json');
  const full = Object.assign(new Error(), { code: 'ENOSPC', syscall: 'write' });
  const files = {
    ...nodeFiles,
    writeSync: () => {
      throw full;
    },
  };
  writeFileSync(path, 'old');
  expect(() => writeAtomic(path, 'new', files)).toThrow(
    `${path} cannot be written: the disk is full (ENOSPC); make room and run it again`,
  );
  expect([readFileSync(path, 'utf8'), readdirSync(folder)]).toEqual(['old', ['a.json']]);
  mkdirSync(join(folder, 'b.json'));
  expect(() => writeAtomic(join(folder, 'b.json'), 'new')).toThrow(/b\.json cannot be written: it is a folder/);
  expect(readdirSync(folder)).toEqual(['a.json', 'b.json']);
});

test('whether a place can be written to is found by trying, and nothing is left of that', () => {
  checkWritable(join(folder, 'new', 'a.json'), 'file');
  mkdirSync(join(folder, 'b'));
  checkWritable(join(folder, 'b'), 'folder');
  expect(() => checkWritable(join(folder, 'b'), 'file')).toThrow('cannot be written: it is a folder');
  const denied = () => {
    throw Object.assign(new Error(), { code: 'EACCES', syscall: 'open' });
  };
  expect(() => checkWritable(join(folder, 'c'), 'folder', { ...nodeFiles, openSync: denied })).toThrow(
    `${join(folder, 'c')} cannot be written: no permission (EACCES)`,
  );
  expect(readdirSync(folder, { recursive: true }).sort()).toEqual(['b']);
});

test('a link goes on leading to the file that it led to, which is replaced', () => {
  const [file, link] = [join(folder, 'real.json'), join(folder, 'link.json')];
  writeFileSync(file, 'old');
  symlinkSync('real.json', link);
  writeAtomic(link, 'new');
  expect([readFileSync(file, 'utf8'), lstatSync(link).isSymbolicLink()]).toEqual(['new', true]);
  const writer = new NpyWriter(link, 'uint8', [1]);
  writer.writeRows(0, Uint8Array.of(7));
  writer.finish();
  expect([readFileSync(file).at(-1), lstatSync(link).isSymbolicLink()]).toEqual([7, true]);
  expect(readdirSync(folder)).toEqual(['link.json', 'real.json']);
});

test.skipIf(process.platform === 'win32')('a device is not replaced by a file', () => {
  expect(() => checkWritable('/dev/null', 'file')).toThrow(
    '/dev/null cannot be written: a device, pipe or socket found',
  );
});
