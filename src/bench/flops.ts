import { decoderChannels, type ModelConfig, stageChannels, stages } from '../model/index.js';
import type { StepCase } from './step-case.js';

/**
 * Floating-point operations of one training step of video drawn whole, every convolution counted as it is defined: two for each
 * multiplication by a weight, and twice as many again on the way back (gradient of the input, gradient of the weight), but for the first
 * convolution, whose input is data. Whatever way an implementation takes, this is what it is measured by.
 *
 * Counted are the matrix products of coder, recurrent networks and their heads; what is elementwise is not.
 *
 * @param size S, pixels across a frame
 * @param channels C of a frame
 * @param batch B, sequences in the step
 */
export function stepFlops(
  model: ModelConfig,
  { size, channels, batch }: Pick<StepCase, 'size' | 'channels' | 'batch'>,
): number {
  const { width, frames: t, features: g, hidden: h, static: ds, dynamic: dm, posterior } = model;
  const n = stages(size);
  // Multiplications of the stride-2 convolutions of a frame, and of the map of the last, 4×4, to or from d numbers.
  const halving = (of: (k: number) => number) => {
    const maps = [channels, ...Array.from({ length: n }, (_, i) => of(i + 1))];
    return Array.from({ length: n }, (_, i) => (size / 2 ** (i + 1)) ** 2 * 16 * maps[i]! * maps[i + 1]!);
  };
  const total = (convolutions: readonly number[]) => convolutions.reduce((a, b) => a + b);
  const encoded = halving((k) => stageChannels(width, k));
  const first = encoded[0]!;
  const map = (d: number) => 16 * stageChannels(width, n) * d;
  // x and x^m are encoded, x is decoded.
  const coder = 2 * (total(encoded) + map(g)) + map(ds + dm) + total(halving((k) => decoderChannels(model, k)));

  const lstm = (inputs: number) => 4 * h * (inputs + h);
  const heads = 2 * ds * 2 * h;
  const posteriors =
    posterior === 'smoothing'
      ? // One bidirectional network for x, x^m and x^c, a plain one after it for z of x and x^m.
        3 * t * 2 * lstm(g) + 2 * heads + 2 * t * (h * (2 * h + h) + 2 * dm * h)
      : // s of x and x^c, z of x and x^m.
        2 * t * 2 * lstm(g) + 2 * heads + 2 * t * (lstm(g + dm) + 2 * dm * h);
  const prior = t * (lstm(dm) + lstm(h) + 2 * dm * h);
  const forward = batch * (t * coder + posteriors + prior);
  return 2 * (3 * forward - batch * t * 2 * first);
}
