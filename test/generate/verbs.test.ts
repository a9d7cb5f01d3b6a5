import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Clips, Generated } from '../../src/generate/compose.js';
import { interpolate } from '../../src/generate/interpolate.js';
import { reconstruct } from '../../src/generate/reconstruct.js';
import { sampleHolding, samplePrior } from '../../src/generate/sample.js';
import { cross, swap } from '../../src/generate/swap.js';
import { createSession } from '../../src/runtime/node.js';
import { type Batch, concat, pick, rowOf } from '../../src/trained/batch.js';
import { createModel } from '../../src/trained/create.js';
import type { Encoded, Model } from '../../src/trained/model.js';
import { FIXTURES, readFixture } from '../model/fixture.js';
import { fixtureBatch, fixtureWeights, take, worst } from '../trained/exported.js';

const f = readFixture('video-causal');
const T = f.model.frames;

let model: Model;
/** Four sequences that differ: those of the fixture, and the same played backwards or turned to negatives. */
let clips: Clips;
let own: Encoded;
beforeAll(async () => {
  model = await createModel(f.model, fixtureWeights(f), (bytes) => createSession(bytes, { threads: 1 }));
  const two = take(fixtureBatch(f), 2);
  const x = concat([two, { shape: two.shape, data: two.data.map((v) => 1 - v) }]);
  clips = { x, names: ['test:0', 'test:1', 'a.npy', 'b.npy'] };
  own = await model.encode(x);
});
afterAll(() => model.release());

const some = (count: number): Clips => ({ x: pick(clips.x, [0, 1, 2, 3].slice(0, count)) });
/** What the decoder makes of the content of one and the motion of another. */
const mix = (pairs: [number, number][]): Promise<Batch> =>
  model.decode(
    pick(
      own.s,
      pairs.map(([s]) => s),
    ),
    pick(
      own.z,
      pairs.map(([, z]) => z),
    ),
  );
const chips = ({ groups }: Generated) => groups.map((g) => g.rows.map((r) => `${r.s} ${r.z}${r.made ? ' made' : ''}`));

test('sequences of a test differ in content and in motion', () => {
  for (const factor of [own.s, own.z]) {
    for (const [i, j] of [
      [0, 1],
      [0, 2],
      [1, 3],
    ] as const) {
      expect(worst(rowOf(factor, i), rowOf(factor, j))).toBeGreaterThan(1e-3);
    }
  }
});

test('the making of sequences tells of its frames', async () => {
  const told: [number, number][] = [];
  const options = { onProgress: (done: number, total: number) => told.push([done, total]) };
  const two = some(2);
  await samplePrior(model, { count: 33, frames: T + 1, ...options });
  const total = 33 * (T + 1);
  expect(told).toEqual([
    [32 * T, total],
    [32 * (T + 1), total],
    [32 * (T + 1) + T, total],
    [total, total],
  ]);
  for (const make of [reconstruct, swap, cross, interpolate] as const) {
    told.length = 0;
    const { x } = await make(model, two, options);
    expect(told).toEqual([[x.shape[0]! * T, x.shape[0]! * T]]);
  }
});

test('a reconstruction is of the sequence’s own factors', async () => {
  const made = await reconstruct(model, { x: pick(clips.x, [0, 1]), names: ['test:0', 'test:1'] });
  const expected = await mix([
    [0, 0],
    [1, 1],
  ]);
  expect(worst(made.x.data, expected.data)).toBeLessThan(1e-5);
  expect(chips(made)).toEqual([['A A', 'A A made', 'B B', 'B B made']]);
  expect(made.groups[0]!.rows[0]!.label).toBe('source A, test:0');
});

