import { add, adjointTables, gemm, matmul, matrixTranspose, reshape, type Tensor } from '../../../graph/index.js';

import type { Halving } from './halving.js';
import { gather, withZeroRow } from './rows.js';
import { sharedTables, zeroRowAt } from './tables.js';

/*
 * Winograd's minimal filtering (Lavin and Gray, "Fast algorithms for convolutional neural networks", 2016), F(m×m, 2×2).
 *
 * With the pixels of a 2×2 block as channels, the 4×4 kernel of stride 2 is a 2×2 kernel of stride 1: with kernel row i = 2a + p,
 * row 2y − 1 + i of the image is row p of block row y + a. In one dimension m outputs yᵢ = dᵢw₀ + dᵢ₊₁w₁ take 2m products; as
 * y = Aᵀ[(G w) ⊙ (Bᵀd)] they take m + 1, in two dimensions (m + 1)² where there were 4m²: 9 of 16 for m = 2, 25 of 64 for m = 4.
 *
 * The matrices are those of Toom and Cook, transposed. The product of polynomials w₀ + w₁x and y₀ + … + yₘ₋₁xᵐ⁻¹ is known from its
 * values at m points and its leading coefficient: f(x) = Σₖ f(pₖ) ℓₖ(x) + f∞ M(x) with M(x) = Π(x − pₖ) and Lagrange's
 * ℓₖ(x) = Πₗ (x − pₗ) / (pₖ − pₗ). Row k of G is (1, pₖ), column k of Aᵀ (1, pₖ, …, pₖᵐ⁻¹), row k of Bᵀ the coefficients of ℓₖ; and for the
 * leading coefficient (0, 1), (0, …, 0, 1) and those of M.
 */
type Matrix = readonly (readonly number[])[];

/** F(m×m, 2×2): a way to take a tile of m×m small pixels out of (m + 1)×(m + 1) blocks. */
export interface Filtering {
  /** m, small pixels on a side of a tile. */
  readonly side: number;
  /** In two dimensions: blocks → products, products → small pixels, and the adjoint of either. */
  readonly into: Matrix;
  readonly outOf: Matrix;
  readonly backInto: Matrix;
  readonly backOutOf: Matrix;
  /** Kernel → products for each place (p, q) of a block, `[(m + 1)²·4, 16]`: G with i = 2a + p, j = 2b + q. */
  readonly kernel: Matrix;
}

/** 9 products in place of 16. */
export const TILES_OF_2 = filtering([0, 1]);
/** 25 products in place of 64; of small numbers those with which least is lost to rounding, which is twice as much as by tiles of 2. */
export const TILES_OF_4 = filtering([0, 0.5, -1, 2]);

/**
 * {@link Halving} by F(m×m, 2×2): m×m small pixels, a tile, come of (m + 1)×(m + 1) blocks by as many matrix products
 * `[tiles, 4·C]·[4·C, O]`, where patches need 4m². The transforms on both sides are products with small matrices, over everything at once.
 *
 * @param n images in a chunk
 * @param size S, of the large images, a multiple of 2m
 */
export function winograd(n: number, size: number, by: Filtering): Halving {
  const { side } = by;
  const tiles = n * (size / (2 * side)) ** 2;
  const count = (side + 1) ** 2;
  const tables = (x: Tensor) => {
    const all = sharedTables(x.graph, `tiles ${n} ${size} ${side}`, () => tileTables(n, size, side));
    const [blocks, toTiles, toImages, ...pixels] = all;
    return { blocks: blocks!, toTiles: toTiles!, toImages: toImages!, pixels };
  };
  /** Bᵀd: `[n·S², C]` → `[(m + 1)², tiles, 4·C]`. */
  const into = (large: Tensor) => {
    const c = large.shape[1]!;
    const blocks = gather(withZeroRow(large), tables(large).blocks);
    return reshape(transform(by.into, blocks, tiles * 4 * c), [count, tiles, 4 * c]);
  };
  /** The adjoint of Aᵀ: `[n·(S/2)², O]` → `[(m + 1)², tiles, O]`. */
  const backInto = (small: Tensor) => {
    const o = small.shape[1]!;
    return reshape(transform(by.backInto, gather(small, tables(small).toTiles), tiles * o), [count, tiles, o]);
  };
  return {
    down(large, w) {
      const o = w.shape[3]!;
      const y = transform(by.outOf, matmul(into(large), kernels(w, by)), tiles * o);
      return gather(reshape(y, [side ** 2 * tiles, o]), tables(large).toImages);
    },
    up(small, w) {
      const c = w.shape[2]!;
      const d = transform(by.backOutOf, matmul(backInto(small), matrixTranspose(kernels(w, by))), tiles * 4 * c);
      const rows = reshape(d, [(count + 1) * tiles * 4, c]);
      const terms = tables(small).pixels.map((t) => gather(rows, t));
      return terms.reduce(add);
    },
    toWeights(large, small) {
      const [c, o] = [large[0]!.shape[1]!, small[0]!.shape[1]!];
      const products = large.map((x, i) => matmul(matrixTranspose(into(x)), backInto(small[i]!)));
      const sum = products.reduce(add);
      return reshape(transform(transposed(by.kernel), sum, c * o), [4, 4, c, o]);
    },
  };
}

