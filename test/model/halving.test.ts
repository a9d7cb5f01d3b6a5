import { describe, expect, test } from 'vitest';
import {
  conv2d,
  convTranspose2d,
  gradients,
  mul,
  reshape,
  sum,
  type Tensor,
  transpose,
} from '../../src/graph/index.js';
import { blocks } from '../../src/model/coder/fast/blocks.js';
import type { Halving } from '../../src/model/coder/fast/halving.js';
import { thin } from '../../src/model/coder/fast/thin.js';
import { TILES_OF_2, TILES_OF_4, winograd } from '../../src/model/coder/fast/winograd.js';
import { evaluate, type Numbers, numbers } from '../graph/check.js';

/** Images in a chunk, S, C, O. */
type Sizes = readonly [n: number, size: number, channels: number, smallChannels: number];
const SIZES: readonly Sizes[] = [
  [1, 8, 1, 1],
  [3, 8, 3, 5],
  [2, 16, 5, 2],
  [1, 32, 4, 3],
];
const HALVE = { stride: 2, padding: 1 };

/** The same by the plain convolution of the graph, which is tested against loops. */
function plain(n: number, size: number): Halving {
  const images = (x: Tensor, side: number) => transpose(reshape(x, [n, side, side, x.shape[1]!]), [0, 3, 1, 2]);
  const rows = (x: Tensor) => reshape(transpose(x, [0, 2, 3, 1]), [x.size / x.shape[1]!, x.shape[1]!]);
  const kernel = (w: Tensor) => transpose(w, [3, 2, 0, 1]);
  return {
    down: (large, w) => rows(conv2d(images(large, size), kernel(w), HALVE)),
    up: (small, w) => rows(convTranspose2d(images(small, size / 2), kernel(w), HALVE)),
    toWeights(large, small) {
      const w = large[0]!.graph.constant(0, [4, 4, large[0]!.shape[1]!, small[0]!.shape[1]!]);
      const inner = sum(mul(this.down(large[0]!, w), small[0]!));
      return gradients(inner, [w])[0]!;
    },
  };
}

const furthest = (a: Numbers, b: Numbers) => {
  expect(a.shape).toEqual(b.shape);
  let [error, size] = [0, 0];
  for (let i = 0; i < a.data.length; i++) {
    error += (a.data[i]! - b.data[i]!) ** 2;
    size += b.data[i]! ** 2;
  }
  return Math.sqrt(error / size);
};

describe.each([
  ['blocks', blocks],
  ['thin', thin],
  ['winograd, tiles of 2', (n: number, size: number) => winograd(n, size, TILES_OF_2)],
  ['winograd, tiles of 4', (n: number, size: number) => winograd(n, size, TILES_OF_4)],
] as const)('%s', (_, make) => {
  test.each(SIZES)('%d images of %d pixels, %d to %d channels: what the plain convolution gives', async (...sizes) => {
    const [n, size, channels, smallChannels] = sizes;
    const inputs = [
      numbers([n * size ** 2, channels], 1),
      numbers([(n * size ** 2) / 4, smallChannels], 2),
      numbers([4, 4, channels, smallChannels], 3),
    ];
    const all = (h: Halving) => (large: Tensor, small: Tensor, w: Tensor) => [
      h.down(large, w),
      h.up(small, w),
      h.toWeights([large], [small]),
    ];
    const found = await evaluate(all(make(n, size)), inputs);
    const expected = await evaluate(all(plain(n, size)), inputs);
    for (const [i, value] of found.entries()) expect(furthest(value, expected[i]!)).toBeLessThan(1e-14);
  });

  test('gradients of several chunks add up', async () => {
    const inputs = [1, 2, 3, 4].map((seed) => numbers(seed < 3 ? [64, 3] : [16, 5], seed));
    const [together, first, second] = await evaluate((a, b, p, q) => {
      const h = make(1, 8);
      return [h.toWeights([a!, b!], [p!, q!]), h.toWeights([a!], [p!]), h.toWeights([b!], [q!])];
    }, inputs);
    const added = { shape: first!.shape, data: Float64Array.from(first!.data, (v, i) => v + second!.data[i]!) };
    expect(furthest(together!, added)).toBeLessThan(1e-14);
  });

  test('float32 stays within a few roundings of float64, far from zero too', async () => {
    const [n, size, channels, smallChannels] = [2, 16, 64, 64];
    for (const [low, high] of [
      [-1, 1],
      [0.9, 1],
    ]) {
      const inputs = [
        numbers([n * size ** 2, channels], 1, low, high),
        numbers([(n * size ** 2) / 4, smallChannels], 2, low, high),
        numbers([4, 4, channels, smallChannels], 3),
      ];
      const all = (large: Tensor, small: Tensor, w: Tensor) => {
        const h = make(n, size);
        return [h.down(large, w), h.up(small, w), h.toWeights([large], [small])];
      };
      const single = await evaluate(all, inputs, 'float32');
      const exact = await evaluate(all, inputs, 'float64');
      for (const [i, value] of single.entries()) expect(furthest(value, exact[i]!)).toBeLessThan(2e-6);
    }
  });
});
