import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dynamicKl, staticKl } from '../../src/objective/index.js';
import { Random } from '../../src/random.js';
import { at, type Build, evaluate, forAll, type Numbers, numbers, seeds } from '../graph/check.js';

const staticOf: Build = (mean, logvar) => staticKl({ mean: mean!, logvar: logvar! });
const dynamicOf: Build = (mean, logvar, priorMean, priorLogvar) =>
  dynamicKl({ mean: mean!, logvar: logvar! }, { mean: priorMean!, logvar: priorLogvar! });
const mixtureOf: Build = (mean, logvar, priorMean, priorLogvar, firstMean, firstLogvar, logWeights) =>
  dynamicKl(
    { mean: mean!, logvar: logvar! },
    {
      mean: priorMean!,
      logvar: priorLogvar!,
      first: { mean: firstMean!, logvar: firstLogvar!, logWeights: logWeights! },
    },
  );
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

describe('KL where p(z_1) is a mixture', () => {
  const logs = (...weights: number[]): Numbers => ({ shape: [weights.length], data: weights.map(Math.log) });
  const rows = (x: Numbers, count: number): Numbers => ({
    shape: [count, x.shape.at(-1)!],
    data: Array.from({ length: count }, () => Array.from(x.data)).flat(),
  });
  const list = ([mean, logvar]: Numbers[]) => Array.from(mean!.data, (m, i): [number, number] => [m, logvar!.data[i]!]);

  test('of equal components is that of one, whatever their weights, over one step and over several', async () => {
    for (const t of [1, 3]) {
      const [q, p] = [gaussian([t, 1, 4], 41), gaussian([t, 1, 4], 51)];
      const first = p.map((x) => rows({ shape: [1, 4], data: Array.from(x.data).slice(0, 4) }, 3));
      const mixture = await kl(mixtureOf, [...q, ...p, ...first, logs(0.5, 0.3, 0.2)]);
      expect(mixture).toBeCloseTo(await kl(dynamicOf, [...q, ...p]), 10);
    }
  });

  test('where one component alone has all of q, is its KL and what its weight costs', async () => {
    const q = gaussian([1, 2, 3], 61);
    // The second is a thousand away; the first, of weight ¼, is what q is measured by.
    const near = gaussian([1, 3], 71);
    const far: Numbers = { shape: [1, 3], data: [1000, 1000, 1000] };
    const first = [
      { shape: [2, 3], data: [...Array.from(near[0]!.data), ...Array.from(far.data)] },
      { shape: [2, 3], data: [...Array.from(near[1]!.data), 0, 0, 0] },
    ];
    const unused = [zeros([1, 2, 3]), zeros([1, 2, 3])];
    const one = near.map((x) => ({ ...rows(x, 2), shape: [1, 2, 3] }));
    const expected = (await kl(dynamicOf, [...q, ...one])) + Math.log(4);
    expect(await kl(mixtureOf, [...q, ...unused, ...first, logs(0.25, 0.75)])).toBeCloseTo(expected, 10);
  });

  test('is no less than what sampling estimates, and no more than any one component makes it', () =>
    forAll([seeds], async (seed) => {
      const q = gaussian([1, 1, 2], seed);
      const first = gaussian([3, 2], seed + 10);
      const weights = [0.5, 0.3, 0.2];
      const unused = [zeros([1, 1, 2]), zeros([1, 1, 2])];
      const bound = await kl(mixtureOf, [...q, ...unused, ...first, logs(...weights)]);

      const [own, components] = [list(q), list(first)];
      const random = Random.of(seed, 'Monte Carlo');
      const logDensity = (x: number[], normals: [number, number][]) =>
        normals.reduce((sum, [m, v], k) => sum - 0.5 * ((x[k]! - m) ** 2 / Math.exp(v) + v + Math.log(2 * Math.PI)), 0);
      const ratios = Array.from({ length: 4000 }, () => {
        const x = own.map(([m, v]) => m + Math.exp(v / 2) * random.normal());
        const mixture = weights.reduce(
          (sum, w, k) => sum + w * Math.exp(logDensity(x, components.slice(2 * k, 2 * k + 2))),
          0,
        );
        return logDensity(x, own) - Math.log(mixture);
      });
      const mean = ratios.reduce((a, b) => a + b) / ratios.length;
      const error = Math.sqrt(ratios.reduce((sum, r) => sum + (r - mean) ** 2, 0)) / ratios.length;
      expect(bound).toBeGreaterThan(mean - 5 * error);
      const each = weights.map((w, k) => {
        const normals = components.slice(2 * k, 2 * k + 2);
        return own.reduce((sum, [m, v], i) => sum + closedForm(m, v, ...normals[i]!), -Math.log(w));
      });
      expect(bound).toBeLessThan(Math.min(...each) + 1e-9);
    }));
});
