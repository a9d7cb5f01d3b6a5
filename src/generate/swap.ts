import { CdsvaeError } from '../errors.js';
import type { DecodeOptions, Model } from '../trained/model.js';
import {
  type Clips,
  checkClips,
  checkFixed,
  compose,
  encodeSources,
  type Fixed,
  type Generated,
  type PlannedRow,
  type Source,
} from './compose.js';

/** Which factors are exchanged. */
export interface SwapOptions extends DecodeOptions {
  /** The factor of the first sequence that all others get. Default: in pairs, each gets the other's content. */
  readonly fix?: Fixed | undefined;
}

/**
 * Exchanges factors of sequences.
 *
 * - by default in pairs, 0 and 1, 2 and 3, …: each gets the other's content (Figure 12)
 * - `fix: 'static'`: the content of the first with the motion of each other (Figures 3, 7 and 9, left)
 * - `fix: 'dynamic'`: the motion of the first with the content of each other (Figure 5; 3, 7 and 9, right)
 *
 * @throws CdsvaeError `usage` for less than two sequences, an odd number where pairs are needed, or another shape
 *
 * @example
 * const { x, groups } = await swap(model, { x: clips }, { fix: 'static' });
 * await writePng('swap.png', contactSheet({ groups }));
 */
export async function swap(model: Model, clips: Clips, options: SwapOptions = {}): Promise<Generated> {
  const { fix } = options;
  checkFixed(fix);
  checkClips(clips);
  const count = clips.x.shape[0]!;
  if (count < 2 || (fix === undefined && count % 2 === 1)) {
    const expected = fix === undefined ? 'an even number, swapped in pairs,' : 'two or more';
    throw new CdsvaeError('usage', `sequences to swap: ${count} given; ${expected} expected`);
  }
  const sources = await encodeSources(model, clips);
  if (fix !== undefined) {
    const [first, ...others] = sources as [Source, ...Source[]];
    const rows = others.flatMap((other) => [
      { ...other.row, apart: true },
      fix === 'static' ? mixed(first, other) : mixed(other, first),
    ]);
    const heading = `${fix === 'static' ? 'content' : 'motion'} of A`;
    return compose(model, [{ heading, rows: [first.row, ...rows] }], options);
  }
  const pairs = Array.from({ length: count / 2 }, (_, k) => [sources[2 * k]!, sources[2 * k + 1]!] as const);
  return compose(
    model,
    pairs.map(([a, b], k) => ({
      heading: pairs.length === 1 ? 'swap' : `swap ${k + 1}`,
      rows: [a.row, mixed(b, a), { ...b.row, apart: true }, mixed(a, b)],
    })),
    options,
  );
}

/**
 * The content of every sequence with the motion of every sequence, n² of them, a group for each content (Figure 13). The
 * first group is the sequences themselves, so that groups drawn as lines make a table.
 *
 * @throws CdsvaeError `usage` when their shape is not the model's
 */
export async function cross(model: Model, clips: Clips, options: DecodeOptions = {}): Promise<Generated> {
  const sources = await encodeSources(model, clips);
  const groups = [
    { heading: 'sources', rows: sources.map(({ row }) => row) },
    ...sources.map((content) => ({
      heading: `content of ${content.letter}`,
      rows: sources.map((motion) => ({ ...mixed(content, motion), label: `motion of ${motion.letter}` })),
    })),
  ];
  return compose(model, groups, options);
}

function mixed(content: Source, motion: Source): PlannedRow {
  return { label: `content of ${content.letter}, motion of ${motion.letter}`, s: content.s, z: motion.z };
}
