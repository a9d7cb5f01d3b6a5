import { add, gemm, reshape, transpose } from '../../../graph/index.js';
import { blocks, blockTables, patches, patchWeights } from './blocks.js';
import type { Halving } from './halving.js';
import { gather, withZeroRow } from './rows.js';
import { sumOfProducts } from './sum-of-products.js';

/**
 * {@link Halving} by the blocks of `blocks.ts` where a block has far fewer channels than a small pixel (the decoder's last layer): what
 * is moved four times over are blocks, the products with small pixels among them, and never small pixels.
 *
 * @param n images in a chunk
 * @param size S, of the large images
 */
export function thin(n: number, size: number): Halving {
  const count = n * (size / 2 + 1) ** 2;
  return {
    ...blocks(n, size),
    up(small, w) {
      const c = w.shape[2]!;
      const { shares, blocksOfPixels } = blockTables(small, n, size);
      // The row of zeros gives what a block gets from outside.
      const products = gemm(withZeroRow(small), patchWeights(w), { transposeB: true });
      const forBlocks = reshape(products, [products.shape[0]! * 4, 4 * c]);
      const sum = shares.map((table) => gather(forBlocks, table)).reduce(add);
      return gather(reshape(sum, [count * 4, c]), blocksOfPixels);
    },
    toWeights(large, small) {
      const sum = sumOfProducts(
        large.length,
        (i) => patches(large[i]!, n, size),
        (i) => small[i]!,
      );
      const [c, o] = [large[0]!.shape[1]!, small[0]!.shape[1]!];
      return reshape(transpose(reshape(sum, [2, 2, 2, 2, c, o]), [0, 2, 1, 3, 4, 5]), [4, 4, c, o]);
    },
  };
}
