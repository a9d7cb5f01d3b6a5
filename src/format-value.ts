/** A measured value in at most four significant digits: `163.2`, `5.31`, `0.0123`, `1.20e-5`, `NaN`. */
export function formatValue(v: number): string {
  if (!Number.isFinite(v)) return String(v);
  const a = Math.abs(v);
  if (a === 0) return '0';
  if (a < 1e-3 || a >= 1e6) return v.toExponential(2).replace('e+', 'e');
  if (a >= 1000) return v.toFixed(0);
  return a >= 100 ? v.toFixed(1) : a >= 1 ? v.toFixed(2) : v.toFixed(4);
}
