import { CdsvaeError } from '../errors.js';
import type { Graph, Operation } from './graph.js';

/** Floating-point types a graph can compute in: float32 to run, float64 to check the mathematics. */
export type Real = 'float32' | 'float64';

/** Types of tensor elements. */
export type ElementType = Real | 'uint8' | 'int32' | 'int64' | 'bool';

/** A static shape; `[]` is a scalar. */
export type Shape = readonly number[];

/** A symbolic array: it has a name, a shape and a type in one graph, and no values. */
export class Tensor {
  /** The operation whose gradient rule this tensor takes part in; undefined for inputs and constants. */
  producer: Operation | undefined;
  /** How {@link Graph.recompute} makes the value again from others that are kept anyway; undefined: it is kept itself. */
  recipe: (() => Tensor) | undefined;

  constructor(
    readonly graph: Graph,
    readonly name: string,
    readonly shape: Shape,
    readonly type: ElementType,
    /** Set on a tensor from which things are to be computed anew; see {@link Graph.recompute}. */
    readonly anew = false,
  ) {}

  /** Number of axes. */
  get rank(): number {
    return this.shape.length;
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  toString(): string {
    return `${this.type}${formatShape(this.shape)}`;
  }
}

/** Number of elements of a shape. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, d) => product * d, 1);
}

/** `[2, 3]`. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

/** Whether two shapes are the same. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((d, i) => d === b[i]);
}

/**
 * The shape two operands broadcast to (NumPy's rule: aligned at the right, a 1 stretches).
 *
 * @throws CdsvaeError `graph` naming `op` and the shapes
 */
export function broadcastShape(op: string, a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[a.length - rank + i] ?? 1;
    const y = b[b.length - rank + i] ?? 1;
    if (x !== y && x !== 1 && y !== 1) {
      throw graphError(op, `shapes ${formatShape(a)} and ${formatShape(b)} do not broadcast`);
    }
    return x === 1 ? y : x;
  });
}

/** @throws CdsvaeError `graph` naming `op` when an axis is no length */
export function checkShape(op: string, shape: Shape): void {
  if (!shape.every((d) => Number.isSafeInteger(d) && d >= 0)) {
    throw graphError(op, `${formatShape(shape)} is not a shape`);
  }
}

/** An axis counted from the front. @throws CdsvaeError `graph` when the tensor has no such axis */
export function normalizeAxis(op: string, axis: number, shape: Shape): number {
  const a = axis < 0 ? axis + shape.length : axis;
  if (!Number.isInteger(a) || a < 0 || a >= shape.length) {
    throw graphError(op, `axis ${axis} is not an axis of ${formatShape(shape)}`);
  }
  return a;
}

/** An error of building a graph, naming the operation at fault. */
export function graphError(op: string, message: string): CdsvaeError {
  return new CdsvaeError('graph', `${op}: ${message}`);
}
