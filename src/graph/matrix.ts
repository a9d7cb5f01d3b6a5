import { sumTo } from './elementwise.js';
import { transpose } from './shape.js';
import { broadcastShape, graphError, type Tensor } from './tensor.js';

/** Options of {@link gemm}. */
export interface GemmOptions {
  /** Use aᵀ. */
  readonly transposeA?: boolean | undefined;
  /** Use bᵀ. */
  readonly transposeB?: boolean | undefined;
  /** Added to the product, broadcast. */
  readonly plus?: Tensor | undefined;
}

/** a·b + plus for matrices `[M, K]` and `[K, N]`, either one transposed. */
export function gemm(a: Tensor, b: Tensor, options: GemmOptions = {}): Tensor {
  const { transposeA = false, transposeB = false, plus } = options;
  if (a.rank !== 2 || b.rank !== 2) throw graphError('gemm', `matrices needed, not ${a} and ${b}`);
  const [m, k] = transposeA ? [a.shape[1]!, a.shape[0]!] : [a.shape[0]!, a.shape[1]!];
  const [k2, n] = transposeB ? [b.shape[1]!, b.shape[0]!] : [b.shape[0]!, b.shape[1]!];
  if (k !== k2 || a.type !== b.type) {
    const of = (t: Tensor, transposed: boolean) => `${t}${transposed ? ' transposed' : ''}`;
    throw graphError('gemm', `${of(a, transposeA)} and ${of(b, transposeB)} do not multiply`);
  }
  const fits = (t: Tensor) => t.rank <= 2 && [n, m].every((d, i) => [1, d, undefined].includes(t.shape.at(-1 - i)));
  if (plus && (plus.type !== a.type || !fits(plus))) {
    throw graphError('gemm', `${plus} cannot be added to a product of shape [${m}, ${n}]`);
  }
  return a.graph.node({
    op: 'Gemm',
    inputs: plus ? [a, b, plus] : [a, b],
    shapes: [[m, n]],
    attributes: { transA: +transposeA, transB: +transposeB },
    backward: ([g]) => [
      transposeA ? gemm(b, g!, { transposeA: transposeB, transposeB: true }) : gemm(g!, b, { transposeB: !transposeB }),
      transposeB ? gemm(g!, a, { transposeA: true, transposeB: transposeA }) : gemm(a, g!, { transposeA: !transposeA }),
      plus && sumTo(g!, plus.shape),
    ],
  })[0]!;
}

/** Batched matrix product `[…, M, K] · [… , K, N]`; leading axes broadcast. */
export function matmul(a: Tensor, b: Tensor): Tensor {
  if (a.rank < 2 || b.rank < 2) throw graphError('matmul', `matrices needed, not ${a} and ${b}`);
  const [m, k] = a.shape.slice(-2) as [number, number];
  const [k2, n] = b.shape.slice(-2) as [number, number];
  if (k !== k2 || a.type !== b.type) throw graphError('matmul', `${a} and ${b} do not multiply`);
  const lead = broadcastShape('matmul', a.shape.slice(0, -2), b.shape.slice(0, -2));
  return a.graph.node({
    op: 'MatMul',
    inputs: [a, b],
    shapes: [[...lead, m, n]],
    backward: ([g]) => [sumTo(matmul(g!, matrixTranspose(b)), a.shape), sumTo(matmul(matrixTranspose(a), g!), b.shape)],
  })[0]!;
}

/** The last two axes exchanged. */
export function matrixTranspose(x: Tensor): Tensor {
  if (x.rank < 2) throw graphError('matrixTranspose', `a matrix is needed, not ${x}`);
  const order = x.shape.map((_, i) => i);
  return transpose(x, [...order.slice(0, -2), x.rank - 1, x.rank - 2]);
}