describe('swap', () => {
  test('in pairs gives each the content of the other', async () => {
    const made = await swap(model, clips);
    const expected = await mix([
      [1, 0],
      [0, 1],
      [3, 2],
      [2, 3],
    ]);
    expect(made.x.shape).toEqual(clips.x.shape);
    expect(worst(made.x.data, expected.data)).toBeLessThan(1e-5);
    expect(chips(made)).toEqual([
      ['A A', 'B A made', 'B B', 'A B made'],
      ['C C', 'D C made', 'D D', 'C D made'],
    ]);
  });

  test('holds the content or the motion of the first', async () => {
    const content = await swap(model, some(3), { fix: 'static' });
    const motion = await swap(model, some(3), { fix: 'dynamic' });
    const expected = await mix([
      [0, 1],
      [0, 2],
      [1, 0],
      [2, 0],
    ]);
    expect(worst(concat([content.x, motion.x]).data, expected.data)).toBeLessThan(1e-5);
    expect(chips(content)).toEqual([['A A', 'B B', 'A B made', 'C C', 'A C made']]);
    expect(chips(motion)).toEqual([['A A', 'B B', 'B A made', 'C C', 'C A made']]);
  });

  test('of all with all has a group for each content', async () => {
    const made = await cross(model, some(2));
    const expected = await mix([
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ]);
    expect(worst(made.x.data, expected.data)).toBeLessThan(1e-5);
    expect(chips(made)).toEqual([
      ['A A', 'B B'],
      ['A A made', 'A B made'],
      ['B A made', 'B B made'],
    ]);
  });

  test('needs two, and an even number for pairs', async () => {
    await expect(swap(model, some(3))).rejects.toThrow('sequences to swap: 3 given; an even number');
    await expect(swap(model, some(1), { fix: 'static' })).rejects.toThrow('1 given; two or more');
    const fix = 'content' as 'static';
    for (const made of [
      swap(model, some(2), { fix }),
      interpolate(model, some(2), { fix }),
      sampleHolding(model, some(1), fix),
    ]) {
      await expect(made).rejects.toThrow('fix: "content" found; static (content) or dynamic (motion) expected');
    }
  });
});

describe('sample', () => {
  test('holds the content and draws a motion of any length', async () => {
    const frames = 2 * T + 1;
    const made = await sampleHolding(model, some(2), 'static', { count: 3, frames, seed: 5 });
    const prior = await model.sample(6, { frames, seed: 5 });
    expect(made.x.shape.slice(0, 2)).toEqual([6, frames]);
    expect(made.z).toEqual(prior.z);
    expect(worst(made.s.data, pick(own.s, [0, 0, 0, 1, 1, 1]).data)).toBeLessThan(1e-6);
    expect(worst(made.x.data, (await model.decode(made.s, made.z)).data)).toBe(0);
    expect(chips(made)[1]).toEqual(['B B', 'B prior 4 made', 'B prior 5 made', 'B prior 6 made']);
  });

  test('holds the motion and draws contents', async () => {
    const made = await sampleHolding(model, some(2), 'dynamic', { count: 2, seed: 5 });
    expect(made.s).toEqual((await model.sample(4, { seed: 5 })).s);
    expect(worst(made.z.data, pick(own.z, [0, 0, 1, 1]).data)).toBeLessThan(1e-6);
    expect(chips(made)[0]).toEqual(['A A', 'prior 1 A made', 'prior 2 A made']);
    await expect(sampleHolding(model, some(1), 'dynamic', { frames: T + 1 })).rejects.toThrow(
      `${T + 1} frames asked for, but the motion held has ${T}`,
    );
  });

  test('a whole number of times', async () => {
    await expect(sampleHolding(model, some(2), 'static', { count: 1.5 })).rejects.toThrow('count is 1.5');
  });

  test('draws both', async () => {
    const made = await samplePrior(model, { count: 2, seed: 1 });
    const { s, z } = await model.sample(2, { seed: 1 });
    expect([made.s, made.z]).toEqual([s, z]);
    expect(chips(made)).toEqual([['prior 1 prior 1 made', 'prior 2 prior 2 made']]);
  });

  test('Model.swap: content of the first, motion of the second', async () => {
    const x = await model.swap(pick(clips.x, [0, 1]), pick(clips.x, [1, 2]));
    const expected = await mix([
      [0, 1],
      [1, 2],
    ]);
    expect(worst(x.data, expected.data)).toBeLessThan(1e-5);
  });

  test('temperature scales what is drawn: s in proportion, and at 0 nothing is left to chance', async () => {
    const [one, half] = [await model.sample(2, { seed: 3 }), await model.sample(2, { seed: 3, temperature: 0.5 })];
    expect(
      worst(
        half.s.data,
        one.s.data.map((v) => v / 2),
      ),
    ).toBeLessThan(1e-6);
    // z of the first step, whose mean and deviation hang on nothing drawn before: its distance to the mean is halved.
    const [zero, other] = [
      await model.sample(2, { temperature: 0 }),
      await model.sample(2, { temperature: 0, seed: 9 }),
    ];
    expect(zero.z).toEqual(other.z);
    const width = f.model.dynamic;
    for (const i of [0, 1]) {
      const first = (b: Batch) => rowOf(b, i).subarray(0, width);
      const expected = first(one.z).map((v, k) => (v + first(zero.z)[k]!) / 2);
      expect(worst(first(half.z), expected)).toBeLessThan(1e-5);
    }
    // Nor is the component of a mixture, whose probabilities are as the noise is not.
    const mixed = FIXTURES.find((g) => g.model.priorComponents > 1)!;
    const of = await createModel(mixed.model, fixtureWeights(mixed), (bytes) => createSession(bytes, { threads: 1 }));
    const still = await of.sample(5, { temperature: 0, seed: 9 });
    expect(still.z).toEqual((await of.sample(5, { temperature: 0 })).z);
    expect(rowOf(still.z, 0)).toEqual(rowOf(still.z, 4));
    await of.release();
    await expect(model.sample(1, { temperature: -1 })).rejects.toThrow('temperature is -1');
    await expect(model.sample(1, { temperature: Number.NaN })).rejects.toThrow('temperature is NaN');
  });
});

