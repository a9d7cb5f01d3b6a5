import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { conv2d, convTranspose2d, gradients, mul, patchTable, sum, type Tensor } from '../../src/graph/index.js';
import {
  arrayOf,
  at,
  checkGradient,
  checkOperation,
  evaluate,
  expectClose,
  forAll,
  type Numbers,
  numbers,
  seeds,
} from './check.js';

interface Case {
  readonly n: number;
  readonly c: number;
  readonly o: number;
  readonly h: number;
  readonly w: number;
  readonly k: number;
  readonly stride: number;
  readonly padding: number;
}

const small = (max: number) => fc.integer({ min: 1, max });
/** Kernels of 1 to 4, strides of 1 to 3, any padding below the kernel, images that need not be whole strides or square. */
const cases: fc.Arbitrary<Case> = fc
  .record({
    n: small(2),
    c: small(2),
    o: small(3),
    h: small(6),
    w: small(6),
    k: small(4),
    stride: small(3),
    padding: fc.nat(2),
  })
  .filter(({ h, w, k, padding }) => padding < k && h + 2 * padding >= k && w + 2 * padding >= k);

/** Σ over channels and kernel of x[n, c, y·stride + ky − padding, …] · w[o, c, ky, kx]. */
function plainConvolution(x: Numbers, w: Numbers, { n, c, o, h, w: width, k, stride, padding }: Case): Numbers {
  const out = (length: number) => Math.floor((length + 2 * padding - k) / stride) + 1;
  return arrayOf([n, o, out(h), out(width)], (image, channel, oy, ox) => {
    let s = 0;
    for (let i = 0; i < c; i++)
      for (let ky = 0; ky < k; ky++)
        for (let kx = 0; kx < k; kx++) {
          const [y, z] = [oy * stride + ky - padding, ox * stride + kx - padding];
          if (y >= 0 && z >= 0 && y < h && z < width) s += at(x, [image, i, y, z]) * at(w, [channel, i, ky, kx]);
        }
    return s;
  });
}

/** Every pixel of x adds a copy of the kernel, times its value, to the result. */
function plainTransposed(x: Numbers, w: Numbers, stride: number, padding: number, size: [number, number]): Numbers {
  const [n, i, h, width] = x.shape as [number, number, number, number];
  const [, o, k] = w.shape as [number, number, number];
  const y = arrayOf([n, o, ...size], () => 0);
  const data = y.data as Float64Array;
  arrayOf([n, i, h, width, o, k, k], (image, from, row, column, to, ky, kx) => {
    const [r, c] = [row * stride + ky - padding, column * stride + kx - padding];
    if (r >= 0 && c >= 0 && r < size[0] && c < size[1]) {
      data[((image * o + to) * size[0] + r) * size[1] + c]! +=
        at(x, [image, from, row, column]) * at(w, [from, to, ky, kx]);
    }
    return 0;
  });
  return y;
}

describe('conv2d', () => {
  test('values in both types, gradients in float64', async () => {
    await forAll(
      [cases, seeds],
      async (shape, seed) => {
        const x = numbers([shape.n, shape.c, shape.h, shape.w], seed);
        const w = numbers([shape.o, shape.c, shape.k, shape.k], seed + 1);
        await checkOperation((a, b) => conv2d(a!, b!, shape), [x, w], plainConvolution(x, w, shape));
      },
      15,
    );
  });

  test('gradients in float32 are those in float64', async () => {
    await forAll(
      [cases, seeds],
      async (shape, seed) => {
        const x = numbers([shape.n, shape.c, shape.h, shape.w], seed);
        const w = numbers([shape.o, shape.c, shape.k, shape.k], seed + 1);
        await sameGradients((a, b) => conv2d(a, b, shape), [x, w]);
      },
      15,
    );
  });

  test('a layer of the size the model has: 4×4, stride 2, padding 1', async () => {
    const shape: Case = { n: 3, c: 8, o: 16, h: 32, w: 32, k: 4, stride: 2, padding: 1 };
    const x = numbers([3, 8, 32, 32], 1);
    const w = numbers([16, 8, 4, 4], 2);
    const expected = plainConvolution(x, w, shape);
    for (const [real, tolerance] of [
      ['float32', 2e-5],
      ['float64', 1e-12],
    ] as const) {
      const [found] = await evaluate((a, b) => conv2d(a!, b!, shape), [x, w], real);
      expectClose(found!.data, expected.data, tolerance);
    }
    await sameGradients((a, b) => conv2d(a, b, shape), [x, w], 2e-4);
  });
});

