import { describe, expect, it } from 'vitest';
import { mnist, parseIdx } from '../../src/data/mnist.js';

describe('mnist', () => {
  it.each([
    ['train', 60_000, 5],
    ['test', 10_000, 7],
  ] as const)('reads %s', (part, count, first) => {
    const digits = mnist(part);
    expect(digits.count).toBe(count);
    expect(digits.images.length).toBe(count * 28 * 28);
    expect(digits.labels.length).toBe(count);
    // The first digits of each file are well known: 5, 0, 4, … and 7, 2, 1, …
    expect(digits.labels[0]).toBe(first);
    expect(new Set(digits.labels).size).toBe(10);
    expect(mnist(part)).toBe(digits);
  });

  it('refuses damaged files', () => {
    const good = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 7, 9);
    expect(parseIdx(good, 'x', 1)).toEqual({ shape: [2], values: Uint8Array.of(7, 9) });
    expect(() => parseIdx(good, 'x', 3)).toThrow(/x: not an IDX file of uint8 with 3 dimensions/);
    expect(() => parseIdx(good.subarray(0, 9), 'x', 1)).toThrow(/x: 1 bytes of data found, 2 expected/);
    expect(() => parseIdx(new Uint8Array(), 'x', 1)).toThrow(/not an IDX file/);
  });
});
