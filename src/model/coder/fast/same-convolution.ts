import { gemm, mul, patchTable, reshape, type Tensor, transpose } from '../../../graph/index.js';
import { type Images, perChunk } from './chunks.js';
import type { LinearMap } from './linear-map.js';
import { gather, withZeroRow } from './rows.js';
import { sumOfProducts } from './sum-of-products.js';
import { sharedTables, zeroRowAt } from './tables.js';

const GEOMETRY = { kernel: 3, stride: 1, padding: 1 } as const;
const TAPS = 9;

/**
 * A 3×3 convolution that keeps the size of an image. Its adjoint is another: of the weights turned by half a turn, their channels
 * exchanged.
 *
 * @param images weights are `[3, 3, I, O]`
 */
export function sameConvolution(images: Images): LinearMap {
  const n = perChunk(images);
  const { size, chunks } = images;
  const patches = (x: Tensor) => {
    const rows = n * size ** 2;
    const [table] = sharedTables(x.graph, `same ${n}×${size}`, () => [
      zeroRowAt(patchTable({ images: n, height: size, width: size, ...GEOMETRY }), rows),
    ]);
    return reshape(gather(withZeroRow(x), table!), [rows, TAPS * x.shape[1]!]);
  };
  const matrix = (w: Tensor) => reshape(w, [TAPS * w.shape[2]!, w.shape[3]!]);
  const halfTurn = (w: Tensor) => {
    const [, , i, o] = w.shape as [number, number, number, number];
    const reversed = w.graph.constant(
      Int32Array.from({ length: TAPS }, (_, t) => TAPS - 1 - t),
      [TAPS],
      'int32',
    );
    return reshape(transpose(reshape(gather(reshape(w, [TAPS, i * o]), reversed), [TAPS, i, o]), [0, 2, 1]), [
      TAPS * o,
      i,
    ]);
  };
  return {
    inputs: chunks,
    forward: (w) => chunks.map((x) => gemm(patches(x), matrix(w))),
    toInput: (_, g, w) => gemm(patches(g), halfTurn(w)),
    toWeights(gs) {
      const sum = sumOfProducts(
        gs.length,
        (i) => patches(chunks[i]!.graph.recompute(chunks[i]!)),
        (i) => gs[i]!,
      );
      return reshape(sum, [3, 3, chunks[0]!.shape[1]!, gs[0]!.shape[1]!]);
    },
    scaled: mul,
  };
}
