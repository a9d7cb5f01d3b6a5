import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openDataset } from '../../src/data/open.js';
import { expectFailure, writeFolder } from './folders.js';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'cdsvae-open-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

it('opens the built-in dataset with its options', () => {
  const data = openDataset('sm-mnist', { frames: 7, seed: 3 });
  expect(data.info).toMatchObject({ name: 'sm-mnist', frames: 7 });
  data.close();
});

it('opens a folder', () => {
  writeFolder(join(root, 'little'));
  const data = openDataset(join(root, 'little'), { frames: 2 });
  expect(data.info).toMatchObject({ name: 'little', frames: 2 });
  data.close();
});

it('a run is no data, and is gone on with', () => {
  mkdirSync(join(root, 'checkpoints'));
  writeFileSync(join(root, 'config.yaml'), '');
  const message = `${root}: a run found, data expected; to go on with the run: cdsvae train --out ${root} --resume`;
  expectFailure(() => openDataset(root), 'input', new RegExp(`^${message.replace(/[.]/g, '\\.')}$`));
});

it('suggests what there is', () => {
  writeFolder(join(root, 'little'));
  expectFailure(() => openDataset('sm-minst'), 'usage', /"sm-minst": no such dataset.*did you mean "sm-mnist"\?/);
  expectFailure(() => openDataset('imagenet'), 'usage', /valid: .*sm-mnist/);
  expectFailure(() => openDataset(''), 'usage', /sm-mnist/);
  expectFailure(() => openDataset(join(root, 'litle')), 'input', /did you mean ".*little"\?/);
  expectFailure(() => openDataset(join(root, 'nowhere', 'x')), 'input', /sm-mnist/);
  expectFailure(() => openDataset(root), 'input', /without dataset\.json/);
});
