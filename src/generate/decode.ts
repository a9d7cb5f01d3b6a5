import type { DecodeOptions, Factors, Model } from '../trained/model.js';
import type { Generated } from './compose.js';
import { sequence } from './pairs.js';

/**
 * What the model makes of factors at hand, a row each.
 *
 * @param factors s `[N, d_s]` and z `[N, T, d_m]`, of any T
 * @throws CdsvaeError `usage` when they are not of the model's sizes
 */
export async function decode(model: Model, { s, z }: Factors, options: DecodeOptions = {}): Promise<Generated> {
  const x = await model.decode(s, z, options);
  const rows = Array.from({ length: s.shape[0]! }, (_, i) => {
    const origin = String(i + 1);
    return { label: `row ${origin}`, s: origin, z: origin, made: true, frames: sequence(x, i) };
  });
  return { x, s, z, groups: [{ heading: 'decoded', rows }] };
}