/** Gw: `[4, 4, C, O]` → `[(m + 1)², 4·C, O]`. */
function kernels(w: Tensor, { side, kernel }: Filtering): Tensor {
  const [, , c, o] = w.shape as [number, number, number, number];
  return reshape(transform(kernel, w, c * o), [(side + 1) ** 2, 4 * c, o]);
}

/** A transform of the rows of x seen as a matrix of so many columns. */
function transform(matrix: Matrix, x: Tensor, columns: number): Tensor {
  const m = x.graph.constant(matrix.flat(), [matrix.length, matrix[0]!.length], x.type);
  return gemm(m, reshape(x, [x.size / columns, columns]));
}

/**
 * The pixel of each place of the (m + 1)² blocks of each tile (n·S²: the row of zeros); small pixels in the order place in the tile, tile;
 * the reverse of that; and tables of the places that make up each pixel, fewer than most being filled up with a zero one.
 */
function tileTables(n: number, size: number, m: number): readonly Int32Array[] {
  const [side, half, count] = [size / (2 * m), size / 2, (m + 1) ** 2];
  const tiles = n * side * side;
  const blocks = new Int32Array(count * tiles * 4).fill(-1);
  const toTiles = new Int32Array(m * m * tiles);
  const toImages = new Int32Array(m * m * tiles);
  for (let image = 0; image < n; image++)
    for (let ty = 0; ty < side; ty++)
      for (let tx = 0; tx < side; tx++) {
        const tile = (image * side + ty) * side + tx;
        for (let u = 0; u < m; u++)
          for (let v = 0; v < m; v++) {
            const pixel = (image * half + m * ty + u) * half + m * tx + v;
            toTiles[(m * u + v) * tiles + tile] = pixel;
            toImages[pixel] = (m * u + v) * tiles + tile;
          }
        for (let i = 0; i < 2 * (m + 1); i++)
          for (let j = 0; j < 2 * (m + 1); j++) {
            const [y, x] = [2 * m * ty - 1 + i, 2 * m * tx - 1 + j];
            if (y < 0 || x < 0 || y >= size || x >= size) continue;
            const block = (i >> 1) * (m + 1) + (j >> 1);
            blocks[(block * tiles + tile) * 4 + (i & 1) * 2 + (j & 1)] = (image * size + y) * size + x;
          }
      }
  const pixels = adjointTables(blocks, n * size * size).map((t) => zeroRowAt(t, count * tiles * 4));
  return [zeroRowAt(blocks, n * size * size), toTiles, toImages, ...pixels];
}

function transposed(m: Matrix): Matrix {
  return m[0]!.map((_, j) => m.map((row) => row[j]!));
}

/** Kronecker product. */
function kron(a: Matrix, b: Matrix): Matrix {
  return a.flatMap((ra) => b.map((rb) => ra.flatMap((x) => rb.map((y) => x * y))));
}

/** Toom and Cook's of so many points. */
function filtering(points: readonly number[]): Filtering {
  const m = points.length;
  const lagrange = points.map((p) => {
    const others = points.filter((q) => q !== p);
    const scale = others.reduce((product, q) => product * (p - q), 1);
    return [...polynomial(others).map((c) => c / scale), 0];
  });
  const bt = [...lagrange, polynomial(points)];
  const at = points.map((_, i) => [...points.map((p) => p ** i), i === m - 1 ? 1 : 0]);
  const g = [...points.map((p) => [1, p]), [0, 1]];
  const [into, outOf] = [kron(bt, bt), kron(at, at)];
  // One more row makes the zeros that the tables name where a pixel has fewer terms than others.
  const backOutOf = [...transposed(into), new Array<number>((m + 1) ** 2).fill(0)];
  const kernel = kron(g, g).flatMap((row) =>
    [0, 1, 2, 3].map((pq) =>
      Array.from({ length: 16 }, (_, ij) => {
        const [i, j] = [ij >> 2, ij & 3];
        return (i & 1) === pq >> 1 && (j & 1) === (pq & 1) ? row[(i >> 1) * 2 + (j >> 1)]! : 0;
      }),
    ),
  );
  return { side: m, into, outOf, backInto: transposed(outOf), backOutOf, kernel };
}

/** Coefficients of Π(x − p), that of 1 first. */
function polynomial(roots: readonly number[]): number[] {
  const times = (f: number[], p: number) =>
    Array.from({ length: f.length + 1 }, (_, i) => (f[i - 1] ?? 0) - p * (f[i] ?? 0));
  return roots.reduce(times, [1]);
}
