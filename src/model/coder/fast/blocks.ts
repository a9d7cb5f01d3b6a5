import { gemm, reshape, type Tensor, transpose } from '../../../graph/index.js';
import { type Halving, TAPS } from './halving.js';
import { gather, withZeroRow } from './rows.js';
import { sumOfProducts } from './sum-of-products.js';
import { sharedTables } from './tables.js';

/**
 * {@link Halving} by blocks of 2×2 pixels, which moves each pixel as few times as can be: at few channels that is what costs.
 *
 * With kernel row i = 2a + p, row 2y − 1 + i of the large image is row p of block row y + a, and likewise for columns: small pixel
 * (y, x) sees the four blocks (y + a, x + b), and block (u, v) is seen by the small pixels (u − a, v − b), its window. So
 *
 *   small[y, x] = Σ_{a, b} block[y + a, x + b] · w_{ab},   the adjoint   block[u, v] = Σ_{a, b} small[u − a, v − b] · w_{ab}ᵀ
 *
 * with w_{ab} `[4·C, O]`. Both are one matrix product, and so is the gradient of the weights: blocksᵀ · windows. Nothing is summed
 * after a product. Block (0, 0) has only its last pixel inside the image: of S²/4 small pixels there are (S/2 + 1)² blocks.
 *
 * @param n images in a chunk
 * @param size S, of the large images
 */
export function blocks(n: number, size: number): Halving {
  const count = n * (size / 2 + 1) ** 2;
  /** `[n·(S/2)², O]` → `[blocks, 4·O]`. */
  const windows = (small: Tensor) =>
    reshape(gather(withZeroRow(small), blockTables(small, n, size).windows), [count, 4 * small.shape[1]!]);
  return {
    down: (large, w) => gemm(patches(large, n, size), patchWeights(w)),
    up(small, w) {
      const [, , c, o] = w.shape as [number, number, number, number];
      const products = gemm(windows(small), reshape(inOrder(w, 'abopqc'), [4 * o, 4 * c]));
      return gather(reshape(products, [count * 4, c]), blockTables(small, n, size).blocksOfPixels);
    },
    toWeights(large, small) {
      const sum = sumOfProducts(
        large.length,
        (i) => cutIntoBlocks(large[i]!, n, size),
        (i) => windows(small[i]!),
      );
      const [c, o] = [large[0]!.shape[1]!, small[0]!.shape[1]!];
      return reshape(transpose(reshape(sum, [2, 2, c, 2, 2, o]), [3, 0, 4, 1, 2, 5]), [4, 4, c, o]);
    },
  };
}

/** `[n·S², C]` → `[blocks, 4·C]`. */
function cutIntoBlocks(large: Tensor, n: number, size: number): Tensor {
  const count = n * (size / 2 + 1) ** 2;
  return reshape(gather(withZeroRow(large), blockTables(large, n, size).pixelsOfBlocks), [count, 4 * large.shape[1]!]);
}

/** What each small pixel sees, `[n·S², C]` → `[n·(S/2)², 16·C]` in the order a, b, p, q, channel. */
export function patches(large: Tensor, n: number, size: number): Tensor {
  const rows = gather(cutIntoBlocks(large, n, size), blockTables(large, n, size).blocksOfSmall);
  return reshape(rows, [(n * size * size) / 4, TAPS * large.shape[1]!]);
}

/** `[4, 4, C, O]` → `[16·C, O]`, rows in the order of {@link patches}. */
export function patchWeights(w: Tensor): Tensor {
  return reshape(inOrder(w, 'abpqco'), [TAPS * w.shape[2]!, w.shape[3]!]);
}

/** `[4, 4, C, O]`, that is a p b q c o, with its axes in another order: `[2, 2, …]`. */
function inOrder(w: Tensor, order: string): Tensor {
  const [, , c, o] = w.shape as [number, number, number, number];
  return transpose(
    reshape(w, [2, 2, 2, 2, c, o]),
    [...order].map((axis) => 'apbqco'.indexOf(axis)),
  );
}

/** Where pixels, blocks and small pixels are to each other. */
export interface BlockTables {
  /** The pixel of each place of each block; n·S², the row of zeros, outside the image. */
  readonly pixelsOfBlocks: Tensor;
  /** The place of each pixel. */
  readonly blocksOfPixels: Tensor;
  /** The four small pixels that see each block; n·(S/2)² outside. */
  readonly windows: Tensor;
  /** The four blocks that each small pixel sees. */
  readonly blocksOfSmall: Tensor;
  /** For each (a, b): of what each small pixel has for its four blocks, one after the other, the one that is for each block. */
  readonly shares: readonly Tensor[];
}

/** The tables for n images of S² pixels, shared by all in the graph of x. */
export function blockTables({ graph }: Tensor, n: number, size: number): BlockTables {
  const tables = sharedTables(graph, `blocks ${n} ${size}`, () => makeTables(n, size));
  const [pixelsOfBlocks, blocksOfPixels, windows, blocksOfSmall] = tables as [Tensor, Tensor, Tensor, Tensor];
  return { pixelsOfBlocks, blocksOfPixels, windows, blocksOfSmall, shares: tables.slice(4) };
}

function makeTables(n: number, size: number): readonly Int32Array[] {
  const [half, side] = [size / 2, size / 2 + 1];
  const count = n * side * side;
  const pixelsOfBlocks = new Int32Array(count * 4).fill(n * size * size);
  const blocksOfPixels = new Int32Array(n * size * size);
  const windows = new Int32Array(count * 4).fill(n * half * half);
  const blocksOfSmall = new Int32Array(n * half * half * 4);
  for (let image = 0; image < n; image++) {
    for (let y = 0; y < size; y++)
      for (let x = 0; x < size; x++) {
        const block = (image * side + ((y + 1) >> 1)) * side + ((x + 1) >> 1);
        const place = block * 4 + ((y + 1) & 1) * 2 + ((x + 1) & 1);
        const pixel = (image * size + y) * size + x;
        pixelsOfBlocks[place] = pixel;
        blocksOfPixels[pixel] = place;
      }
    for (let y = 0; y < half; y++)
      for (let x = 0; x < half; x++)
        for (let ab = 0; ab < 4; ab++) {
          const small = (image * half + y) * half + x;
          const block = (image * side + y + (ab >> 1)) * side + x + (ab & 1);
          windows[block * 4 + ab] = small;
          blocksOfSmall[small * 4 + ab] = block;
        }
  }
  const shares = [0, 1, 2, 3].map((ab) => Int32Array.from({ length: count }, (_, b) => windows[4 * b + ab]! * 4 + ab));
  return [pixelsOfBlocks, blocksOfPixels, windows, blocksOfSmall, ...shares];
}
