import { add, div, mul, sqrt, square, sub, type Tensor } from '../../../graph/index.js';
import { EPSILON, type NormMode, type ParameterSource, updateStatistics } from '../../../nn/index.js';
import { WideRows } from './wide-rows.js';

/** Rows of all chunks together, centred, and how far they spread. */
export interface BatchStatistics {
  readonly wide: WideRows;
  /** Over all chunks. */
  readonly rows: number;
  /** d = y − μ, each chunk wide. */
  readonly centred: readonly Tensor[];
  /** 1 / √(σ² + ε), `[C]`, with σ² = mean(d²). */
  readonly inverse: Tensor;
}

/**
 * What batch norm takes of its input. The variance is that of the centred values: mean(y²) − μ² would lose it to cancellation
 * where the mean is large.
 *
 * @param ys chunks `[m, C]` of a layer's output
 */
export function batchStatistics(
  p: ParameterSource,
  ys: readonly Tensor[],
  mode: Exclude<NormMode, 'running'>,
): BatchStatistics {
  const [m, channels] = ys[0]!.shape as [number, number];
  const rows = ys.length * m;
  const wide = new WideRows(m, channels);
  const mean = mul(wide.sums(ys.map((y) => wide.of(y))), 1 / rows);
  const centred = ys.map((y) => sub(wide.of(y), wide.repeat(mean)));
  const variance = mul(wide.sums(centred.map(square)), 1 / rows);
  if (mode === 'train') updateStatistics(p, mean, variance, rows);
  return { wide, rows, centred, inverse: div(1, sqrt(add(variance, EPSILON))) };
}
