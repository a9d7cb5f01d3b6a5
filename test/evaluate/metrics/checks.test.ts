import { expect, test } from 'vitest';
import * as metrics from '../../../src/evaluate/metrics/index.js';

const { accuracy, entropy, linearProbe, logisticRegression, mostProbable, verificationError } = metrics;
const good = { vectors: [0, 1, 5, 6], labels: [0, 0, 1, 1] };
const x = Float64Array.of(0, 1, 5, 6);

test.each<[string, () => unknown, string]>([
  [
    'values that are no numbers',
    () => linearProbe({ ...good, vectors: [0, Number.NaN, 5, 6] }, good, 2),
    'vectors of train: NaN found at place 1',
  ],
  [
    'tried on such',
    () => linearProbe(good, { ...good, vectors: [0, 1, 5, Number.POSITIVE_INFINITY] }, 2),
    'vectors of test: Infinity found at place 3',
  ],
  [
    'half labels',
    () => linearProbe({ ...good, labels: [0, 1.5, 1, 1] }, good, 2),
    'labels of train: 1.5 found at place 1, whole numbers, at most 1, expected',
  ],
  [
    'classes that are not',
    () => linearProbe(good, { ...good, labels: [0, 0, 7, 1] }, 2),
    'labels of test: 7 found at place 2',
  ],
  [
    'half rows',
    () => linearProbe(good, { vectors: [1, 2, 3], labels: [0, 1] }, 2),
    'test: 3 values found for 2 labels',
  ],
  [
    'regression of them',
    () =>
      logisticRegression(
        x.map(() => Number.NaN),
        [0, 0, 1, 1],
        2,
      ),
    'x: NaN found at place 0',
  ],
  ['a penalty that rewards', () => logisticRegression(x, [0, 0, 1, 1], 2, { penalty: -1 }), 'penalty is -1'],
  ['groups of others', () => verificationError(x, [0, 0, 1, 1], [0, 1]), '2 groups found for 4 vectors'],
  [
    'vectors that are no numbers',
    () => verificationError([Number.NaN, 1, 2, 3], [0, 0, 1, 1]),
    'vectors: NaN found at place 0',
  ],
  [
    'a label that is no number',
    () => accuracy([[0, 1]], [[0, Number.NaN]]),
    'labels: NaN found at place 1, whole numbers expected',
  ],
  ['a probability that is none', () => mostProbable([Number.NaN, 1], 2), 'probabilities: NaN found at place 0'],
  ['negative probabilities', () => entropy([-1, 2]), 'p: -1 found at place 0'],
])('%s are refused, not measured', async (_, measure, message) => {
  const error = await Promise.resolve()
    .then(measure)
    .catch((e: Error) => e);
  expect(error).toMatchObject({ name: 'CdsvaeError', message: expect.stringContaining(message) });
});

test('what is unknown takes no part', async () => {
  expect(await linearProbe({ vectors: [0, 1, 5, 6, 9], labels: [0, 0, 1, 1, -1] }, good, 2)).toBe(1);
  expect(accuracy([[0, 1]], [[0, -1]])).toBe(1);
});
