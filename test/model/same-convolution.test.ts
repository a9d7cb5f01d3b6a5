import { expect, test } from 'vitest';
import { conv2d, gradients, mul, reshape, slice, sum, type Tensor, transpose } from '../../src/graph/index.js';
import { sameConvolution } from '../../src/model/coder/fast/same-convolution.js';
import { evaluate, numbers } from '../graph/check.js';

/** Images in a chunk, their side, channels in and out. */
test.each([
  [1, 2, 1, 1],
  [3, 4, 3, 5],
  [2, 8, 5, 2],
])(
  '%d images of %d pixels a side, %d to %d channels, in two chunks: what the plain convolution and its gradients give',
  async (n, size, channels, outputs) => {
    const inputs = [
      numbers([2 * n * size ** 2, channels], 1),
      numbers([3, 3, channels, outputs], 2),
      numbers([2 * n * size ** 2, outputs], 3),
    ];
    const half = (x: Tensor) => {
      const rows = x.shape[0]! / 2;
      return [slice(x, 0, 0, rows), slice(x, 0, rows, 2 * rows)];
    };
    const found = await evaluate((x, w, g) => {
      const map = sameConvolution({ chunks: half(x!), size, count: 2 * n });
      const gs = half(g!);
      return [...map.forward(w!), ...gs.map((part, i) => map.toInput(i, part, w!)), map.toWeights(gs)];
    }, inputs);
    const expected = await evaluate((x, w, g) => {
      const images = transpose(reshape(x!, [2 * n, size, size, channels]), [0, 3, 1, 2]);
      const y = conv2d(images, transpose(w!, [3, 2, 0, 1]), { stride: 1, padding: 1 });
      const rows = reshape(transpose(y, [0, 2, 3, 1]), [2 * n * size ** 2, outputs]);
      const [ofX, ofW] = gradients(sum(mul(rows, g!)), [x!, w!]);
      return [...half(rows), ...half(ofX!), ofW!];
    }, inputs);
    expect(found.map((f) => f.shape)).toEqual(expected.map((e) => e.shape));
    for (const [i, { data }] of expected.entries()) {
      for (const [k, value] of Array.from(data).entries()) expect(found[i]!.data[k]).toBeCloseTo(value, 12);
    }
  },
);
