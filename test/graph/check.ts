import fc from 'fast-check';
import { expect } from 'vitest';
import {
  type ElementType,
  encodeOnnx,
  Graph,
  gradients,
  mul,
  type Real,
  type Shape,
  sizeOf,
  sum,
  type Tensor,
} from '../../src/graph/index.js';
import { Random } from '../../src/random.js';
import { createSession } from '../../src/runtime/node.js';
import type { Session, Value } from '../../src/runtime/session.js';

/** An array of numbers in row-major order. Types other than the graph's own are named. */
export interface Numbers {
  readonly shape: Shape;
  readonly data: ArrayLike<number>;
  readonly type?: ElementType;
}

/** Makes the tensors under test from tensors of the shapes given. */
export type Build = (...inputs: Tensor[]) => Tensor | readonly Tensor[];

/** An array from its indices. */
export function arrayOf(shape: Shape, value: (...index: number[]) => number): Numbers {
  const data = new Float64Array(sizeOf(shape));
  for (let i = 0; i < data.length; i++) data[i] = value(...indexOf(i, shape));
  return { shape, data };
}

/** The multi-index of a flat position. */
export function indexOf(flat: number, shape: Shape): number[] {
  const index = new Array<number>(shape.length);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    index[axis] = flat % shape[axis]!;
    flat = Math.floor(flat / shape[axis]!);
  }
  return index;
}

/** An element; axes of length 1 stretch and missing axes in front are ignored, as in broadcasting. */
export function at({ shape, data }: Numbers, index: readonly number[]): number {
  let flat = 0;
  shape.forEach((d, axis) => {
    flat = flat * d + (d === 1 ? 0 : index[index.length - shape.length + axis]!);
  });
  return data[flat]!;
}

/** Uniform numbers; the same for the same seed. */
export function numbers(shape: Shape, seed: number, low = -1, high = 1): Numbers {
  const random = Random.of(seed, `test ${shape}`);
  return arrayOf(shape, () => random.uniform(low, high));
}

/** Distinct numbers in random order, at least 2/size apart, none nearer to 0 than 1/size: no ties, no kinks. */
export function distinct(shape: Shape, seed: number): Numbers {
  const size = sizeOf(shape);
  const order = Random.of(seed, `distinct ${shape}`).permutation(size);
  return { shape, data: Float64Array.from(order, (i) => (2 * i + 1 - size + (size % 2)) / size) };
}

/** Runs a graph of these operations. */
export async function evaluate(build: Build, inputs: readonly Numbers[], real: Real = 'float64'): Promise<Numbers[]> {
  const graph = new Graph(real);
  const tensors = inputs.map((v, i) => graph.input(`x${i}`, v.shape, v.type ?? real));
  const results = [build(...tensors)].flat();
  for (const [i, t] of results.entries()) graph.output(`y${i}`, t);
  const session = await createSession(encodeOnnx(graph), { threads: 1 });
  try {
    const values = await session.run(feed(graph, inputs));
    return results.map((t, i) => {
      const v = values[`y${i}`]!;
      expect(v.shape, 'the shape that was inferred').toEqual(t.shape);
      expect(v.type, 'the type that was inferred').toBe(t.type);
      return { shape: v.shape, data: Float64Array.from(v.data as Float64Array, Number) };
    });
  } finally {
    await session.release();
  }
}

/** Values for the inputs `x0`, `x1`, … of a graph. */
export function feed(graph: Graph, inputs: readonly Numbers[]): Record<string, Value> {
  return Object.fromEntries(inputs.map((v, i) => [`x${i}`, toValue(v, graph.real)]));
}

/** Numbers as a typed array. */
export function toValue({ shape, data, type }: Numbers, real: Real): Value {
  switch (type ?? real) {
    case 'float32':
      return { type: 'float32', shape, data: Float32Array.from(data) };
    case 'float64':
      return { type: 'float64', shape, data: Float64Array.from(data) };
    case 'int32':
      return { type: 'int32', shape, data: Int32Array.from(data) };
    case 'int64':
      return { type: 'int64', shape, data: BigInt64Array.from(Array.from(data, BigInt)) };
    default:
      return { type: type!, shape, data: Uint8Array.from(data) };
  }
}

/**
 * Holds the gradients of Σ w·y (w random) in every floating-point input to central differences in float64, element by
 * element. The perturbed values go through one session.
 */
