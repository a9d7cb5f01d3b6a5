import { describe, expect, test } from 'vitest';
import { accuracy, chance, majority, mostProbable } from '../../../src/evaluate/metrics/accuracy.js';
import { summarize } from '../../../src/evaluate/metrics/summary.js';
import { reference } from './reference.js';

describe('accuracy', () => {
  test.each(reference.inception)(
    'is scikit-learn’s: $classes classes',
    ({ p, classes, labels, accuracy: expected }) => {
      expect(accuracy([mostProbable(p, classes)], [labels])).toBeCloseTo(expected, 14);
    },
  );

  test('of several labels counts items with all of them right', () => {
    const labels = [
      [0, 0, 1, 1],
      [2, 2, 2, 2],
    ];
    const predicted = [
      [0, 0, 1, 0],
      [2, 1, 2, 1],
    ];
    expect(accuracy(predicted, labels)).toBe(0.5);
  });

  test('leaves out items with an unknown label', () => {
    expect(accuracy([[1, 0, 1]], [[1, -1, 0]])).toBe(0.5);
    expect(accuracy([[1], [1]], [[1], [-1]])).toBeNaN();
  });

  test('refuses arrays of different lengths', () => {
    expect(() => accuracy([[1, 0]], [[1]])).toThrow('predictions (2) and labels (1) differ in number');
    expect(() => mostProbable([1, 0, 0], 2)).toThrow('rows of 2');
  });

  test('the most probable of equal classes is the first', () => {
    expect([...mostProbable([0.5, 0.5, 0.2, 0.4, 0.1, 0.9], 2)]).toEqual([0, 1, 1]);
  });

  test('who sees nothing does best by always saying what was most frequent', () => {
    expect(majority([0, 1, 1, -1, -1, -1], [1, 1, 0, 2, -1])).toBe(0.5);
    expect(majority([2, 1], [1, 2, 2])).toBeCloseTo(2 / 3, 14);
    expect(majority([0], [1])).toBe(0);
    expect(majority([-1], [1])).toBeNaN();
    expect(majority([1], [-1])).toBeNaN();
  });

  test('chance is the sum of squared shares of the known labels', () => {
    expect(chance([0, 1, 2, 3])).toBe(0.25);
    expect(chance([0, 0, 0, 1, -1])).toBeCloseTo(0.625, 14);
    expect(chance([5, 5])).toBe(1);
    expect(chance([-1])).toBeNaN();
  });
});

test('mean and sample standard deviation', () => {
  expect(summarize([2, 4, 4, 4, 5, 5, 7, 9])).toEqual({ mean: 5, deviation: Math.sqrt(32 / 7) });
  expect(summarize([3])).toEqual({ mean: 3, deviation: 0 });
});
