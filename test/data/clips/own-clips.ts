/** Folders of clips, and what datasets made of them hold. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { type SplitName, sequenceLength } from '../../../src/data/dataset.js';
import { openDataset } from '../../../src/data/open.js';
import { CdsvaeError } from '../../../src/errors.js';
import { animated, flatFrames } from './media.js';

/** A temporary folder for each test of a file. @returns paths in it */
export function freshFolder(): (...names: string[]) => string {
  let root = '';
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'cdsvae-own-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));
  return (...names) => join(root, ...names);
}

/** Twelve GIFs in two folders, each of 8 frames of one colour each; the first colour tells which it is. */
export async function writeGifs(at: (...names: string[]) => string): Promise<void> {
  for (const [f, folder] of ['a', 'b'].entries()) {
    mkdirSync(at('clips', folder), { recursive: true });
    for (let i = 0; i < 6; i++) {
      const frames = flatFrames(8, 16, 24, 6 * f + i);
      writeFileSync(at('clips', folder, `${i}.gif`), await animated('gif', frames, 8, 16, 24));
    }
  }
}

/** Every sequence of a dataset with its label and split. */
export function everything(source: string) {
  const data = openDataset(source);
  try {
    return (['train', 'validation', 'test'] as SplitName[]).flatMap((name) => {
      const split = data.split(name);
      return Array.from({ length: split?.size ?? 0 }, (_, i) => {
        const length = sequenceLength(data.info);
        const x = data.info.dtype === 'uint8' ? new Uint8Array(length) : new Float32Array(length);
        split!.read([i], x);
        return { split: name, x, labels: Array.from(split!.labels([i])) };
      });
    });
  } finally {
    data.close();
  }
}

/** The error of ours that a promise ends with. */
export async function failure(work: Promise<unknown>): Promise<CdsvaeError> {
  const error = await work.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (!(error instanceof CdsvaeError)) throw new Error(`an error of ours expected, ${error} found`);
  return error;
}