export async function checkGradient(build: Build, inputs: readonly Numbers[], tolerance = 1e-7): Promise<void> {
  const graph = new Graph('float64');
  const tensors = inputs.map((v, i) => graph.input(`x${i}`, v.shape, v.type ?? 'float64'));
  const parts = [build(...tensors)].flat().map((y, i) => {
    const w = numbers(y.shape, 1000 + i, 0.5, 1.5);
    return sum(mul(y, graph.constant(w.data, y.shape)));
  });
  const loss = parts.reduce(
    (a, b) => graph.node({ op: 'Add', inputs: [a, b], shapes: [[]], backward: ([g]) => [g, g] })[0]!,
  );
  const real = inputs.flatMap((v, i) => (v.type === undefined ? [i] : []));
  const wrt = real.map((i) => tensors[i]!);
  graph.output('loss', loss);
  const found = gradients(loss, wrt);
  for (const [k, g] of found.entries()) graph.output(`gradient${k}`, g);

  const session = await createSession(encodeOnnx(graph), { threads: 1 });
  try {
    const values = feed(graph, inputs);
    const results = await session.run(values);
    for (const [k, i] of real.entries()) {
      const gradient = results[`gradient${k}`]!;
      expect(gradient.shape).toEqual(inputs[i]!.shape);
      const expected = await centralDifferences(session, values, `x${i}`);
      expectClose(gradient.data as Float64Array, expected, tolerance, `gradient of input ${i}`);
    }
  } finally {
    await session.release();
  }
}

async function centralDifferences(
  session: Session,
  values: Record<string, Value>,
  name: string,
): Promise<Float64Array> {
  const x = values[name]!.data as Float64Array;
  const result = new Float64Array(x.length);
  for (let i = 0; i < x.length; i++) {
    const kept = x[i]!;
    const h = 1e-5 * Math.max(1, Math.abs(kept));
    const lossAt = async (v: number) => {
      x[i] = v;
      return (await session.run(values)).loss!.data[0] as number;
    };
    result[i] = ((await lossAt(kept + h)) - (await lossAt(kept - h))) / (2 * h);
    x[i] = kept;
  }
  return result;
}

/** |found − expected| ≤ tolerance · max(1, |expected|), element by element. */
export function expectClose(
  found: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  what = 'values',
): void {
  expect(found.length, `number of ${what}`).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs(found[i]! - expected[i]!) / Math.max(1, Math.abs(expected[i]!));
    if (!(error <= tolerance)) {
      expect.fail(`${what}: element ${i} is ${found[i]}, expected ${expected[i]} (±${tolerance})`);
    }
  }
}

/** Holds an operation to a plain loop in both types and its gradient to central differences. */
export async function checkOperation(build: Build, inputs: readonly Numbers[], expected: Numbers): Promise<void> {
  for (const [real, tolerance] of [
    ['float64', 1e-12],
    ['float32', 2e-6],
  ] as const) {
    const [found] = await evaluate(build, inputs, real);
    expect(found!.shape).toEqual(expected.shape);
    expectClose(found!.data, expected.data, tolerance, `${real} values`);
  }
  await checkGradient(build, inputs);
}

/** A shape of so many axes, each of 1 to 4. */
export function shapes(minRank: number, maxRank: number): fc.Arbitrary<number[]> {
  return fc.array(fc.integer({ min: 1, max: 4 }), { minLength: minRank, maxLength: maxRank });
}

/** Two shapes that broadcast, and what they broadcast to. */
export const broadcastPairs: fc.Arbitrary<{ a: number[]; b: number[]; shape: number[] }> = shapes(0, 4).chain(
  (shape) => {
    const side = fc
      .tuple(fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }), fc.nat(shape.length))
      .map(([ones, dropped]) => shape.map((d, i) => (ones[i] ? 1 : d)).slice(dropped));
    return fc.tuple(side, side).map(([a, b]) => {
      const rank = Math.max(a.length, b.length);
      const axis = (s: number[], i: number) => s[s.length - rank + i] ?? 1;
      return { a, b, shape: Array.from({ length: rank }, (_, i) => Math.max(axis(a, i), axis(b, i))) };
    });
  },
);

/** A number to draw values from. */
export const seeds = fc.nat(1_000_000);

/** Runs an asynchronous property a few times; the cases are the same on every run of the suite. */
export async function forAll<T extends readonly [unknown, ...unknown[]]>(
  arbitraries: { readonly [K in keyof T]: fc.Arbitrary<T[K]> },
  check: (...values: T) => Promise<void>,
  numRuns = 8,
): Promise<void> {
  const tuple = fc.tuple(...(arbitraries as readonly fc.Arbitrary<unknown>[]));
  await fc.assert(
    fc.asyncProperty(tuple, (values) => check(...(values as unknown as T))),
    { numRuns, seed: 20211 },
  );
}
