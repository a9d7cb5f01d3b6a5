import { describe, expect, test } from 'vitest';
import type { ModelConfig } from '../../src/model/index.js';
import { type Likelihood, reconstruction, steadyError } from '../../src/objective/index.js';
import { checkGradient, evaluate, expectClose, type Numbers, numbers } from '../graph/check.js';
import { littleModel } from '../model/little-model.js';

const video = littleModel({ frame: { kind: 'video', size: 32, channels: 1 }, frames: 3 });
const features = littleModel({ frame: { kind: 'features', features: 5 }, frames: 3 });

const loss = async (config: ModelConfig, likelihood: Likelihood, x: Numbers, logits: Numbers) =>
  (await evaluate((a, b) => reconstruction(config, likelihood, a!, b!), [x, logits]))[0]!.data[0]!;

const sigmoid = (l: number) => 1 / (1 + Math.exp(-l));
/** What a value costs, given its logit. */
const COSTS: Record<Likelihood, (x: number, logit: number) => number> = {
  gaussian: (x, l) => (x - sigmoid(l)) ** 2,
  l1: (x, l) => Math.abs(x - sigmoid(l)),
  bernoulli: (x, l) => -x * Math.log(sigmoid(l)) - (1 - x) * Math.log(1 - sigmoid(l)),
};

/** Summed over values, averaged over the batch. */
function loop(x: Numbers, logits: Numbers, cost: (x: number, logit: number) => number): number {
  let sum = 0;
  for (let i = 0; i < x.data.length; i++) sum += cost(x.data[i]!, logits.data[i]!);
  return sum / x.shape[0]!;
}

const x = numbers([2, 3, 4, 4, 1], 1, 0, 1);
const logits = numbers([2, 3, 4, 4, 1], 2, -4, 4);

describe.each(Object.entries(COSTS) as [Likelihood, (x: number, l: number) => number][])('%s', (likelihood, cost) => {
  test('is the sum over all values of a sequence, averaged over the batch', async () => {
    expectClose([await loss(video, likelihood, x, logits)], [loop(x, logits, cost)], 1e-12);
  });

  test('has the gradient of differences', () =>
    checkGradient((a, b) => reconstruction(video, likelihood, a!, b!), [x, logits], 1e-6));

  test('of a batch given twice is the same', async () => {
    const twice = (v: Numbers): Numbers => ({
      shape: [4, ...v.shape.slice(1)],
      data: [...Array.from(v.data), ...Array.from(v.data)],
    });
    expectClose(
      [await loss(video, likelihood, twice(x), twice(logits))],
      [await loss(video, likelihood, x, logits)],
      1e-12,
    );
  });
});

test('features are compared as they are, without a sigmoid', async () => {
  const [a, b] = [numbers([2, 3, 5], 3, -5, 5), numbers([2, 3, 5], 4, -5, 5)];
  expectClose([await loss(features, 'gaussian', a, b)], [loop(a, b, (v, w) => (v - w) ** 2)], 1e-12);
  expectClose([await loss(features, 'l1', a, b)], [loop(a, b, (v, w) => Math.abs(v - w))], 1e-12);
});

test('a perfect reconstruction costs nothing', async () => {
  const perfect: Numbers = { shape: x.shape, data: Array.from(logits.data, sigmoid) };
  expect(await loss(video, 'gaussian', perfect, logits)).toBeLessThan(1e-28);
  expect(await loss(video, 'l1', perfect, logits)).toBeLessThan(1e-13);
});

test('cross-entropy stays exact where the sigmoid is 0 or 1 to the last bit', async () => {
  const extreme: Numbers = { shape: [1, 1, 2, 2, 1], data: [800, -800, 800, -800] };
  const target: Numbers = { shape: [1, 1, 2, 2, 1], data: [1, 0, 0, 1] };
  expect(await loss(video, 'bernoulli', target, extreme)).toBe(1600);
});

test('a sum of millions of pixels in float32 is right to six digits', async () => {
  const wide = littleModel({ frame: { kind: 'video', size: 128, channels: 1 }, frames: 64 });
  const x = numbers([2, 64, 128, 128, 1], 5, 0, 1);
  const logits = numbers([2, 64, 128, 128, 1], 6, -4, 4);
  const [found] = await evaluate((a, b) => reconstruction(wide, 'gaussian', a!, b!), [x, logits], 'float32');
  const expected = loop(x, logits, COSTS.gaussian);
  expect(Math.abs(found!.data[0]! / expected - 1)).toBeLessThan(1e-6);
});

describe('the error that stays', () => {
  const steady = async (a: Numbers, b: Numbers) =>
    (await evaluate((v, w) => steadyError(video, v!, w!), [a, b]))[0]!.data[0]!;
  const [b, t, pixels] = [2, 3, 16];
  const error = (i: number, k: number, j: number) => {
    const at = (i * t + k) * pixels + j;
    return x.data[at]! - sigmoid(logits.data[at]!);
  };

  test('and the error in what moves add up to the whole', async () => {
    let moving = 0;
    for (let i = 0; i < b; i++) {
      for (let j = 0; j < pixels; j++) {
        const mean = (error(i, 0, j) + error(i, 1, j) + error(i, 2, j)) / t;
        for (let k = 0; k < t; k++) moving += (error(i, k, j) - mean) ** 2 / b;
      }
    }
    expectClose([(await steady(x, logits)) + moving], [await loss(video, 'gaussian', x, logits)], 1e-12);
  });

  test('has the gradient of differences', () => checkGradient((v, w) => steadyError(video, v!, w!), [x, logits], 1e-6));
});
