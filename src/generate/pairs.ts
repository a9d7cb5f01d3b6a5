import { CdsvaeError } from '../errors.js';
import type { SheetGroup } from '../picture/contact-sheet.js';
import { type Frames, toBytes } from '../picture/frames.js';
import { pairGroup } from '../picture/pair.js';
import { type Batch, pick } from '../trained/batch.js';
import type { Model } from '../trained/model.js';

/**
 * Shows whether a model keeps content and motion apart: for each pair of sequences (0 and 1, 2 and 3, …) sources,
 * reconstructions, both swaps, and what the prior gives with one factor held.
 *
 * @param x an even number of sequences, `[2·pairs, T, …frame]`
 * @param seed of what is drawn from the prior
 * @throws CdsvaeError `usage`: an odd number of sequences
 */
export async function pairGroups(model: Model, x: Batch, seed = 0): Promise<SheetGroup[]> {
  const count = x.shape[0]!;
  if (count % 2 !== 0) throw new CdsvaeError('usage', `${count} sequences given; pairs of them are expected`);
  const { s, z } = await model.encode(x);
  const prior = await model.sample(count, { seed });
  const other = (b: Batch) =>
    pick(
      b,
      Array.from({ length: count }, (_, i) => i ^ 1),
    );
  const [own, swapped, priorContent, priorMotion] = [
    await model.decode(s, z),
    await model.decode(s, other(z)),
    await model.decode(prior.s, z),
    await model.decode(s, prior.z),
  ];
  return Array.from({ length: count / 2 }, (_, k) => {
    const [a, b] = [2 * k, 2 * k + 1];
    return pairGroup(`pair ${k + 1}`, {
      sourceA: sequence(x, a),
      sourceB: sequence(x, b),
      reconstructionA: sequence(own, a),
      reconstructionB: sequence(own, b),
      contentAMotionB: sequence(swapped, a),
      contentBMotionA: sequence(swapped, b),
      priorContentMotionA: sequence(priorContent, a),
      contentAPriorMotion: sequence(priorMotion, a),
    });
  });
}

/** One sequence of a batch, to be drawn. */
export function sequence(x: Batch, index: number): Frames {
  const [, t, ...frame] = x.shape as [number, number, ...number[]];
  const length = frame.reduce((a, b) => a * b, t);
  const data = x.data.subarray(index * length, (index + 1) * length);
  if (frame.length === 1) return { kind: 'features', data, shape: [t, frame[0]!] };
  const [h, w, c] = frame as [number, number, number];
  return { kind: 'video', data: toBytes(data), shape: [t, h, w, c] };
}
