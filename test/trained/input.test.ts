import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDataset } from '../../src/data/open.js';
import { createSession } from '../../src/runtime/node.js';
import { createModel } from '../../src/trained/create.js';
import type { Batch, Model } from '../../src/trained/model.js';
import { readValues } from '../../src/trained/read-values.js';
import { readFixture } from '../model/fixture.js';
import { fixtureBatch, fixtureWeights, take } from './exported.js';

const made = (name: string) => {
  const f = readFixture(name);
  return createModel(f.model, fixtureWeights(f), (bytes) => createSession(bytes, { threads: 1 }));
};
const one = (name: string) => take(fixtureBatch(readFixture(name)), 1);

let video: Model;
let features: Model;
beforeAll(async () => {
  [video, features] = [await made('video-causal'), await made('features-causal')];
});
afterAll(() => Promise.all([video.release(), features.release()]));

const refused = async (run: Promise<unknown>, ...parts: string[]) => {
  const error = await run.then(
    () => undefined,
    (e: Error) => e,
  );
  expect(error).toMatchObject({ name: 'CdsvaeError', code: 'usage' });
  for (const part of parts) expect(error!.message).toContain(part);
};
/** A batch with one value changed. */
const with_ = ({ shape, data }: Batch, at: number, value: number): Batch => ({ shape, data: data.with(at, value) });

describe('what a model cannot take is said in words', () => {
  test('values that are no float32', async () => {
    const { shape, data } = one('video-causal');
    for (const [wrong, type] of [
      [Uint8Array.from(data, (v) => v * 255), 'Uint8Array'],
      [Array.from(data), 'Array'],
      [undefined, 'undefined'],
    ] as const) {
      const x = { shape, data: wrong } as unknown as Batch;
      await refused(video.encode(x), `x: its data is of type ${type}`, 'Float32Array.from(bytes, (v) => v / 255)');
    }
    await refused(video.encode(data as unknown as Batch), 'x: it is of type Float32Array; { shape, data }');
    await refused(video.encode(undefined as unknown as Batch), 'x: it is of type undefined');
    const { s, z } = await video.encode({ shape, data });
    await refused(video.decode({ ...s, data: [...s.data] as never }, z), 's: its data is of type Array');
  });

  test('another shape', async () => {
    const { shape, data } = one('video-causal');
    await refused(video.encode({ shape: shape.slice(1), data }), `x has shape [${shape.slice(1)}]`);
    await refused(video.encode({ shape, data: data.subarray(1) }), `${data.length - 1} values`);
    const { s, z } = await video.encode({ shape, data });
    await refused(video.decode(s, { shape: [1, 0, z.shape[2]!], data: new Float32Array(0) }), '[B, T, ');
  });

  test('values that are not finite, and bytes that were not divided', async () => {
    const x = one('video-causal');
    await refused(
      video.encode(with_(x, 5, Number.NaN)),
      'x: NaN found at place 5 of its data, finite numbers expected',
    );
    await refused(video.encode(with_(x, 5, Number.POSITIVE_INFINITY)), 'Infinity found', 'finite numbers');
    const bytes = { shape: x.shape, data: x.data.map((v) => v * 255) };
    await refused(video.encode(bytes), 'values from 0 to 1 expected; divide raw ones by 255');
    await refused(video.encode(with_(x, 7, -1)), '-1 found at place 7');
    // What blending adds is no reason.
    await video.encode(with_(x, 7, 1.001));
    const { s, z } = await video.encode(x);
    await refused(video.decode(with_(s, 0, Number.NaN), z), 's: NaN found at place 0');
    await refused(video.decode(s, with_(z, 1, Number.NEGATIVE_INFINITY)), 'z: -Infinity found at place 1');
  });

  test('features may be any finite numbers', async () => {
    const x = one('features-causal');
    await features.encode(with_(x, 0, -1e6));
    await refused(features.encode(with_(x, 0, Number.NaN)), 'x: NaN found at place 0');
  });

  test('more than can be drawn', async () => {
    await refused(video.sample(1e9), '1000000000 sequences', 'too many to draw at a time; at most');
    await refused(video.sample(1, { frames: 1e12 }), 'draw fewer frames');
  });
});

test('a model may be released twice, and by a block that ends', async () => {
  const model = await made('features-causal');
  await Promise.all([model.release(), model.release()]);
  await model.release();
  await expect(model.sample(1)).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringContaining('was released'),
  });
  await model[Symbol.asyncDispose]();
});

describe('sequences of a dataset as values', () => {
  test('are divided, in the order asked for', () => {
    const data = openDataset('sm-mnist');
    const raw = new Uint8Array(2 * 15 * 64 * 64);
    data.split('test')!.read([3, 1], raw);
    expect(readValues(data, 'test', [3, 1])).toEqual({
      shape: [2, 15, 64, 64, 1],
      data: Float32Array.from(raw, (v) => v / 255),
    });
  });

  test('of a split there is none of', () => {
    const { info, split, close } = openDataset('sm-mnist');
    const data = {
      info,
      close,
      split: (name: 'train' | 'validation' | 'test') => (name === 'test' ? undefined : split(name)),
    };
    expect(() => readValues(data, 'test', [0])).toThrow('"sm-mnist" has no split test; it has train, validation');
  });
});
