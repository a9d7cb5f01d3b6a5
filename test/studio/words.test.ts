import { expect, test } from 'vitest';
import { formatDuration, formatValue } from '../../src/studio/page/parts/words.js';

test('spans of time, none with 60 of anything', () => {
  const shown: readonly [number | null, string][] = [
    [null, '–'],
    [42.4, '42 s'],
    [200, '3 min'],
    [7500, '2 h 5 min'],
    [10_790, '3 h 0 min'],
    [48 * 3600 - 20, '2 d 0 h'],
    [100 * 3600, '4 d 4 h'],
  ];
  for (const [seconds, text] of shown) expect(formatDuration(seconds)).toBe(text);
});

test('values, of which there may be none', () => {
  expect([163.21, 5.306, 0.0123, 1.2e-5, null, Number.NaN].map(formatValue)).toEqual([
    '163.2',
    '5.31',
    '0.0123',
    '1.20e-5',
    '–',
    '–',
  ]);
});
