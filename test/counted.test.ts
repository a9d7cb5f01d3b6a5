import { expect, test } from 'vitest';
import { formatCount } from '../src/cli/terminal/format.js';
import { counted } from '../src/counted.js';

test('one thing is one, and all other numbers are several', () => {
  expect([0, 1, 2].map((n) => counted(n, 'clip'))).toEqual(['0 clips', '1 clip', '2 clips']);
  expect(counted(12_345, 'sequence', formatCount)).toBe('12,345 sequences');
});
