import { expect, test } from 'vitest';
import type { MetricsLine } from '../../src/train/metrics-log.js';
import { runCurves } from '../../src/train/run-curves.js';

const lines: MetricsLine[] = [
  { step: 1, loss: 10, mwsStaticData: 1 },
  { step: 2, loss: 20, mwsStaticData: 2 },
  { step: 2, validation: { loss: 7 } },
  { step: 3, loss: 30, mwsStaticData: 'NaN' },
  { step: 4, loss: 40, mwsStaticData: 4 },
  { step: 4, validation: { loss: 5 } },
  { step: 5, loss: 90, mwsStaticData: 5 },
  { step: 6, whole: { loss: 60 } },
  { step: 8, whole: { loss: 80 } },
];

test('values are averaged over so many steps, at the middle of them; the rest at the end counts too', () => {
  const [loss, validation] = runCurves(lines, ['loss', 'validation/loss'], 2);
  expect(loss).toEqual({
    name: 'loss',
    points: [
      [1.5, 15],
      [3.5, 35],
      [5, 90],
    ],
  });
  expect(validation!.points).toEqual([
    [2, 7],
    [4, 5],
  ]);
  expect(runCurves(lines, ['whole/loss'], 2)[0]!.points).toEqual([[7, 70]]);
});

test('numbers that JSON lacks are gaps, not zeros', () => {
  const [mi] = runCurves(lines, ['mwsStaticData'], 1);
  expect(mi).toMatchObject({ name: 'I(s; x)' });
  expect(mi!.points.map(([, v]) => v)).toEqual([1, 2, Number.NaN, 4, 5]);
});

test('a metric that was not logged', () => {
  expect(() => runCurves(lines, ['validation/los'], 1)).toThrow('no metric "validation/los"');
  expect(() => runCurves([], ['loss'], 1)).toThrow('nothing was logged yet');
});