describe('convTranspose2d', () => {
  /** Small images, with every number of extra pixels that a stride leaves open. */
  const transposed = fc
    .record({
      n: small(2),
      i: small(2),
      o: small(2),
      h: small(3),
      w: small(3),
      k: small(4),
      stride: small(3),
      padding: fc.nat(2),
      eh: fc.nat(2),
      ew: fc.nat(2),
    })
    .map((c) => ({ ...c, eh: c.eh % c.stride, ew: c.ew % c.stride }))
    .map((c) => {
      const size = (length: number, extra: number) => (length - 1) * c.stride - 2 * c.padding + c.k + extra;
      return { ...c, size: [size(c.h, c.eh), size(c.w, c.ew)] as [number, number] };
    })
    .filter((c) => c.padding < c.k && Math.min(...c.size) >= 1);

  test('values in both types, gradients in float64', async () => {
    await forAll(
      [transposed, seeds],
      async ({ n, i, o, h, w: width, k, size, ...options }, seed) => {
        const x = numbers([n, i, h, width], seed);
        const w = numbers([i, o, k, k], seed + 1);
        const expected = plainTransposed(x, w, options.stride, options.padding, size);
        await checkOperation((a, b) => convTranspose2d(a!, b!, options, size), [x, w], expected);
      },
      15,
    );
  });

  test('gradients in float32 are those in float64', async () => {
    await forAll(
      [transposed, seeds],
      async ({ n, i, o, h, w: width, k, size, ...options }, seed) => {
        const inputs = [numbers([n, i, h, width], seed), numbers([i, o, k, k], seed + 1)] as const;
        await sameGradients((a, b) => convTranspose2d(a, b, options, size), inputs);
      },
      15,
    );
  });

  test('without a size: the smallest', async () => {
    const options = { stride: 2, padding: 1 };
    const [x, w] = [numbers([2, 3, 4, 5], 1), numbers([3, 2, 4, 4], 2)];
    await checkOperation((a, b) => convTranspose2d(a!, b!, options), [x, w], plainTransposed(x, w, 2, 1, [8, 10]));
  });

  test('is the adjoint of conv2d: ⟨conv(x), y⟩ = ⟨x, convᵀ(y)⟩', async () => {
    const shape: Case = { n: 2, c: 2, o: 3, h: 7, w: 6, k: 3, stride: 2, padding: 1 };
    const [x, w, y] = [numbers([2, 2, 7, 6], 1), numbers([3, 2, 3, 3], 2), numbers([2, 3, 4, 3], 3)];
    const [left, right] = await evaluate(
      (a, b, c) => [sum(mul(conv2d(a!, b!, shape), c!)), sum(mul(a!, convTranspose2d(c!, b!, shape, [7, 6])))],
      [x, w, y],
    );
    expectClose(left!.data, right!.data, 1e-12);
  });
});

test('second derivatives of convolutions', async () => {
  const [x, w] = [numbers([1, 2, 5, 4], 1), numbers([2, 2, 3, 3], 2)];
  const options = { stride: 2, padding: 1 };
  await checkGradient((a, b) => gradients(sum(squareOf(conv2d(a!, b!, options))), [a!, b!]), [x, w], 1e-6);
});

test('patchTable: rows of pixels in reading order, −1 outside', () => {
  const table = patchTable({ images: 2, height: 2, width: 2, kernel: 2, stride: 1, padding: 1 });
  expect(table).toHaveLength(2 * 3 * 3 * 4);
  expect([...table.subarray(0, 8)]).toEqual([-1, -1, -1, 0, -1, -1, 0, 1]);
  expect([...table.subarray(16, 20)]).toEqual([0, 1, 2, 3]);
  expect([...table.subarray(36, 40)]).toEqual([-1, -1, -1, 4]);
});

const squareOf = (x: Tensor) => mul(x, x);

/** Gradients of Σ y²·weights in both types, which take different ways through the runtime. */
async function sameGradients(
  build: (a: Tensor, b: Tensor) => Tensor,
  inputs: readonly [Numbers, Numbers],
  tolerance = 2e-5,
): Promise<void> {
  const derivative = (a: Tensor, b: Tensor) => gradients(sum(squareOf(build(a, b))), [a, b]);
  const exact = await evaluate((a, b) => derivative(a!, b!), inputs, 'float64');
  const fast = await evaluate((a, b) => derivative(a!, b!), inputs, 'float32');
  exact.forEach((e, i) => {
    expect(fast[i]!.shape).toEqual(e.shape);
    const scale = Math.max(1, ...Array.from(e.data, Math.abs));
    const scaled = (v: Numbers) => Float64Array.from(v.data, (d) => d / scale);
    expectClose(scaled(fast[i]!), scaled(e), tolerance, `float32 gradient ${i}`);
  });
}
