import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NO_MOTION, VIDEO_MOTION } from '../../src/augment/index.js';
import type { DatasetInfo, Split } from '../../src/data/dataset.js';
import { type BatchPlan, batchIndices, prepareBatch, videoShape } from '../../src/train/batches.js';

const plan: BatchPlan = {
  seed: 3,
  batch: 4,
  model: { frames: 3, static: 6, dynamic: 2 },
  content: 'shuffle',
  motion: NO_MOTION,
};
const sorted = (x: Iterable<number>) => [...x].sort((a, b) => a - b);
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i);

/** Everything that so many steps see, one after another. */
const seen = (p: BatchPlan, size: number, steps: number, from = 0) =>
  upTo(steps).flatMap((i) => batchIndices(p, 'train', size, from + i));

test('every sequence comes with a conversion of its own, each of them now and then', () => {
  const info: DatasetInfo = {
    name: 'speech',
    kind: 'audio',
    frames: 3,
    frame: [4],
    dtype: 'float32',
    divisor: 1,
    range: [-1, 1],
    factors: [],
    conversions: 3,
  };
  const split: Split = {
    name: 'train',
    size: 20,
    read: (_, out) => out,
    labels: () => new Int32Array(),
    readConversions: (indices, which, out) => {
      Array.from(indices).forEach((n, i) => {
        out.fill(10 * n + which[i]!, 12 * i, 12 * i + 12);
      });
      return out;
    },
  };
  const met = new Set<number>();
  for (const step of upTo(50)) {
    const { converted } = prepareBatch(plan, 'train', info, split, step);
    const values = upTo(plan.batch).map((i) => Number(converted!.data[12 * i]));
    expect(values.map((v) => Math.floor(v / 10))).toEqual(batchIndices(plan, 'train', 20, step));
    for (const value of values) met.add(value % 10);
  }
  expect(sorted(met)).toEqual([0, 1, 2]);
});

describe('training', () => {
  test('sees no sequence twice in an epoch, nor in a batch, and leaves out less than a batch', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 40 }),
        fc.integer({ min: 2, max: 12 }),
        fc.nat(1e6),
        (size, batch, seed) => {
          fc.pre(batch <= size);
          const steps = Math.floor(size / batch);
          for (let epoch = 0; epoch < 4; epoch++) {
            const once = new Set(seen({ ...plan, batch, seed }, size, steps, epoch * steps));
            expect(once.size).toBe(steps * batch);
            expect(upTo(size)).toEqual(expect.arrayContaining([...once]));
          }
        },
      ),
      { numRuns: 100, seed: 20211 },
    );
  });

  test.each([
    [20, 16],
    [40, 16],
    [500, 64],
    [31, 16],
  ])('of %d sequences in batches of %d leaves out others in each epoch', (size, batch) => {
    const p = { ...plan, batch };
    for (const step of upTo(300)) expect(new Set(batchIndices(p, 'train', size, step)).size).toBe(batch);
    expect(sorted(new Set(seen(p, size, 20 * Math.floor(size / batch))))).toEqual(upTo(size));
  });

  test('of steps of fewer sequences sees the first of those that come up then, and no others twice', () => {
    for (const step of upTo(50)) {
      const fewer = batchIndices({ ...plan, batch: 3, turn: 8 }, 'train', 21, step);
      expect(fewer).toEqual(batchIndices({ ...plan, batch: 8 }, 'train', 21, step).slice(0, 3));
      expect(new Set(fewer).size).toBe(3);
    }
  });

  test('has another order in each epoch, and for each seed', () => {
    const orders = new Set<string>();
    for (const seed of [3, 4]) {
      for (let epoch = 0; epoch < 5; epoch++) orders.add(seen({ ...plan, seed }, 32, 8, 8 * epoch).join());
    }
    expect(orders.size).toBe(10);
    for (const order of orders) expect(order).not.toBe(upTo(32).join());
  });

  test('gives a step the same sequences in whatever order steps are asked for', () => {
    // Through epochs and back.
    const there = upTo(60).map((step) => batchIndices(plan, 'train', 10, step));
    const back = upTo(60).map((i) => batchIndices(plan, 'train', 10, 59 - i));
    expect(back.reverse()).toEqual(there);
  });

  test('of seeds that differ does not share orders that are remembered', () => {
    const [a, b] = [3, 4].map((seed) => batchIndices({ ...plan, seed }, 'train', 32, 0));
    expect(a).not.toEqual(b);
    expect(batchIndices(plan, 'train', 32, 0)).toEqual(a);
  });

  test('reads an endless source on and on, nothing twice', () => {
    const endless = Number.POSITIVE_INFINITY;
    expect(seen(plan, endless, 5)).toEqual(upTo(20));
    expect(batchIndices(plan, 'train', endless, 2e9)).toEqual([8e9, 8e9 + 1, 8e9 + 2, 8e9 + 3]);
  });
});

