import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contrastive, flatTrajectory } from '../../src/objective/index.js';
import { arrayOf, at, checkGradient, evaluate, forAll, type Numbers, numbers, seeds } from '../graph/check.js';

const estimate = async (a: Numbers, b: Numbers, temperature: number) =>
  (await evaluate((x, y) => contrastive(x!, y!, temperature), [a, b]))[0]!.data[0]!;

/** Eq. 7 and 8 as they are written: cosines, exponentials, sums over j ≠ i. */
function loop(a: Numbers, b: Numbers, temperature: number): number {
  const [n, d] = a.shape as [number, number];
  const row = (i: number) => Array.from({ length: d }, (_, k) => at(i < n ? a : b, [i % n, k]));
  const cosine = (x: number[], y: number[]) => {
    const dot = (u: number[], v: number[]) => u.reduce((sum, e, k) => sum + e * v[k]!, 0);
    return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
  };
  const phi = (i: number, j: number) => Math.exp(cosine(row(i), row(j)) / temperature);
  let sum = 0;
  for (let i = 0; i < 2 * n; i++) {
    let all = 0;
    for (let j = 0; j < 2 * n; j++) if (j !== i) all += phi(i, j);
    sum += Math.log(phi(i, (i + n) % (2 * n)) / all) / (2 * n);
  }
  return sum + Math.log(2 * n - 1);
}

describe('the contrastive estimate', () => {
  test('is eq. 7 and 8', () =>
    forAll(
      [fc.integer({ min: 2, max: 6 }), fc.integer({ min: 1, max: 5 }), fc.constantFrom(0.1, 0.5, 2), seeds],
      async (b, d, temperature, seed) => {
        const [x, y] = [numbers([b, d], seed), numbers([b, d], seed + 1)];
        expect(await estimate(x, y, temperature)).toBeCloseTo(loop(x, y, temperature), 9);
      },
    ));

  test('is 0 where all vectors are the same: nothing tells the positive from the others', async () => {
    const same = arrayOf([5, 3], (_, k) => k - 0.5);
    expect(Math.abs(await estimate(same, same, 0.5))).toBeLessThan(1e-12);
  });

  test.each([2, 8, 32])(
    'of %d sequences lies below log(2B − 1), and comes to it where every pair is its own',
    async (b) => {
      const own = arrayOf([b, b], (i, k) => (i === k ? 1 : 0));
      const bound = Math.log(2 * b - 1);
      const sharp = await estimate(own, own, 0.01);
      expect(sharp).toBeLessThanOrEqual(bound + 1e-12);
      expect(sharp).toBeCloseTo(bound, 9);
      const soft = await estimate(own, own, 0.5);
      // One positive of cosine 1, 2B − 2 negatives of cosine 0.
      expect(soft).toBeCloseTo(bound - Math.log(1 + (2 * b - 2) * Math.exp(-2)), 9);
      expect(soft).toBeLessThan(bound);
    },
  );

  test('never exceeds log(2B − 1)', () =>
    forAll([fc.integer({ min: 2, max: 6 }), fc.constantFrom(0.01, 0.1, 1), seeds], async (b, temperature, seed) => {
      const x = numbers([b, 4], seed);
      const y = arrayOf([b, 4], (i, k) => at(x, [i, k]) + 0.1 * at(numbers([b, 4], seed + 1), [i, k]));
      expect(await estimate(x, y, temperature)).toBeLessThanOrEqual(Math.log(2 * b - 1) + 1e-9);
    }));

  test('is negative where views are further from their own than from others', async () => {
    const own = arrayOf([4, 4], (i, k) => (i === k ? 1 : 0));
    const other = arrayOf([4, 4], (i, k) => ((i + 1) % 4 === k ? 1 : 0));
    expect(await estimate(own, other, 0.5)).toBeLessThan(0);
  });

  test('does not depend on the lengths of vectors, nor on the order of the batch or the views', async () => {
    const [x, y] = [numbers([4, 3], 1), numbers([4, 3], 2)];
    const value = await estimate(x, y, 0.5);
    const longer = (v: Numbers) => arrayOf([4, 3], (i, k) => (i + 2) * at(v, [i, k]));
    const turned = (v: Numbers) => arrayOf([4, 3], (i, k) => at(v, [3 - i, k]));
    expect(await estimate(longer(x), longer(y), 0.5)).toBeCloseTo(value, 10);
    expect(await estimate(turned(x), turned(y), 0.5)).toBeCloseTo(value, 12);
    expect(await estimate(y, x, 0.5)).toBeCloseTo(value, 12);
  });

  test('of zeros is finite; elsewhere the gradient is that of differences', async () => {
    const zero = numbers([3, 4], 0, 0, 0);
    expect(Number.isFinite(await estimate(zero, zero, 0.5))).toBe(true);
    await checkGradient((x, y) => contrastive(x!, y!, 0.5), [numbers([3, 4], 5), numbers([3, 4], 6)], 1e-6);
  });
});

test('a trajectory as one vector has its frames one after another', async () => {
  const z = numbers([3, 2, 4], 9); // T, B, d
  const [flat] = await evaluate((x) => flatTrajectory(x!), [z]);
  expect(flat!.shape).toEqual([2, 12]);
  for (let b = 0; b < 2; b++)
    for (let t = 0; t < 3; t++) for (let k = 0; k < 4; k++) expect(at(flat!, [b, 4 * t + k])).toBe(at(z, [t, b, k]));
});
