import { expect, test } from 'vitest';
import { nameOf } from '../../src/cli/file-name.js';
import { shellWord } from '../../src/shell-word.js';

test('files that are made are named after what they are made of', () => {
  expect(nameOf(['swap', 'test:0', 'test:1'])).toBe('swap-test-0-test-1');
  expect(nameOf(['reconstruct', 'wave.gif'])).toBe('reconstruct-wave.gif');
  expect(nameOf(['reconstruct', '日本.npy'])).toBe('reconstruct-日本.npy');
});

test('other words have another name, whatever was left out of them, and the same ones the same', () => {
  const words = [
    ['swap', 'f1/x.npy', 'f2/x.npy'],
    ['swap', 'f2/x.npy', 'f1/x.npy'],
    ['swap', 'x.npy', 'x.npy'],
    ['swap', 'a b.gif'],
    ['swap', 'a?b.gif'],
    ['swap', `${'a'.repeat(90)}.gif`],
    ['swap', `${'a'.repeat(91)}.gif`],
    ['swap', `${'界'.repeat(120)}.gif`],
  ];
  const names = words.map(nameOf);
  expect(new Set(names).size).toBe(words.length);
  expect(words.map(nameOf)).toEqual(names);
  for (const name of names) {
    expect(Buffer.byteLength(`${name}.png`)).toBeLessThan(255);
    expect(name).not.toMatch(/[\s/\\?:]/);
  }
});

test.each([
  ['data/faces', 'data/faces'],
  ['my clips', "'my clips'"],
  ["it's", "'it'\\''s'"],
  ['a;rm -r b', "'a;rm -r b'"],
  ['', "''"],
  ['日本', '日本'],
])('%s is shown as a shell takes it', (word, expected) => {
  expect(shellWord(word)).toBe(expected);
});
