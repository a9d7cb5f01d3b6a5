import { CdsvaeError } from '../errors.js';
import { mixedOrigin } from '../picture/origin.js';
import type { DecodeOptions, Model } from '../trained/model.js';
import {
  type Clips,
  checkClips,
  checkFixed,
  compose,
  encodeSources,
  type FactorOf,
  type Fixed,
  type Generated,
} from './compose.js';

/** What moves from one sequence to the other, and in how many steps. */
export interface InterpolateOptions extends DecodeOptions {
  /** The factor that stays the first sequence's. Default: both factors move. */
  readonly fix?: Fixed | undefined;
  /** Sequences between the two ends, 0 or more. Default 3. */
  readonly steps?: number | undefined;
}

/**
 * Moves in straight lines from the factors of one sequence to those of another (Figure 16: with `fix: 'dynamic'`), in pairs:
 * 0 to 1, 2 to 3, …
 *
 * @throws CdsvaeError `usage` for an odd number of sequences, another shape, or steps below 0
 *
 * @example
 * const { x } = await interpolate(model, { x: clips }, { fix: 'dynamic', steps: 3 }); // [5 a pair, T, …frame]
 */
export async function interpolate(model: Model, clips: Clips, options: InterpolateOptions = {}): Promise<Generated> {
  const { fix, steps = 3 } = options;
  checkFixed(fix);
  checkClips(clips);
  const count = clips.x.shape[0]!;
  if (count % 2 === 1) {
    throw new CdsvaeError(
      'usage',
      `sequences to interpolate: ${count} given; an even number, from one to the next, expected`,
    );
  }
  if (!Number.isSafeInteger(steps) || steps < 0) {
    throw new CdsvaeError('usage', `steps is ${steps}; a whole number of at least 0 is expected`);
  }
  // So many that one step's share differs from the next one's.
  const digits = Math.max(0, Math.ceil(Math.log10((steps + 1) / 100)));
  const sources = await encodeSources(model, clips);
  const groups = Array.from({ length: count / 2 }, (_, k) => {
    const [a, b] = [sources[2 * k]!, sources[2 * k + 1]!];
    const rows = Array.from({ length: steps + 2 }, (_, i) => {
      const fraction = i / (steps + 1);
      const s = fix === 'static' ? a.s : between(a.s, b.s, fraction, digits);
      const z = fix === 'dynamic' ? a.z : between(a.z, b.z, fraction, digits);
      const end = i === 0 || i === steps + 1;
      const label = end
        ? `content of ${s.origin}, motion of ${z.origin}`
        : `${(100 * fraction).toFixed(digits)}% of the way`;
      return { label, s, z, apart: i === 0 };
    });
    const moving = fix === undefined ? 'content and motion' : fix === 'static' ? 'motion' : 'content';
    return { heading: `${moving} from ${a.letter} to ${b.letter}`, rows: [a.row, b.row, ...rows] };
  });
  return compose(model, groups, options);
}

/** a + fraction · (b − a), exactly a and b at the ends. */
function between(a: FactorOf, b: FactorOf, fraction: number, digits: number): FactorOf {
  return {
    origin: mixedOrigin(a.origin, b.origin, fraction, digits),
    values: a.values.map((v, i) => (1 - fraction) * v + fraction * b.values[i]!),
  };
}
