import { add, gemm, reshape, type Tensor, transpose } from '../../../graph/index.js';
import { blockTables, inOrder } from './blocks.js';
import { sharedTables } from './chunks.js';
import type { Halving } from './halving.js';
import { gather, withZeroRow } from './rows.js';

/**
 * {@link Halving} by the blocks of `blocks.ts` where a block has far fewer channels than a small pixel (the decoder's last layer): what
 * is moved four times over are blocks, the products with small pixels among them, and never small pixels.
 *
 * @param n images in a chunk
 * @param size S, of the large images
 */
export function thin(n: number, size: number): Halving {
  const count = n * (size / 2 + 1) ** 2;
  const smallPixels = n * (size / 2) ** 2;
  /** `[n·S², C]` → what each small pixel sees, `[n·(S/2)², 16·C]`, in the order a, b, p, q, channel. */
  const patches = (large: Tensor) => {
    const c = large.shape[1]!;
    const { pixelsOfBlocks, blocksOfSmall } = blockTables(large, n, size);
    const rows = reshape(gather(withZeroRow(large), pixelsOfBlocks), [count, 4 * c]);
    return reshape(gather(rows, blocksOfSmall), [smallPixels, 16 * c]);
  };
  const matrix = (w: Tensor) => reshape(inOrder(w, 'abpqco'), [16 * w.shape[2]!, w.shape[3]!]);
  return {
    down: (large, w) => gemm(patches(large), matrix(w)),
    up(small, w) {
      const c = w.shape[2]!;
      const products = gemm(withZeroRow(small), matrix(w), { transposeB: true });
      const quarters = reshape(products, [(smallPixels + 1) * 4, 4 * c]);
      const sum = quartersOfBlocks(small, n, size)
        .map((table) => gather(quarters, table))
        .reduce(add);
      return gather(reshape(sum, [count * 4, c]), blockTables(small, n, size).blocksOfPixels);
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

/** For each quarter (a, b), which quarter of which small pixel's products goes to each block; one of zeros where none does. */
function quartersOfBlocks({ graph }: Tensor, n: number, size: number): readonly Tensor[] {
  return sharedTables(graph, `quarters ${n} ${size}`, () => {
    const [half, side] = [size / 2, size / 2 + 1];
    return [0, 1, 2, 3].map((ab) => {
      const table = new Int32Array(n * side * side).fill(n * half * half * 4);
      for (let image = 0; image < n; image++)
        for (let y = 0; y < half; y++)
          for (let x = 0; x < half; x++) {
            const block = (image * side + y + (ab >> 1)) * side + x + (ab & 1);
            table[block] = ((image * half + y) * half + x) * 4 + ab;
          }
      return table;
    });
  });
}
