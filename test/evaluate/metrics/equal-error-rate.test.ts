import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { equalErrorRate } from '../../../src/evaluate/metrics/equal-error-rate.js';
import { verificationError, verificationScores } from '../../../src/evaluate/metrics/verification.js';
import { Random } from '../../../src/random.js';
import { reference } from './reference.js';

describe('equal error rate', () => {
  test.each(reference.eer)('is what scikit-learn’s ROC curve gives: $kind', ({ genuine, impostor, rate }) => {
    expect(equalErrorRate(genuine, impostor)).toBeCloseTo(rate, 10);
  });

  test('is 0 where all are told apart, 1 where all are told wrong, 0.5 where all scores are one', () => {
    expect(equalErrorRate([0.8, 0.9], [0.1, 0.7])).toBe(0);
    expect(equalErrorRate([0.1, 0.2], [0.3, 0.4, 0.5])).toBe(1);
    expect(equalErrorRate([0.5, 0.5, 0.5], [0.5])).toBe(0.5);
  });

  test('needs no grid: scores apart by less than any grid', () => {
    expect(equalErrorRate([1 + 2e-15, 1 + 1e-15], [1, 1 - 1e-15])).toBe(0);
  });

  test('of a tie across the crossing is decided by a coin', () => {
    // Above the tie 1 of 2 genuine; in it 1 genuine and 1 of 2 impostors: FRR = t/2, FAR = 1/2 − t/2, equal at t = 1/2.
    expect(equalErrorRate([2, 1], [1, 0])).toBeCloseTo(0.25, 15);
  });

  test('of two normal distributions d apart is Φ(−d/2)', () => {
    const random = Random.of(1, 'eer');
    const draw = (shift: number) => random.normals(new Float64Array(200_000)).map((v) => v + shift);
    // Φ(−1) and Φ(−0.5); the standard error is below 0.001.
    expect(equalErrorRate(draw(2), draw(0))).toBeCloseTo(0.1587, 2);
    expect(equalErrorRate(draw(1), draw(0))).toBeCloseTo(0.3085, 2);
  });

  test('of two uniform distributions that overlap by half is a quarter', () => {
    const grid = (from: number) => Float64Array.from({ length: 1000 }, (_, i) => from + (i + 0.5) / 1000);
    expect(equalErrorRate(grid(0.5), grid(0))).toBeCloseTo(0.25, 3);
  });

  test('does not change under a growing function of the scores, and turns over with them', () => {
    const scores = fc.array(fc.integer({ min: -6, max: 6 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(scores, scores, (a, b) => {
        const rate = equalErrorRate(a, b);
        expect(equalErrorRate(a.map(Math.exp), b.map(Math.exp))).toBeCloseTo(rate, 12);
        const negated = (v: number[]) => v.map((s) => -s);
        expect(equalErrorRate(negated(a), negated(b))).toBeCloseTo(1 - rate, 12);
      }),
    );
  });

  test('refuses no trials and scores that are no numbers', () => {
    expect(() => equalErrorRate([], [1])).toThrow('no scores of genuine trials');
    expect(() => equalErrorRate([1], [0, Number.NaN])).toThrow('impostor score 1 is NaN');
  });
});

describe('verification', () => {
  test('is what scikit-learn’s cosines and ROC curve give', () => {
    const { vectors, labels, rate } = reference.verification;
    expect(verificationError(vectors, labels)).toBeCloseTo(rate, 10);
  });

  test('compares every pair once, and leaves out unknown labels', () => {
    const { genuine, impostor } = verificationScores([1, 0, 2, 0, 0, 3, 5, 5], [0, 0, 1, -1]);
    expect([...genuine]).toEqual([1]);
    expect([...impostor]).toEqual([0, 0]);
  });

  test('refuses vectors that do not fill a row for each label', () => {
    expect(() => verificationError([1, 2, 3], [0, 1])).toThrow('3 values found for 2 labels');
    expect(() => verificationError([1, 2], [0, 1])).toThrow('no scores of genuine trials');
  });
});
