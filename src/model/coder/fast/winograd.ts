import { add, adjointTables, gemm, matmul, matrixTranspose, reshape, type Tensor } from '../../../graph/index.js';

import type { Halving } from './halving.js';
import { gather, withZeroRow } from './rows.js';
import { sharedTables, zeroRowAt } from './tables.js';

/*
 * Winograd's minimal filtering (Lavin and Gray, "Fast algorithms for convolutional neural networks", 2016), F(2×2, 2×2).
 *
 * With the pixels of a 2×2 block as channels, the 4×4 kernel of stride 2 is a 2×2 kernel of stride 1: with kernel row i = 2a + p,
 * row 2y − 1 + i of the image is row p of block row y + a. In one dimension two outputs of a kernel (w₀, w₁) on (d₀, d₁, d₂) are
 *
 *   d₀w₀ + d₁w₁ = (d₀ − d₁)·w₀ + d₁·(w₀ + w₁),   d₁w₀ + d₂w₁ = d₁·(w₀ + w₁) + (d₂ − d₁)·w₁
 *
 * three products where there were four, and in two dimensions 9 where there were 16. As matrices, y = Aᵀ[(G w) ⊙ (Bᵀd)].
 */
type Matrix = readonly (readonly number[])[];

const BT: Matrix = [
  [1, -1, 0],
  [0, 1, 0],
  [0, -1, 1],
];
const G: Matrix = [
  [1, 0],
  [1, 1],
  [0, 1],
];
const AT: Matrix = [
  [1, 1, 0],
  [0, 1, 1],
];

/** Products of a tile. */
const POINTS = 9;
/** In two dimensions: 3×3 blocks → points, points → 2×2 small pixels, and their adjoints. */
const INTO = kron(BT, BT);
const OUT_OF = kron(AT, AT);
const BACK_INTO = transposed(OUT_OF);
// One more row makes the zeros that the tables name where a pixel has fewer than four terms.
const BACK_OUT_OF: Matrix = [...transposed(INTO), new Array<number>(POINTS).fill(0)];
/** Kernel → points for each place (p, q) of a block, `[9·4, 16]`: G with i = 2a + p, j = 2b + q. */
const KERNEL: Matrix = kron(G, G).flatMap((row) =>
  [0, 1, 2, 3].map((pq) =>
    Array.from({ length: 16 }, (_, ij) => {
      const [i, j] = [ij >> 2, ij & 3];
      return (i & 1) === pq >> 1 && (j & 1) === (pq & 1) ? row[(i >> 1) * 2 + (j >> 1)]! : 0;
    }),
  ),
);

/**
 * {@link Halving} by F(2×2, 2×2): 2×2 small pixels, a tile, come of 3×3 blocks by nine matrix products `[tiles, 4·C]·[4·C, O]`
 * where patches need sixteen. The transforms on both sides are products with matrices of a few ones, over everything at once.
 *
 * @param n images in a chunk
 * @param size S, of the large images, a multiple of 4
 */
