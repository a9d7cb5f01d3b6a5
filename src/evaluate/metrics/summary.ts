/** Mean and standard deviation of repeated measurements. */
export interface Summary {
  readonly mean: number;
  /** Of the sample (n − 1 in the denominator); 0 for a single measurement. */
  readonly deviation: number;
}

/** @param values at least one */
export function summarize(values: readonly number[]): Summary {
  const n = values.length;
  const mean = values.reduce((a, b) => a + b, 0) / n;
  const squares = values.reduce((sum, v) => sum + (v - mean) ** 2, 0);
  return { mean, deviation: n > 1 ? Math.sqrt(squares / (n - 1)) : 0 };
}
