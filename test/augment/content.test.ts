import fc from 'fast-check';
import { expect, test } from 'vitest';
import { drawContent } from '../../src/augment/index.js';
import { Random } from '../../src/random.js';

test('an order of the frames and its inverse, never the original', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('shuffle' as const, 'reverse' as const),
      fc.integer({ min: 2, max: 20 }),
      fc.nat(),
      (kind, frames, step) => {
        const { order, inverse } = drawContent(kind, frames, Random.of(1, 'content', step));
        const original = Array.from({ length: frames }, (_, t) => t);
        expect([...order].sort((a, b) => a - b)).toEqual(original);
        expect([...order]).not.toEqual(original);
        expect(original.map((t) => inverse[order[t]!])).toEqual(original);
        expect(original.map((t) => order[inverse[t]!])).toEqual(original);
      },
    ),
    { numRuns: 300, seed: 20211 },
  );
});

test('reverse is last frame first', () => {
  expect([...drawContent('reverse', 4, Random.of(1, 'content')).order]).toEqual([3, 2, 1, 0]);
});

test('every other order is drawn about as often', () => {
  const counts = new Map<string, number>();
  for (let step = 0; step < 5000; step++) {
    const key = drawContent('shuffle', 3, Random.of(9, 'content', step)).order.join();
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  expect(counts.size).toBe(5);
  for (const n of counts.values()) expect(Math.abs(n - 1000)).toBeLessThan(150);
});

test('the same for the same seed and step', () => {
  const draw = (step: number) => drawContent('shuffle', 15, Random.of(3, 'content', step));
  expect(draw(2)).toEqual(draw(2));
  expect(draw(2)).not.toEqual(draw(3));
});

test('one frame has one order; no frame is refused', () => {
  for (const kind of ['shuffle', 'reverse'] as const) {
    expect([...drawContent(kind, 1, Random.of(1, 'content')).order]).toEqual([0]);
    expect(() => drawContent(kind, 0, Random.of(1, 'content'))).toThrow('a sequence of 0 frames');
  }
});
