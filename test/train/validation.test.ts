import { expect, test } from 'vitest';
import type { DatasetInfo, Split } from '../../src/data/dataset.js';
import { Random } from '../../src/random.js';
import { createSession } from '../../src/runtime/node.js';
import type { Value } from '../../src/runtime/session.js';
import { experiment } from '../../src/train/experiment.js';
import { defaultSettings } from '../../src/train/presets.js';
import { assign } from '../../src/train/settings.js';
import { Validation } from '../../src/train/validation.js';

const info: DatasetInfo = {
  name: 'little',
  kind: 'array',
  frames: 3,
  frame: [4],
  dtype: 'float32',
  divisor: 1,
  range: [-9, 9],
  factors: [],
};
const LITTLE = ['mlp=4', 'features=4', 'hidden=3', 'static=3', 'dynamic=2'].map((s) => `model.${s}`);
const session = (model: Uint8Array) => createSession(model, { threads: 1 });

/** Validates an untrained model in batches of 4, and tells which sequences it read, batch by batch. */
async function validate(size: number, sequences: number) {
  const read: number[][] = [];
  const split: Split = {
    name: 'validation',
    size,
    read: (indices, out) => {
      read.push(Array.from(indices));
      Array.from(indices).forEach((n, i) => {
        out.set(Random.of(n, 'sequence').normals(new Float32Array(12)), 12 * i);
      });
    },
    labels: () => new Int32Array(0),
  };
  const defaults = { data: 'x', kind: 'array', preset: 'compact', objective: 'cdsvae', threads: 1 } as const;
  const setup = experiment(assign(defaultSettings(defaults), [...LITTLE, 'train.batch=4']), info, 20);
  const parameters: Value = {
    type: 'float32',
    shape: [setup.layout.parameters.size],
    data: Float32Array.from(setup.layout.parameters.initialize(0)),
  };
  const validation = new Validation(setup, info, split, { sequences, batch: setup.plan.batch }, session);
  const terms = await validation.run({ parameters });
  await validation.release();
  return { read, terms };
}

test.each([
  // A split of less than a batch is one.
  [1, 64, [[0]]],
  [3, 64, [[0, 1, 2]]],
  [4, 64, [[0, 1, 2, 3]]],
  // Of others whole batches, none filled up with what was already seen.
  [7, 64, [[0, 1, 2, 3]]],
  [
    8,
    64,
    [
      [0, 1, 2, 3],
      [4, 5, 6, 7],
    ],
  ],
  // As many as were asked for, rounded up.
  [
    20,
    5,
    [
      [0, 1, 2, 3],
      [4, 5, 6, 7],
    ],
  ],
  [Number.POSITIVE_INFINITY, 3, [[0, 1, 2, 3]]],
])('of a split of %d, %d asked for, sees no sequence twice', async (size, sequences, expected) => {
  const { read, terms } = await validate(size, sequences);
  expect(read).toEqual(expected);
  for (const [name, value] of Object.entries(terms)) expect(Number.isFinite(value), name).toBe(true);
});
