import { add, adjointTables, gemm, patchTable, reshape, type Tensor } from '../../../graph/index.js';
import { sharedTables } from './chunks.js';
import { GEOMETRY, type Halving, TAPS } from './halving.js';
import { gather, withZeroRow, zeroRowAt } from './rows.js';

/**
 * {@link Halving} as patches × weights ("im2col"): one matrix product, which runs at the machine's full rate.
 *
 * @param n images in a chunk
 * @param size S, of the large images
 */
export function im2col(n: number, size: number): Halving {
  const matrix = (w: Tensor) => reshape(w, [w.size / w.shape[3]!, w.shape[3]!]);
  const patches = (large: Tensor) => unfold(withZeroRow(large), n, size);
  return {
    down: (large, w) => gemm(patches(large), matrix(w)),
    up: (small, w) => fold(gemm(withZeroRow(small), matrix(w), { transposeB: true }), n, size),
    toWeights(large, small) {
      let sum: Tensor | undefined;
      large.forEach((x, i) => {
        sum = gemm(patches(x), small[i]!, { transposeA: true, ...(sum && { plus: sum }) });
      });
      return reshape(sum!, [4, 4, large[0]!.shape[1]!, small[0]!.shape[1]!]);
    },
  };
}

/**
 * The patches that the kernel sees, as rows of a matrix.
 *
 * @param x pixels with a row of zeros after them, `[n·size² + 1, C]`
 * @returns `[n·(size/2)², 16·C]`, kernel row, kernel column, channel
 */
function unfold(x: Tensor, n: number, size: number): Tensor {
  const pixels = n * size * size;
  const [table] = sharedTables(x.graph, `unfold ${n} ${size}`, () => [
    zeroRowAt(patchTable({ images: n, height: size, width: size, ...GEOMETRY }), pixels),
  ]);
  return reshape(gather(x, table!), [pixels / 4, TAPS * x.shape[1]!]);
}

/**
 * Adjoint of {@link unfold}: every pixel gets the sum of what the (at most four) patches that see it hold for it ("col2im").
 *
 * @param patches with a patch of zeros after them, `[n·(size/2)² + 1, 16·C]`. Whoever multiplies a matrix with a row of zeros
 *   at its end gets that for nothing; appending it here would copy the largest array of the layer.
 * @returns `[n·size², C]`
 */
function fold(patches: Tensor, n: number, size: number): Tensor {
  const pixels = n * size * size;
  const channels = patches.shape[1]! / TAPS;
  const terms = (pixels / 4) * TAPS;
  const tables = sharedTables(patches.graph, `fold ${n} ${size}`, () =>
    adjointTables(patchTable({ images: n, height: size, width: size, ...GEOMETRY }), pixels).map((t) =>
      zeroRowAt(t, terms),
    ),
  );
  const rows = reshape(patches, [terms + TAPS, channels]);
  const [a, b, c, d] = tables.map((t) => gather(rows, t));
  return add(add(a!, b!), add(c!, d!));
}
