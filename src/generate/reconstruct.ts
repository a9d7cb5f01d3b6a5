import type { DecodeOptions, Model } from '../trained/model.js';
import { type Clips, compose, encodeSources, type Generated } from './compose.js';

/**
 * Each sequence beside what the model makes of its own factors.
 *
 * @throws CdsvaeError `usage` when their shape is not the model's
 */
export async function reconstruct(model: Model, clips: Clips, options: DecodeOptions = {}): Promise<Generated> {
  const sources = await encodeSources(model, clips);
  const rows = sources.flatMap(({ letter, s, z, row }) => [
    { ...row, apart: true },
    { label: `reconstruction of ${letter}`, s, z },
  ]);
  return compose(model, [{ heading: 'reconstruction', rows }], options);
}
