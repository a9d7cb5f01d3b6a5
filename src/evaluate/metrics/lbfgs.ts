import { turn } from '../../turn.js';

/** Gives the function's value at a point and writes its gradient there into `gradient`. */
export type Differentiable = (point: Float64Array, gradient: Float64Array) => number;

/** Steps remembered. */
const MEMORY = 12;

/**
 * Minimum of a smooth convex function by L-BFGS (Liu and Nocedal, 1989): two-loop recursion, steps halved until they decrease the
 * function enough (Armijo).
 *
 * @param start where to begin; left as it is
 * @param options ends after so many iterations, or when no component of the gradient is larger than the tolerance; `onIteration` is
 *   told of each, and what it throws ends the work
 */
export async function minimize(
  f: Differentiable,
  start: Float64Array,
  {
    iterations,
    tolerance,
    onIteration,
  }: { readonly iterations: number; readonly tolerance: number; readonly onIteration?: () => void },
): Promise<Float64Array> {
  let x = start.slice();
  let g = new Float64Array(x.length);
  let value = f(x, g);
  const past: { s: Float64Array; y: Float64Array; rho: number }[] = [];
  for (let i = 0; i < iterations && g.some((v) => Math.abs(v) > tolerance); i++) {
    const direction = descent(g, past);
    const slope = dot(direction, g);
    let step = past.length === 0 ? Math.min(1, 1 / Math.sqrt(dot(g, g))) : 1;
    const next = new Float64Array(x.length);
    const nextG = new Float64Array(x.length);
    let nextValue = Number.POSITIVE_INFINITY;
    for (; step > 1e-12; step /= 2) {
      for (let k = 0; k < x.length; k++) next[k] = x[k]! + step * direction[k]!;
      nextValue = f(next, nextG);
      if (nextValue <= value + 1e-4 * step * slope) break;
    }
    // No step goes down: rounding is all that is left.
    if (!(nextValue < value)) break;
    const s = next.map((v, k) => v - x[k]!);
    const y = nextG.map((v, k) => v - g[k]!);
    const curvature = dot(s, y);
    if (curvature > 0) past.push({ s, y, rho: 1 / curvature });
    if (past.length > MEMORY) past.shift();
    [x, g, value] = [next, nextG, nextValue];
    await turn();
    onIteration?.();
  }
  return x;
}

/** −H·g, with H the inverse Hessian that the steps remembered tell of. */
function descent(
  g: Float64Array,
  past: readonly { readonly s: Float64Array; readonly y: Float64Array; readonly rho: number }[],
): Float64Array {
  const q = g.map((v) => -v);
  const alphas = past.map(() => 0);
  for (let j = past.length - 1; j >= 0; j--) {
    const { s, y, rho } = past[j]!;
    const alpha = rho * dot(s, q);
    alphas[j] = alpha;
    for (let k = 0; k < q.length; k++) q[k]! -= alpha * y[k]!;
  }
  const last = past.at(-1);
  if (last !== undefined) {
    const scale = 1 / (last.rho * dot(last.y, last.y));
    for (let k = 0; k < q.length; k++) q[k]! *= scale;
  }
  past.forEach(({ s, y, rho }, j) => {
    const beta = rho * dot(y, q);
    for (let k = 0; k < q.length; k++) q[k]! += (alphas[j]! - beta) * s[k]!;
  });
  return q;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!;
  return sum;
}
