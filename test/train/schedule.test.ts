import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type LearningRate, learningRateAt, weightAt } from '../../src/train/schedule.js';

const rates = fc.record({
  learningRate: fc.double({ min: 1e-6, max: 1, noNaN: true }),
  schedule: fc.constantFrom('constant' as const, 'cosine' as const),
  warmup: fc.integer({ min: 0, max: 50 }),
});
const constant: LearningRate = { learningRate: 0.01, schedule: 'constant', warmup: 0 };
const cosine: LearningRate = { learningRate: 0.01, schedule: 'cosine', warmup: 0 };

describe('warm-up', () => {
  test('rises in a line to the peak', () => {
    const settings = { ...constant, warmup: 4 };
    const found = [1, 2, 3, 4, 5].map((step) => learningRateAt(step, 100, settings));
    [0.0025, 0.005, 0.0075, 0.01, 0.01].forEach((rate, i) => {
      expect(found[i]).toBeCloseTo(rate, 15);
    });
  });

  test('is the same with either schedule, and not 0 at the first step', () => {
    for (const schedule of ['constant', 'cosine'] as const) {
      expect(learningRateAt(1, 100, { learningRate: 1, schedule, warmup: 10 })).toBeCloseTo(0.1, 15);
    }
  });

  test('of 0 or 1 steps starts at the peak', () => {
    for (const warmup of [0, 1]) expect(learningRateAt(1, 100, { ...constant, warmup })).toBe(0.01);
  });
});

describe('constant', () => {
  test('stays at the peak', () => {
    for (const step of [1, 50, 100, 1e9]) expect(learningRateAt(step, 100, constant)).toBe(0.01);
  });
});

describe('cosine', () => {
  test('goes from the peak through the middle to a hundredth at the last step, and stays there', () => {
    const settings = { ...cosine, warmup: 20 };
    expect(learningRateAt(20, 120, settings)).toBeCloseTo(0.01, 15);
    expect(learningRateAt(70, 120, settings)).toBeCloseTo(0.01 * (0.01 + 0.99 / 2), 15);
    expect(learningRateAt(120, 120, settings)).toBeCloseTo(0.0001, 15);
    expect(learningRateAt(500, 120, settings)).toBeCloseTo(0.0001, 15);
  });

  test('does not descend while the last step is not known', () => {
    for (const step of [1, 19, 1e6]) expect(learningRateAt(step, undefined, cosine)).toBe(0.01);
  });

  test('takes a run shorter than its warm-up', () => {
    expect(learningRateAt(5, 5, { ...cosine, warmup: 50 })).toBeCloseTo(0.001, 15);
    expect(learningRateAt(50, 50, { ...cosine, warmup: 50 })).toBe(0.01);
  });
});

test('a weight goes in a line from the first step to the last, either way, and not before the last is known', () => {
  expect([1, 2, 3, 5, 9].map((step) => weightAt(step, 5, 0, 1))).toEqual([0, 0.25, 0.5, 1, 1]);
  expect([1, 3, 5].map((step) => weightAt(step, 5, 1, 0))).toEqual([1, 0.5, 0]);
  expect([1, 100].map((step) => weightAt(step, undefined, 0.2, 1))).toEqual([0.2, 0.2]);
  expect(weightAt(1, 1, 0.2, 1)).toBe(0.2);
});

test('is between 0 and the peak, rises in warm-up, never rises after it', () => {
  fc.assert(
    fc.property(rates, fc.integer({ min: 1, max: 200 }), (settings, steps) => {
      let before = 0;
      for (let step = 1; step <= steps; step++) {
        const rate = learningRateAt(step, steps, settings);
        expect(rate).toBeGreaterThan(0);
        expect(rate).toBeLessThanOrEqual(settings.learningRate);
        if (step <= settings.warmup) expect(rate).toBeGreaterThan(before);
        else if (step > 1 && settings.warmup > 0) expect(rate).toBeLessThanOrEqual(before);
        before = rate;
      }
    }),
    { numRuns: 100, seed: 20211 },
  );
});