describe('interpolate', () => {
  test('moves the content in equal steps while the motion stays', async () => {
    const made = await interpolate(model, some(2), { fix: 'dynamic', steps: 3 });
    const [a, b] = [rowOf(own.s, 0), rowOf(own.s, 1)];
    for (let i = 0; i < 5; i++) {
      const expected = a.map((v, k) => v + (i / 4) * (b[k]! - v));
      expect(worst(rowOf(made.s, i), expected), `step ${i}`).toBeLessThan(1e-6);
      expect(worst(rowOf(made.z, i), rowOf(own.z, 0))).toBeLessThan(1e-6);
    }
    expect(worst(made.x.data, (await model.decode(made.s, made.z)).data)).toBe(0);
    expect(chips(made)).toEqual([
      ['A A', 'B B', 'A A made', 'A→B 25% A made', 'A→B 50% A made', 'A→B 75% A made', 'B A made'],
    ]);
  });

  test('moves the motion, or both', async () => {
    const motion = await interpolate(model, some(2), { fix: 'static', steps: 1 });
    const both = await interpolate(model, some(4), { steps: 0 });
    const middle = rowOf(own.z, 0).map((v, k) => (v + rowOf(own.z, 1)[k]!) / 2);
    expect(worst(rowOf(motion.z, 1), middle)).toBeLessThan(1e-6);
    expect(worst(motion.s.data, pick(own.s, [0, 0, 0]).data)).toBeLessThan(1e-6);
    expect(worst(both.s.data, own.s.data)).toBeLessThan(1e-6);
    expect(worst(both.z.data, own.z.data)).toBeLessThan(1e-6);
    expect(both.groups.map((g) => g.heading)).toEqual([
      'content and motion from A to B',
      'content and motion from C to D',
    ]);
  });

  test('names what is between so that neighbours differ, however many steps', async () => {
    const { groups } = await interpolate(model, some(2), { steps: 149 });
    const origins = groups[0]!.rows.map((row) => row.s);
    expect(origins.slice(3, 5)).toEqual(['A→B 0.7%', 'A→B 1.3%']);
    expect(new Set(origins.slice(2)).size).toBe(151);
  });

  test('needs pairs and whole steps', async () => {
    await expect(interpolate(model, some(3))).rejects.toThrow('3 given; an even number');
    await expect(interpolate(model, some(2), { steps: 0.5 })).rejects.toThrow('steps is 0.5');
  });
});

test('more sequences than go through the engine at a time are each what they are alone', async () => {
  const many = Array.from({ length: 37 }, (_, i) => i % 4);
  const { s, z } = await model.encode(pick(clips.x, many));
  expect(worst(s.data, pick(own.s, many).data)).toBeLessThan(1e-5);
  expect(worst(z.data, pick(own.z, many).data)).toBeLessThan(1e-5);
  const x = await model.decode(s, z);
  expect(x.shape[0]).toBe(37);
  expect(worst(rowOf(x, 36), (await mix([[0, 0]])).data)).toBeLessThan(1e-5);
});
