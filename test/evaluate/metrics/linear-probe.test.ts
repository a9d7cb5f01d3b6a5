import { describe, expect, test } from 'vitest';
import { minimize } from '../../../src/evaluate/metrics/lbfgs.js';
import { linearProbe } from '../../../src/evaluate/metrics/linear-probe.js';
import { classify, logisticRegression } from '../../../src/evaluate/metrics/logistic-regression.js';
import { Random } from '../../../src/random.js';
import { reference } from './reference.js';

describe('linear probe', () => {
  test.each(reference.probes)('is as accurate as scikit-learn’s: $classes classes', async (r) => {
    const found = await linearProbe(
      { vectors: r.train, labels: r.trainLabels },
      { vectors: r.test, labels: r.testLabels },
      r.classes,
    );
    expect(found).toBeCloseTo(r.accuracy, 14);
  });

  test('vectors to be tried on of other dimensions than those fitted to are refused', async () => {
    const of = (n: number, d: number) => ({
      vectors: Float32Array.from({ length: n * d }, (_, i) => i % 7),
      labels: Int32Array.from({ length: n }, (_, i) => i % 2),
    });
    await expect(linearProbe(of(20, 8), of(5, 9), 2)).rejects.toMatchObject({
      code: 'input',
      message: expect.stringContaining('vectors of test have 9 dimensions, those of train 8'),
    });
  });

  test('reads a label that is there, and none that is not', async () => {
    const random = Random.of(3, 'probe');
    const n = 400;
    const labels = Int32Array.from({ length: 2 * n }, () => random.integer(4));
    const there = Float32Array.from(
      { length: 2 * n * 4 },
      (_, i) => (labels[i >> 2] === (i & 3) ? 1 : 0) + 0.1 * random.normal(),
    );
    const absent = random.normals(new Float32Array(2 * n * 4));
    const probe = (x: Float32Array) =>
      linearProbe(
        { vectors: x.subarray(0, n * 4), labels: labels.subarray(0, n) },
        { vectors: x.subarray(n * 4), labels: labels.subarray(n) },
        4,
      );
    expect(await probe(there)).toBeGreaterThan(0.99);
    // 1/4 with a standard deviation of 0.02.
    expect(Math.abs((await probe(absent)) - 0.25)).toBeLessThan(0.1);
  });

  test('leaves out unknown labels, and says NaN where none is known', async () => {
    const data = { vectors: [0, 9, 1, 1, 9, 0], labels: [0, -1, 1, 1, -1, 0] };
    expect(await linearProbe(data, data, 2)).toBe(1);
    expect(await linearProbe(data, { vectors: [1], labels: [-1] }, 2)).toBeNaN();
    expect(await linearProbe({ vectors: [], labels: [] }, data, 2)).toBeNaN();
  });

  test('of one class is always right', async () => {
    const one = { vectors: [0, 1, 2], labels: [0, 0, 0] };
    expect(await linearProbe(one, one, 1)).toBe(1);
  });
});

describe('logistic regression', () => {
  test('finds scikit-learn’s weights', async () => {
    const r = reference.probes[0]!;
    const { weights, biases } = await logisticRegression(Float64Array.from(r.standardized), r.trainLabels, r.classes, {
      tolerance: 1e-9,
    });
    r.weights!.forEach((w, i) => {
      expect(weights[i]).toBeCloseTo(w, 5);
    });
    // A number added to all biases changes nothing.
    const centre = (b: ArrayLike<number>) => Array.from(b, (v) => v - (b[0]! + b[1]! + b[2]!) / 3);
    centre(r.biases!).forEach((b, i) => {
      expect(centre(biases)[i]).toBeCloseTo(b, 5);
    });
  });

  test('on what has no bearing gives the shares of the classes', async () => {
    const { weights, biases } = await logisticRegression(new Float64Array(5), [0, 0, 0, 1, 1], 2, { tolerance: 1e-10 });
    expect([...weights]).toEqual([0, 0]);
    expect(biases[0]! - biases[1]!).toBeCloseTo(Math.log(3 / 2), 8);
    expect([...classify({ weights, biases }, new Float64Array(2))]).toEqual([0, 0]);
  });

  test('refuses labels out of range and rows that are not filled', async () => {
    await expect(logisticRegression(new Float64Array(2), [0, 2], 2)).rejects.toThrow('label 1 is 2');
    await expect(logisticRegression(new Float64Array(3), [0, 1], 2)).rejects.toThrow('3 values found for 2 labels');
  });
});

test('L-BFGS finds the minimum of a badly scaled bowl', async () => {
  const bowl = (x: Float64Array, g: Float64Array) => {
    let value = 0;
    x.forEach((v, i) => {
      const a = 10 ** i;
      value += (a / 2) * (v - i) ** 2;
      g[i] = a * (v - i);
    });
    return value;
  };
  const found = await minimize(bowl, new Float64Array(5), { iterations: 200, tolerance: 1e-9 });
  found.forEach((v, i) => {
    expect(v).toBeCloseTo(i, 8);
  });
});