describe('validation', () => {
  test('sees the same sequences whatever the seed, from the first on', () => {
    for (const seed of [1, 2]) {
      expect(batchIndices({ ...plan, seed }, 'validation', 10, 1)).toEqual([4, 5, 6, 7]);
      expect(batchIndices({ ...plan, seed }, 'validation', Number.POSITIVE_INFINITY, 1)).toEqual([4, 5, 6, 7]);
    }
  });
});

describe('a batch', () => {
  const info: DatasetInfo = {
    name: 'counted',
    kind: 'video',
    frames: 3,
    frame: [2, 2, 1],
    dtype: 'uint8',
    divisor: 255,
    range: [0, 1],
    factors: [],
  };
  /** Sequence i is 12 times the value i. */
  const split: Split = {
    name: 'train',
    size: 20,
    read: (indices, out) => Array.from(indices).forEach((n, i) => void out.fill(n, 12 * i, 12 * i + 12)),
    labels: () => new Int32Array(0),
  };
  const batch = (step: number, change: Partial<BatchPlan> = {}, purpose: 'train' | 'validation' = 'train') =>
    prepareBatch({ ...plan, ...change }, purpose, info, split, step);

  test('holds the sequences of its step', () => {
    const { x } = batch(2);
    expect(x).toMatchObject({ type: 'uint8', shape: [4, 3, 2, 2, 1] });
    const expected = batchIndices(plan, 'train', 20, 2).flatMap((i) => new Array(12).fill(i));
    expect(Array.from(x!.data as Uint8Array)).toEqual(expected);
  });

  test('is a pure function of plan, purpose and step', () => {
    expect(batch(7)).toEqual(batch(7));
    for (const other of [batch(8), batch(7, { seed: 4 }), batch(7, {}, 'validation')]) {
      for (const name of ['noiseStatic', 'noiseDynamic', 'noiseMotion']) {
        expect(other[name]!.data, name).not.toEqual(batch(7)[name]!.data);
      }
    }
  });

  test('has noise of mean 0 and variance 1, a piece for each use', () => {
    const many = upTo(200).map((step) => batch(step));
    const shapes = { noiseStatic: [4, 6], noiseDynamic: [4, 3, 2], noiseMotion: [4, 3, 2] };
    for (const [name, shape] of Object.entries(shapes)) {
      expect(many[0]![name]!.shape).toEqual(shape);
      const values = many.flatMap((b) => Array.from(b[name]!.data as Float32Array));
      const mean = values.reduce((a, v) => a + v, 0) / values.length;
      const variance = values.reduce((a, v) => a + (v - mean) ** 2, 0) / values.length;
      expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(values.length));
      expect(Math.abs(variance - 1)).toBeLessThan(4 * Math.sqrt(2 / values.length));
    }
    expect(many[0]!.noiseDynamic!.data).not.toEqual(many[0]!.noiseMotion!.data);
  });

  test('has an order of frames and its inverse', () => {
    const { order, inverse } = batch(1);
    const [o, i] = [order!.data as Int32Array, inverse!.data as Int32Array];
    expect(upTo(3).map((t) => i[o[t]!])).toEqual(upTo(3));
    expect(Array.from(batch(1, { content: 'reverse' }).order!.data as Int32Array)).toEqual([2, 1, 0]);
  });

  test('has what the motion augmentation takes, and nothing where there is none', () => {
    const plain = Object.keys(batch(0)).sort();
    expect(plain).toEqual(['inverse', 'noiseDynamic', 'noiseMotion', 'noiseStatic', 'order', 'x']);
    expect(Object.keys(batch(0, { motion: VIDEO_MOTION })).length).toBeGreaterThan(plain.length);
    expect(videoShape(info, 4)).toEqual({ batch: 4, height: 2, width: 2, channels: 1 });
  });
});