export function winograd(n: number, size: number): Halving {
  const tiles = n * (size / 4) ** 2;
  const tables = (x: Tensor) => {
    const all = sharedTables(x.graph, `tiles ${n} ${size}`, () => tileTables(n, size));
    const [blocks, toTiles, toImages, ...pixels] = all;
    return { blocks: blocks!, toTiles: toTiles!, toImages: toImages!, pixels };
  };
  /** Bᵀd: `[n·S², C]` → `[9, tiles, 4·C]`. */
  const into = (large: Tensor) => {
    const c = large.shape[1]!;
    const blocks = gather(withZeroRow(large), tables(large).blocks);
    return reshape(transform(INTO, blocks, tiles * 4 * c), [POINTS, tiles, 4 * c]);
  };
  /** The adjoint of Aᵀ: `[n·(S/2)², O]` → `[9, tiles, O]`. */
  const backInto = (small: Tensor) => {
    const o = small.shape[1]!;
    return reshape(transform(BACK_INTO, gather(small, tables(small).toTiles), tiles * o), [POINTS, tiles, o]);
  };
  return {
    down(large, w) {
      const o = w.shape[3]!;
      const y = transform(OUT_OF, matmul(into(large), kernels(w)), tiles * o);
      return gather(reshape(y, [4 * tiles, o]), tables(large).toImages);
    },
    up(small, w) {
      const c = w.shape[2]!;
      const d = transform(BACK_OUT_OF, matmul(backInto(small), matrixTranspose(kernels(w))), tiles * 4 * c);
      const rows = reshape(d, [(POINTS + 1) * tiles * 4, c]);
      const terms = tables(small).pixels.map((t) => gather(rows, t));
      return terms.reduce(add);
    },
    toWeights(large, small) {
      const [c, o] = [large[0]!.shape[1]!, small[0]!.shape[1]!];
      const products = large.map((x, i) => matmul(matrixTranspose(into(x)), backInto(small[i]!)));
      const sum = products.reduce(add);
      return reshape(transform(transposed(KERNEL), sum, c * o), [4, 4, c, o]);
    },
  };
}

/** Gw: `[4, 4, C, O]` → `[9, 4·C, O]`. */
function kernels(w: Tensor): Tensor {
  const [, , c, o] = w.shape as [number, number, number, number];
  return reshape(transform(KERNEL, w, c * o), [POINTS, 4 * c, o]);
}

/** A transform of the rows of x seen as a matrix of so many columns. */
function transform(matrix: Matrix, x: Tensor, columns: number): Tensor {
  const m = x.graph.constant(matrix.flat(), [matrix.length, matrix[0]!.length], x.type);
  return gemm(m, reshape(x, [x.size / columns, columns]));
}

/**
 * The pixel of each place of the nine blocks of each tile (n·S²: the row of zeros); small pixels in the order place in the tile, tile;
 * the reverse of that; and four tables of the places that make up each pixel, fewer than four being filled up with a zero one.
 */
function tileTables(n: number, size: number): readonly Int32Array[] {
  const [side, half] = [size / 4, size / 2];
  const tiles = n * side * side;
  const blocks = new Int32Array(POINTS * tiles * 4).fill(-1);
  const toTiles = new Int32Array(4 * tiles);
  const toImages = new Int32Array(4 * tiles);
  for (let image = 0; image < n; image++)
    for (let ty = 0; ty < side; ty++)
      for (let tx = 0; tx < side; tx++) {
        const tile = (image * side + ty) * side + tx;
        for (let u = 0; u < 2; u++)
          for (let v = 0; v < 2; v++) {
            const pixel = (image * half + 2 * ty + u) * half + 2 * tx + v;
            toTiles[(2 * u + v) * tiles + tile] = pixel;
            toImages[pixel] = (2 * u + v) * tiles + tile;
          }
        for (let i = 0; i < 6; i++)
          for (let j = 0; j < 6; j++) {
            const [y, x] = [4 * ty - 1 + i, 4 * tx - 1 + j];
            if (y < 0 || x < 0 || y >= size || x >= size) continue;
            const block = (i >> 1) * 3 + (j >> 1);
            blocks[(block * tiles + tile) * 4 + (i & 1) * 2 + (j & 1)] = (image * size + y) * size + x;
          }
      }
  const pixels = adjointTables(blocks, n * size * size).map((t) => zeroRowAt(t, POINTS * tiles * 4));
  return [zeroRowAt(blocks, n * size * size), toTiles, toImages, ...pixels];
}

function transposed(m: Matrix): Matrix {
  return m[0]!.map((_, j) => m.map((row) => row[j]!));
}

/** Kronecker product. */
function kron(a: Matrix, b: Matrix): Matrix {
  return a.flatMap((ra) => b.map((rb) => ra.flatMap((x) => rb.map((y) => x * y))));
}
