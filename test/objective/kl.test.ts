import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dynamicKl, staticKl } from '../../src/objective/index.js';
import { Random } from '../../src/random.js';
import { at, type Build, evaluate, forAll, type Numbers, numbers, seeds } from '../graph/check.js';

const staticOf: Build = (mean, logvar) => staticKl({ mean: mean!, logvar: logvar! });
const dynamicOf: Build = (mean, logvar, priorMean, priorLogvar) =>
  dynamicKl({ mean: mean!, logvar: logvar! }, { mean: priorMean!, logvar: priorLogvar! });
const kl = async (build: Build, inputs: Numbers[]) => (await evaluate(build, inputs))[0]!.data[0]!;

/** A Gaussian in every place, its mean within 2 and its log-variance within 1.5 of 0. */
const gaussian = (shape: number[], seed: number) => [numbers(shape, seed, -2, 2), numbers(shape, seed + 1, -1.5, 1.5)];
const zeros = (shape: number[]) => numbers(shape, 0, 0, 0);

/** KL[N(m, s²) ‖ N(n, r²)] = log(r/s) + (s² + (m − n)²) / 2r² − ½, from standard deviations. */
function closedForm(m: number, logvar: number, n: number, priorLogvar: number): number {
  const [s, r] = [Math.exp(logvar / 2), Math.exp(priorLogvar / 2)];
  return Math.log(r / s) + (s ** 2 + (m - n) ** 2) / (2 * r ** 2) - 0.5;
}

/** Mean over samples of q of log q − log p: what KL is by definition; and its standard error. */
function monteCarlo(q: [mean: number, logvar: number][], p: [mean: number, logvar: number][], samples: number) {
  const random = Random.of(5, 'Monte Carlo');
  const logDensity = (x: number, [mean, logvar]: [number, number]) =>
    -0.5 * ((x - mean) ** 2 / Math.exp(logvar) + logvar + Math.log(2 * Math.PI));
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < samples; i++) {
    let ratio = 0;
    q.forEach(([mean, logvar], d) => {
      const x = mean + Math.exp(logvar / 2) * random.normal();
      ratio += logDensity(x, [mean, logvar]) - logDensity(x, p[d]!);
    });
    sum += ratio;
    squares += ratio ** 2;
  }
  const mean = sum / samples;
  return { mean, error: Math.sqrt((squares / samples - mean ** 2) / samples) };
}

describe('KL of the static posterior', () => {
  test('is 0 where the posterior is the prior', async () => {
    expect(Math.abs(await kl(staticOf, [zeros([3, 5]), zeros([3, 5])]))).toBe(0);
  });

  test('is ½ Σ μ² for a variance of 1, averaged over the batch', async () => {
    const mean: Numbers = { shape: [2, 2], data: [1, 2, 3, 4] };
    expect(await kl(staticOf, [mean, zeros([2, 2])])).toBeCloseTo((1 + 4 + 9 + 16) / 2 / 2, 12);
  });

  test('is the closed form, summed over dimensions, averaged over the batch', () =>
    forAll([fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 6 }), seeds], async (b, d, seed) => {
      const [mean, logvar] = gaussian([b, d], seed);
      let expected = 0;
      for (let i = 0; i < b; i++)
        for (let k = 0; k < d; k++) expected += closedForm(at(mean!, [i, k]), at(logvar!, [i, k]), 0, 0) / b;
      expect(await kl(staticOf, [mean!, logvar!])).toBeCloseTo(expected, 10);
    }));

  test('is what sampling estimates', async () => {
    const [mean, logvar] = gaussian([1, 3], 11);
    const q = [0, 1, 2].map((k): [number, number] => [at(mean!, [0, k]), at(logvar!, [0, k])]);
    const estimate = monteCarlo(
      q,
      q.map(() => [0, 0]),
      200_000,
    );
    expect(estimate.error).toBeLessThan(0.02);
    const exact = await kl(staticOf, [mean!, logvar!]);
    expect(Math.abs(exact - estimate.mean)).toBeLessThan(4 * estimate.error);
  });
});

describe('KL of the dynamic posterior', () => {
  test('is 0 where posterior and prior are equal', async () => {
    const q = gaussian([3, 2, 4], 7);
    expect(Math.abs(await kl(dynamicOf, [...q, ...q]))).toBeLessThan(1e-14);
  });

  test('is never negative, and not the same the other way round', async () => {
    const [q, p] = [gaussian([3, 2, 4], 7), gaussian([3, 2, 4], 70)];
    const [there, back] = [await kl(dynamicOf, [...q, ...p]), await kl(dynamicOf, [...p, ...q])];
    expect(Math.min(there, back)).toBeGreaterThan(0);
    expect(Math.abs(there - back)).toBeGreaterThan(0.01);
  });

  test('is the closed form, summed over frames and dimensions, averaged over the batch', () =>
    forAll(
      [fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }), seeds],
      async (t, b, d, seed) => {
        const [q, p] = [gaussian([t, b, d], seed), gaussian([t, b, d], seed + 10)];
        let expected = 0;
        for (let i = 0; i < t * b * d; i++) {
          expected += closedForm(q[0]!.data[i]!, q[1]!.data[i]!, p[0]!.data[i]!, p[1]!.data[i]!) / b;
        }
        expect(await kl(dynamicOf, [...q, ...p])).toBeCloseTo(expected, 9);
      },
    ));

  test('is what sampling estimates', async () => {
    const [q, p] = [gaussian([2, 1, 2], 21), gaussian([2, 1, 2], 31)];
    const list = ([mean, logvar]: Numbers[]) =>
      Array.from(mean!.data, (m, i): [number, number] => [m, logvar!.data[i]!]);
    const estimate = monteCarlo(list(q), list(p), 200_000);
    const exact = await kl(dynamicOf, [...q, ...p]);
    expect(estimate.error).toBeLessThan(0.02 * Math.max(1, exact));
    expect(Math.abs(exact - estimate.mean)).toBeLessThan(4 * estimate.error);
  });
});
