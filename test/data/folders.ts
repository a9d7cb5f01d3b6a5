/** Small dataset folders for tests. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { CdsvaeError, type ErrorCode } from '../../src/errors.js';
import { encodeNpy, type NpyData } from '../../src/formats/npy.js';

/** Value of a test video: tells sequence, frame and place. */
export const valueAt = (n: number, t: number, i: number) => (n * 31 + t * 7 + i) % 256;

/** uint8 `[count, 4, 2, 3, 1]` by {@link valueAt}. */
export function video(count: number): Uint8Array {
  return Uint8Array.from({ length: count * 24 }, (_, k) => valueAt(Math.floor(k / 24), Math.floor(k / 6) % 4, k % 6));
}

/** A whole, valid dataset of 20 videos, changed as a test wishes; `undefined` leaves a file out. */
export function writeFolder(
  folder: string,
  change: {
    manifest?: object | string | undefined;
    sequences?: NpyData | undefined;
    shape?: number[];
    labels?: NpyData | undefined;
    labelShape?: number[];
  } = {},
): void {
  const { manifest, sequences, shape, labels, labelShape } = {
    manifest: MANIFEST,
    sequences: video(20),
    shape: [20, 4, 2, 3, 1],
    labels: Int32Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? (i / 2) % 3 : -1)),
    labelShape: [20, 2],
    ...change,
  };
  mkdirSync(folder, { recursive: true });
  if (manifest !== undefined) {
    writeFileSync(join(folder, 'dataset.json'), typeof manifest === 'string' ? manifest : JSON.stringify(manifest));
  }
  if (sequences !== undefined) writeFileSync(join(folder, 'sequences.npy'), encodeNpy(sequences, shape));
  if (labels !== undefined) writeFileSync(join(folder, 'labels.npy'), encodeNpy(labels, labelShape));
}

/** The `dataset.json` of {@link writeFolder}. */
export const MANIFEST = {
  name: 'little',
  kind: 'video',
  frames: 4,
  frame: [2, 3, 1],
  factors: [
    { name: 'move', type: 'dynamic', classes: ['up', 'down', 'still'] },
    { name: 'hat', type: 'static', classes: 2 },
  ],
  splits: { train: [0, 12], validation: [12, 15], test: [15, 20] },
};

/** Holds an error to its code, and its message to every pattern. */
export function expectFailure(run: () => unknown, code: ErrorCode, ...patterns: (RegExp | string)[]): void {
  let caught: unknown;
  try {
    run();
  } catch (error) {
    caught = error;
  }
  expect(caught).toBeInstanceOf(CdsvaeError);
  if (!(caught instanceof CdsvaeError)) return;
  expect(caught.code).toBe(code);
  for (const pattern of patterns) expect(caught.message).toMatch(pattern);
}
