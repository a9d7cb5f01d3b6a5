import { concat, gemm, mul, pad, reshape, slice, type Tensor } from '../../../graph/index.js';
import { TAPS } from './halving.js';
import type { LinearMap } from './linear-map.js';
import { gather } from './rows.js';
import { sumOfProducts } from './sum-of-products.js';
import { sharedTables } from './tables.js';

/**
 * The first convolution, whose input is data: no gradient flows there, and its few channels make rows too short to gather one
 * by one. Windows of four pixels of a padded row are laid side by side once; a patch is then four rows of windows.
 *
 * @param frames `[N, H, H, C]`, cut into `chunks` chunks; weights are `[4, 4, C, O]`
 */
export function firstConvolution(frames: Tensor, chunks: number): LinearMap {
  const [count, size, , channels] = frames.shape as [number, number, number, number];
  const n = count / chunks;
  const half = size / 2;
  const [table] = sharedTables(frames.graph, `windows ${n} ${size}`, () => [windowTable(n, size)]);
  const patches = (frames: Tensor, i: number) => {
    const padded = pad(pad(slice(frames, 0, i * n, (i + 1) * n), 1, 1, 1), 2, 1, 1);
    const pairs = reshape(padded, [n, size + 2, half + 1, 2 * channels]);
    const windows = concat([slice(pairs, 2, 0, half), slice(pairs, 2, 1, half + 1)], 3);
    const rows = reshape(windows, [n * (size + 2) * half, 4 * channels]);
    return reshape(gather(rows, table!), [n * half * half, TAPS * channels]);
  };
  return {
    inputs: [],
    forward(w) {
      const matrix = reshape(w, [TAPS * channels, w.shape[3]!]);
      return Array.from({ length: chunks }, (_, i) => gemm(patches(frames, i), matrix));
    },
    toInput: (_, g) => g,
    toWeights(gradients) {
      const again = frames.graph.recompute(frames);
      const sum = sumOfProducts(
        chunks,
        (i) => patches(again, i),
        (i) => gradients[i]!,
      );
      return reshape(sum, [4, 4, channels, gradients[0]!.shape[1]!]);
    },
    scaled: mul,
  };
}

/** For each output pixel, the four rows of windows under its kernel. */
function windowTable(images: number, size: number): Int32Array {
  const half = size / 2;
  const table = new Int32Array(images * half * half * 4);
  let i = 0;
  for (let n = 0; n < images; n++)
    for (let y = 0; y < half; y++)
      for (let x = 0; x < half; x++) for (let k = 0; k < 4; k++) table[i++] = (n * (size + 2) + 2 * y + k) * half + x;
  return table;
}
