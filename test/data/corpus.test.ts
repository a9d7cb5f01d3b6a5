import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { corpusAsMade } from '../../src/data/corpus.js';
import type { Factor } from '../../src/data/dataset.js';
import { openFolder } from '../../src/data/folder.js';
import { openSmMnist } from '../../src/data/sm-mnist.js';
import { CELL, PARTS } from '../../src/data/sprites-sheets.js';
import { expectFailure, MANIFEST, writeFolder } from './folders.js';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'cdsvae-corpus-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const factorsOf = (...names: string[]): Factor[] => names.map((name) => ({ name, type: 'static', classes: ['a'] }));
const sprites = {
  name: 'sprites',
  frame: [CELL, CELL, 3],
  factors: factorsOf('action', ...PARTS.map(({ factor }) => factor)),
};

describe('a data set that no manifest names', () => {
  it('is known by its name together with the frame and factors that its command writes', () => {
    expect(corpusAsMade(sprites)).toBe('sprites');
    expect(corpusAsMade(openSmMnist().info)).toBe('sm-mnist');
    expect(corpusAsMade({ ...sprites, name: 'mug', factors: factorsOf('expression', 'identity') })).toBe('mug');
  });

  it.each([
    ['clips in a folder named sprites', { factors: [] }],
    ['the same with folders as labels', { factors: factorsOf('folder') }],
    ['clips in a folder named sm-mnist', { name: 'sm-mnist', factors: [] }],
    ['a folder named constructor', { name: 'constructor' }],
    ['frames of another size', { frame: [32, 32, 3] }],
  ])('is none of the paper’s: %s', (_, change) => {
    expect(corpusAsMade({ ...sprites, ...change })).toBeUndefined();
  });
});

describe('dataset.json', () => {
  const corpusOf = (manifest: object) => {
    writeFolder(join(root, 'x'), { manifest: { ...MANIFEST, ...manifest } });
    const data = openFolder(join(root, 'x'));
    data.close();
    return data.info.corpus;
  };

  it('says which it is, whatever its name', () => {
    expect(corpusOf({ corpus: 'mug' })).toBe('mug');
    expect(corpusOf({ name: 'sprites' })).toBeUndefined();
    expectFailure(() => corpusOf({ corpus: 'toString' }), 'input', /corpus: "toString" found, "sprites" or "mug" or/);
  });

  it('of an earlier version is known by what its command wrote', () => {
    const frame = [64, 64, 1];
    const factors = ['smaller digit', 'larger digit'].map((name) => ({ name, type: 'static', classes: 10 }));
    writeFolder(join(root, 'digits'), {
      manifest: { name: 'sm-mnist', kind: 'video', factors, splits: { train: [0, 3] } },
      sequences: new Uint8Array(3 * 2 * 64 * 64),
      shape: [3, 2, ...frame],
      labels: undefined,
    });
    const data = openFolder(join(root, 'digits'));
    data.close();
    expect(data.info.corpus).toBe('sm-mnist');
  });
});
