import { add, adjointTables, concat, patchTable, reshape, type Tensor } from '../../../graph/index.js';
import { sharedTables } from './chunks.js';

/** The kernel of every layer: 4×4, moved by 2, with one row and column of zeros around the image. */
const GEOMETRY = { kernel: 4, stride: 2, padding: 1 };
/** Positions of the kernel. */
export const TAPS = 16;

/**
 * The patches that a 4×4 convolution of stride 2 sees, as rows of a matrix ("im2col"), so that the convolution is one matrix
 * product, which runs at the machine's full rate.
 *
 * @param x pixels with a row of zeros after them ({@link withZeroRow}), `[images · size² + 1, C]`
 * @returns `[images · (size/2)², 16·C]`, kernel row, kernel column, channel
 */
export function unfold(x: Tensor, images: number, size: number): Tensor {
  const pixels = images * size * size;
  const [table] = sharedTables(x.graph, `unfold ${images} ${size}`, () => [
    zeroRowAt(patchTable({ images, height: size, width: size, ...GEOMETRY }), pixels),
  ]);
  return reshape(gather(x, table!), [pixels / 4, TAPS * x.shape[1]!]);
}

/**
 * Adjoint of {@link unfold}: every pixel gets the sum of what the (at most four) patches that see it hold for it ("col2im").
 *
 * @param patches with a patch of zeros after them, `[images · (size/2)² + 1, 16·C]`. Whoever multiplies a matrix with a row
 *   of zeros at its end gets that for nothing; appending it here would copy the largest array of the layer.
 * @returns `[images · size², C]`
 */
export function fold(patches: Tensor, images: number, size: number): Tensor {
  const pixels = images * size * size;
  const channels = patches.shape[1]! / TAPS;
  const terms = (pixels / 4) * TAPS;
  const tables = sharedTables(patches.graph, `fold ${images} ${size}`, () =>
    adjointTables(patchTable({ images, height: size, width: size, ...GEOMETRY }), pixels).map((t) =>
      zeroRowAt(t, terms),
    ),
  );
  const rows = reshape(patches, [terms + TAPS, channels]);
  const [a, b, c, d] = tables.map((t) => gather(rows, t));
  return add(add(a!, b!), add(c!, d!));
}

/** Rows with a row of zeros after them. */
export function withZeroRow(x: Tensor): Tensor {
  return concat([x, x.graph.constant(0, [1, x.shape[1]!], x.type)], 0);
}

/** Rows by a table that names no row beyond x, whose gradient nobody asks for. */
export function gather(x: Tensor, table: Tensor): Tensor {
  return x.graph.node({
    op: 'Gather',
    inputs: [x, table],
    shapes: [[table.size, x.shape[1]!]],
    attributes: { axis: 0 },
  })[0]!;
}

function zeroRowAt(table: Int32Array, row: number): Int32Array {
  return table.map((r) => (r < 0 ? row : r));
}
