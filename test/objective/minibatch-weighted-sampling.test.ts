import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Tensor } from '../../src/graph/index.js';
import { mutualInformation, pairwiseLogDensity } from '../../src/objective/index.js';
import { Random } from '../../src/random.js';
import { arrayOf, at, evaluate, forAll, type Numbers, numbers, seeds } from '../graph/check.js';

/** A posterior and a sample of it, `[…, B, d]`. */
interface Sampled {
  readonly mean: Numbers;
  readonly logvar: Numbers;
  readonly sample: Numbers;
}

function drawn(shape: number[], seed: number, spread = 1): Sampled {
  const [mean, logvar] = [numbers(shape, seed, -spread, spread), numbers(shape, seed + 1, -1, 0.5)];
  const random = Random.of(seed, 'sample');
  const sample = arrayOf(shape, (...i) => at(mean, i) + Math.exp(at(logvar, i) / 2) * random.normal());
  return { mean, logvar, sample };
}

const values = ({ mean, logvar, sample }: Sampled) => [mean, logvar, sample];
const tensors = ([mean, logvar, sample]: Tensor[]) => ({ mean: mean!, logvar: logvar!, sample: sample! });

async function estimates(s: Sampled, z: Sampled, dataSize: number) {
  const found = await evaluate(
    (...x) => {
      const m = mutualInformation(tensors(x.slice(0, 3)), tensors(x.slice(3)), dataSize);
      return [m.trajectory, m.frame, m.staticData, m.dynamicData];
    },
    [...values(s), ...values(z)],
  );
  const [trajectory, frame, staticData, dynamicData] = found.map((v) => v.data[0]!);
  return { trajectory: trajectory!, frame: frame!, staticData: staticData!, dynamicData: dynamicData! };
}

/** log of a normal density, summed over dimensions: sample i, posterior j, at the place `before`. */
function logDensity({ mean, logvar, sample }: Sampled, before: number[], i: number, j: number): number {
  let sum = 0;
  for (let k = 0; k < mean.shape.at(-1)!; k++) {
    const [x, m, v] = [at(sample, [...before, i, k]), at(mean, [...before, j, k]), at(logvar, [...before, j, k])];
    sum -= 0.5 * ((x - m) ** 2 / Math.exp(v) + v + Math.log(2 * Math.PI));
  }
  return sum;
}

/** log Σ exp, from the largest. */
function logSumExp(x: number[]): number {
  const largest = Math.max(...x);
  return largest + Math.log(x.reduce((sum, v) => sum + Math.exp(v - largest), 0));
}

/** A.3, sample by sample. */
function loop(s: Sampled, z: Sampled, dataSize: number) {
  const [t, b] = z.mean.shape as [number, number];
  const batch = Array.from({ length: b }, (_, i) => i);
  const frames = Array.from({ length: t }, (_, k) => k);
  const aggregate = (density: (j: number) => number) => logSumExp(batch.map(density)) - Math.log(dataSize * b);
  const ofS = (i: number) => (j: number) => logDensity(s, [], i, j);
  const ofFrame = (i: number, k: number) => (j: number) => logDensity(z, [k], i, j);
  const ofZ = (i: number) => (j: number) => frames.reduce((sum, k) => sum + ofFrame(i, k)(j), 0);
  const mean = (of: (i: number) => number) => batch.reduce((sum, i) => sum + of(i), 0) / b;
  const entropy = (of: (i: number) => (j: number) => number) => -mean((i) => aggregate(of(i)));
  const joint = (i: number) => (j: number) => ofS(i)(j) + ofZ(i)(j);
  return {
    trajectory: entropy(ofS) + entropy(ofZ) - entropy(joint),
    frame: mean(
      (i) =>
        frames.reduce((sum, k) => {
          const both = aggregate((j) => ofS(i)(j) + ofFrame(i, k)(j));
          return sum + Math.max(0, both - aggregate(ofS(i)) - aggregate(ofFrame(i, k)));
        }, 0) / t,
    ),
    staticData: mean((i) => ofS(i)(i) - aggregate(ofS(i))),
    dynamicData: mean((i) => ofZ(i)(i) - aggregate(ofZ(i))),
  };
}

describe('minibatch weighted sampling', () => {
  test('densities of every sample under every posterior', async () => {
    const z = drawn([2, 3, 4], 3);
    const [found] = await evaluate((...x) => pairwiseLogDensity(tensors(x)), values(z));
    expect(found!.shape).toEqual([2, 3, 3]);
    for (let k = 0; k < 2; k++)
      for (let i = 0; i < 3; i++)
        for (let j = 0; j < 3; j++) expect(at(found!, [k, i, j])).toBeCloseTo(logDensity(z, [k], i, j), 10);
  });

  test('is A.3, sample by sample', () =>
    forAll(
      [
        fc.record({
          t: fc.integer({ min: 1, max: 4 }),
          b: fc.integer({ min: 2, max: 5 }),
          ds: fc.integer({ min: 1, max: 4 }),
          dm: fc.integer({ min: 1, max: 3 }),
          dataSize: fc.constantFrom(1, 10, 60_000),
        }),
        seeds,
      ],
      async ({ t, b, ds, dm, dataSize }, seed) => {
        const [s, z] = [drawn([b, ds], seed), drawn([t, b, dm], seed + 5)];
        const [found, expected] = [await estimates(s, z, dataSize), loop(s, z, dataSize)];
        for (const name of ['trajectory', 'frame', 'staticData', 'dynamicData'] as const) {
          expect(found[name], name).toBeCloseTo(expected[name], 8);
        }
      },
    ));

  test('stays finite where every density but one underflows', async () => {
    const [s, z] = [drawn([3, 4], 1, 1000), drawn([5, 3, 4], 2, 1000)];
    const [found, expected] = [await estimates(s, z, 100), loop(s, z, 100)];
    for (const value of Object.values(found)) expect(Number.isFinite(value)).toBe(true);
    expect(found.trajectory).toBeCloseTo(expected.trajectory, 8);
    // Each sample knows its sequence: log N, and log M for the batch being all there is.
    expect(found.staticData).toBeCloseTo(Math.log(100 * 3), 8);
  });

  test('where posteriors are all the same, neither factor tells of the data', async () => {
    const same = (shape: number[]): Sampled => ({
      mean: numbers(shape, 0, 0, 0),
      logvar: numbers(shape, 0, 0, 0),
      sample: numbers(shape, 3),
    });
    const [s, z] = [same([4, 2]), same([3, 4, 2])];
    // The aggregate posterior is then the posterior over N, which is all that is left of the estimates.
    const { staticData, dynamicData, trajectory } = await estimates(s, z, 50);
    expect(staticData).toBeCloseTo(Math.log(50), 9);
    expect(dynamicData).toBeCloseTo(Math.log(50), 9);
    expect(trajectory).toBeCloseTo(Math.log(50), 9);
  });

  test('frame by frame, a share below 0 counts as 0', async () => {
    // With N·M = 1 the log of it, which lifts every share, is gone: none is above 0.
    const [s, z] = [drawn([2, 1], 8, 3), drawn([3, 2, 1], 9, 3)];
    const [found, expected] = [await estimates(s, z, 0.5), loop(s, z, 0.5)];
    expect(expected.trajectory).toBeLessThan(0);
    expect(found.trajectory).toBeCloseTo(expected.trajectory, 9);
    expect(found.frame).toBe(0);
  });
});
