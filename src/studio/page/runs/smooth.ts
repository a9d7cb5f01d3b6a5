/**
 * An exponential moving average over steps that need not be evenly spaced: what lies `halfLife` steps back counts half. Null
 * values are passed over.
 */
export function smooth(
  steps: readonly number[],
  values: readonly (number | null)[],
  halfLife: number,
): (number | null)[] {
  if (halfLife <= 0) return [...values];
  let average = 0;
  let weight = 0;
  let before = steps[0] ?? 0;
  return values.map((v, i) => {
    const decay = 2 ** -((steps[i]! - before) / halfLife);
    before = steps[i]!;
    average *= decay;
    weight *= decay;
    if (v === null) return null;
    // A value stands for the steps since the last one, so its share grows with the gap.
    const share = i === 0 ? 1 : Math.max(1e-9, 1 - decay);
    average += share * v;
    weight += share;
    return average / weight;
  });
}
