import { add, adjointTables, gemm, reshape, type Tensor, transpose } from '../../../graph/index.js';
import { sharedTables } from './chunks.js';
import type { Halving } from './halving.js';
import { gather, withZeroRow, zeroRowAt } from './rows.js';

/**
 * {@link Halving} for large images of few channels (the decoder's last layer), whose pixels are rows too short to be moved one by
 * one four times over. Pixels are moved once, into blocks of 2×2, and blocks are what patches are made of: with kernel row
 * i = 2a + p, row 2y − 1 + i of the image is row p of block row y + a. Block (0, 0) has only its last pixel inside the image.
 *
 * @param n images in a chunk
 * @param size S, of the large images
 */
export function thin(n: number, size: number): Halving {
  const blocks = n * (size / 2 + 1) ** 2;
  const smallPixels = n * (size / 2) ** 2;
  /** `[4, 4, C, O]` as a matrix `[16·C, O]` with rows in the order a, b, p, q, channel. */
  const matrix = (w: Tensor) => {
    const [, , c, o] = w.shape as [number, number, number, number];
    return reshape(transpose(reshape(w, [2, 2, 2, 2, c, o]), [0, 2, 1, 3, 4, 5]), [16 * c, o]);
  };
  const tables = (x: Tensor) => {
    const [pixelsOfBlocks, blocksOfPixels, blocksOfPatches, ...patchesOfBlocks] = sharedTables(
      x.graph,
      `blocks ${n} ${size}`,
      () => blockTables(n, size),
    );
    return { pixelsOfBlocks, blocksOfPixels, blocksOfPatches, patchesOfBlocks };
  };
  const patches = (large: Tensor) => {
    const c = large.shape[1]!;
    const { pixelsOfBlocks, blocksOfPatches } = tables(large);
    const rows = reshape(gather(withZeroRow(large), pixelsOfBlocks!), [blocks, 4 * c]);
    return reshape(gather(rows, blocksOfPatches!), [smallPixels, 16 * c]);
  };
  return {
    down: (large, w) => gemm(patches(large), matrix(w)),
    up(small, w) {
      const c = w.shape[2]!;
      const { blocksOfPixels, patchesOfBlocks } = tables(small);
      const products = gemm(withZeroRow(small), matrix(w), { transposeB: true });
      const rows = reshape(products, [(smallPixels + 1) * 4, 4 * c]);
      const summed = patchesOfBlocks.map((t) => gather(rows, t)).reduce(add);
      return gather(reshape(summed, [blocks * 4, c]), blocksOfPixels!);
    },
    toWeights(large, small) {
      let sum: Tensor | undefined;
      large.forEach((x, i) => {
        sum = gemm(patches(x), small[i]!, { transposeA: true, ...(sum && { plus: sum }) });
      });
      const [c, o] = [large[0]!.shape[1]!, small[0]!.shape[1]!];
      return reshape(transpose(reshape(sum!, [2, 2, 2, 2, c, o]), [0, 2, 1, 3, 4, 5]), [4, 4, c, o]);
    },
  };
}

/** Pixel of each place of a block, place of each pixel, block of each quarter of a patch, and the adjoint of the last. */
function blockTables(n: number, size: number): readonly Int32Array[] {
  const [half, side] = [size / 2, size / 2 + 1];
  const pixelsOfBlocks = new Int32Array(n * side * side * 4).fill(n * size * size);
  const blocksOfPixels = new Int32Array(n * size * size);
  const blocksOfPatches = new Int32Array(n * half * half * 4);
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
        for (const a of [0, 1])
          for (const b of [0, 1]) {
            blocksOfPatches[((image * half + y) * half + x) * 4 + 2 * a + b] = (image * side + y + a) * side + x + b;
          }
  }
  const adjoint = adjointTables(blocksOfPatches, n * side * side).map((t) => zeroRowAt(t, n * half * half * 4));
  return [pixelsOfBlocks, blocksOfPixels, blocksOfPatches, ...adjoint];
}
