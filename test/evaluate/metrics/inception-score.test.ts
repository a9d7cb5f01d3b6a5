import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { entropy, inceptionScore } from '../../../src/evaluate/metrics/inception-score.js';
import { reference } from './reference.js';

describe('inception score', () => {
  test.each(reference.inception)('is what SciPy’s entropies give: $classes classes', (r) => {
    const found = inceptionScore(r.p, r.classes);
    expect(found.conditional).toBeCloseTo(r.conditional, 12);
    expect(found.marginal).toBeCloseTo(r.marginal, 12);
    expect(found.score).toBeCloseTo(r.score, 11);
  });

  test('of one-hot predictions, all classes alike, is the number of classes', () => {
    const oneHot = Array.from({ length: 27 }, (_, i) => (i % 9 === Math.floor(i / 9) % 9 ? 1 : 0));
    const rows = [0, 1, 2, 3, 4, 5, 6, 7, 8].flatMap((c) => Array.from({ length: 9 }, (_, k) => (k === c ? 1 : 0)));
    expect(inceptionScore(rows, 9).score).toBeCloseTo(9, 12);
    expect(inceptionScore(rows, 9).conditional).toBe(0);
    // Three of nine classes.
    expect(inceptionScore(oneHot, 9).score).toBeCloseTo(3, 12);
  });

  test('is 1 for uniform predictions and for one class alone', () => {
    const uniform = inceptionScore(new Array(40).fill(0.25), 4);
    expect(uniform.score).toBeCloseTo(1, 12);
    expect(uniform.conditional).toBeCloseTo(Math.log(4), 12);
    expect(inceptionScore([1, 0, 0, 1, 0, 0], 3)).toEqual({ score: 1, conditional: 0, marginal: 0 });
    expect(inceptionScore([1, 1, 1], 1).score).toBe(1);
  });

  test('is exp(H(y) − H(y|x)), from 1 to the number of classes', () => {
    const row = fc.array(fc.double({ min: 0.001, max: 1, noNaN: true }), { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 10 }), (rows) => {
        const p = rows.flatMap((r) => r.map((v) => v / r.reduce((a, b) => a + b)));
        const { score, conditional, marginal } = inceptionScore(p, 5);
        expect(score).toBeCloseTo(Math.exp(marginal - conditional), 12);
        expect(score).toBeGreaterThan(1 - 1e-12);
        expect(score).toBeLessThan(5 + 1e-9);
      }),
    );
  });

  test('takes what float32 leaves of a sum of 1, and no more', () => {
    expect(inceptionScore(Float32Array.of(1.0000001, 0), 2).conditional).toBe(0);
    expect(() => inceptionScore([0.5, 0.4], 2)).toThrow('row 0 has a sum of 0.9');
    expect(() => inceptionScore([1, 0, Number.NaN, 1], 2)).toThrow('row 1 has NaN');
    expect(() => inceptionScore([1.5, -0.5], 2)).toThrow('-0.5');
    expect(() => inceptionScore([1, 0, 0], 2)).toThrow('rows of 2');
    expect(() => inceptionScore([], 2)).toThrow('0 probabilities');
  });

  test('entropy of certainty is 0, of n equal chances log n', () => {
    expect(entropy([0, 1, 0])).toBe(0);
    expect(entropy([0.125, 0.125, 0.125, 0.125, 0.125, 0.125, 0.125, 0.125])).toBeCloseTo(Math.log(8), 14);
  });
});
