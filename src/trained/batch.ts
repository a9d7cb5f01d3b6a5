/** Values of any number of sequences: row-major data and its shape. */
export interface Batch {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Row i of a batch, without a copy. */
export function rowOf(b: Batch, i: number): Float32Array {
  const width = b.data.length / b.shape[0]!;
  return b.data.subarray(i * width, (i + 1) * width);
}

/** Rows `start` to `end` − 1, or to the last, without a copy. */
export function slice(b: Batch, start: number, end: number): Batch {
  const width = b.data.length / b.shape[0]!;
  const data = b.data.subarray(start * width, end * width);
  return { shape: [Math.min(end, b.shape[0]!) - start, ...b.shape.slice(1)], data };
}

/** The rows of these indices, in this order; repeats allowed. */
export function pick(b: Batch, indices: readonly number[]): Batch {
  return stack(
    indices.map((i) => rowOf(b, i)),
    b.shape.slice(1),
  );
}

/** Rows of one shape as a batch. */
export function stack(rows: readonly Float32Array[], shape: readonly number[]): Batch {
  const width = shape.reduce((a, b) => a * b, 1);
  const data = new Float32Array(rows.length * width);
  rows.forEach((row, i) => {
    data.set(row, i * width);
  });
  return { shape: [rows.length, ...shape], data };
}

/** Batches one after the other, at least one. */
export function concat(batches: readonly Batch[]): Batch {
  if (batches.length === 1) return batches[0]!;
  return stack(
    batches.flatMap((b) => Array.from({ length: b.shape[0]! }, (_, i) => rowOf(b, i))),
    batches[0]!.shape.slice(1),
  );
}
