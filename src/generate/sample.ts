import { checkWhole } from '../bounds.js';
import { CdsvaeError } from '../errors.js';
import { rowOf } from '../trained/batch.js';
import type { DecodeOptions, Model, PriorOptions } from '../trained/model.js';
import { type Clips, checkFixed, compose, encodeSources, type Fixed, type Generated } from './compose.js';

/** What is drawn, and how. */
export interface SampleOptions extends PriorOptions, DecodeOptions {
  /** Draws; of each sequence where a factor is held. Default 4. */
  readonly count?: number | undefined;
}

/**
 * Sequences drawn from the prior, content and motion.
 *
 * @throws CdsvaeError `usage` for a number out of range
 */
export async function samplePrior(model: Model, options: SampleOptions = {}): Promise<Generated> {
  const { count = 4, ...prior } = options;
  const drawn = await model.sample(count, prior);
  const rows = Array.from({ length: count }, (_, i) => {
    const origin = `prior ${i + 1}`;
    return {
      label: `sample ${i + 1}`,
      s: { origin, values: rowOf(drawn.s, i) },
      z: { origin, values: rowOf(drawn.z, i) },
    };
  });
  return compose(model, [{ heading: 'drawn from the prior', rows }], options);
}

/**
 * Holds one factor of each sequence and draws the other from the prior.
 *
 * - `fix: 'static'`: the same content moves in other ways, for any number of frames (Figures 8, right, and 11)
 * - `fix: 'dynamic'`: the same motion of other contents (Figures 8, left, and 10)
 *
 * @throws CdsvaeError `usage` for a number out of range, another shape, or `frames` with the motion held, which has as many
 *   as it has
 *
 * @example
 * const { x, groups } = await sampleHolding(model, { x: clips }, 'static', { count: 6, frames: 40, seed: 1 });
 */
export async function sampleHolding(
  model: Model,
  clips: Clips,
  fix: Fixed,
  options: SampleOptions = {},
): Promise<Generated> {
  const { count = 4, ...prior } = options;
  checkFixed(fix ?? ('nothing' as Fixed));
  if (fix === 'dynamic' && prior.frames !== undefined && prior.frames !== model.config.frames) {
    throw new CdsvaeError(
      'usage',
      `${prior.frames} frames asked for, but the motion held has ${model.config.frames}; hold the content, or leave frames out`,
    );
  }
  checkWhole('count', count, 1);
  const sources = await encodeSources(model, clips);
  const drawn = await model.sample(count * sources.length, prior);
  const groups = sources.map(({ letter, s, z, row }, k) => ({
    heading: fix === 'static' ? `content of ${letter}, motion drawn` : `motion of ${letter}, content drawn`,
    rows: [
      row,
      ...Array.from({ length: count }, (_, i) => {
        const at = k * count + i;
        const of = (b: typeof drawn.s) => ({ origin: `prior ${at + 1}`, values: rowOf(b, at) });
        return fix === 'static'
          ? { label: `content of ${letter}, sampled motion`, s, z: of(drawn.z), apart: i === 0 }
          : { label: `sampled content, motion of ${letter}`, s: of(drawn.s), z, apart: i === 0 };
      }),
    ],
  }));
  return compose(model, groups, options);
}
