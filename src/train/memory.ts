import { CdsvaeError } from '../errors.js';
import { gib } from '../gib.js';
import { decoderChannels, type ModelConfig, stageChannels, stages } from '../model/index.js';

/**
 * How the memory of a training process follows from sizes: bytes of Node and the engine, copies of the parameters, copies of
 * what the coder and recurrent networks give for a frame, copies of the frame, and of what minibatch weighted sampling has for each pair
 * of sequences. Found by least squares over measured steps, the last by steps of features, in which it is most of all:
 * `npm run bench:growth` measures the others again, and tells these numbers and how far the estimate is off.
 */
export const MEMORY_FIT = { base: 157e6, parameters: 16, activations: 9.77, pixels: 5.21, pairs: 5.7 };

/** Sizes that the memory of a step depends on, in bytes of float32. */
export function memoryTerms(model: ModelConfig, parameters: number, batch: number): Omit<typeof MEMORY_FIT, 'base'> {
  const { frame, frames, hidden, mlp, static: s, dynamic } = model;
  let coder = 2 * mlp;
  let pixels = 0;
  if (frame.kind === 'video') {
    const sides = Array.from({ length: stages(frame.size) }, (_, i) => frame.size / 2 ** (i + 1));
    const values = (channels: (k: number) => number) =>
      sides.reduce((sum, side, i) => sum + side ** 2 * channels(i + 1), 0);
    // x and x^m are encoded, x is decoded.
    coder = (2 * values((k) => stageChannels(model.width, k)) + values((k) => decoderChannels(model, k))) / 3;
    pixels = frame.size ** 2 * frame.channels;
  } else pixels = frame.features;
  return {
    parameters: 4 * parameters,
    // Six cells run over a frame: two directions for s, the posterior of z for x and x^m, two layers of the prior.
    activations: 4 * batch * frames * (coder + 6 * hidden),
    pixels: 4 * batch * frames * pixels,
    pairs: 4 * batch ** 2 * (frames * dynamic + s),
  };
}

/**
 * Bytes that a training step takes at its height, estimated.
 *
 * @param kinds of step, each with memory of its own for about as many frames
 */
export function stepMemory(model: ModelConfig, parameters: number, batch: number, kinds = 1): number {
  const terms = memoryTerms(model, parameters, batch);
  const fit = MEMORY_FIT;
  const ofKind = fit.activations * terms.activations + fit.pixels * terms.pixels + fit.pairs * terms.pairs;
  return fit.base + fit.parameters * terms.parameters + kinds * ofKind;
}

/**
 * Refuses to begin what the memory that is free cannot hold.
 *
 * @param model with the frames that training sees
 * @param parameters how many it has
 * @param kinds of step, as in {@link stepMemory}
 * @param available bytes
 * @throws CdsvaeError `usage`, with the largest batch that would fit
 */
export function checkMemory(
  model: ModelConfig,
  parameters: number,
  batch: number,
  kinds = 1,
  available = process.availableMemory(),
): void {
  const needed = stepMemory(model, parameters, batch, kinds);
  if (needed <= available) return;
  let largest = batch - 1;
  while (largest > 1 && stepMemory(model, parameters, largest, kinds) > available) largest--;
  const size = model.frame.kind === 'video' ? 'model.width' : 'model.hidden';
  const advice =
    largest >= 2 ? `set --batch ${largest} or less` : `no batch of this model fits: set train.frames or ${size} lower`;
  throw new CdsvaeError(
    'usage',
    `a step of ${batch} sequences takes about ${gib(needed)} of memory, and ${gib(available)} are free; ${advice}`,
  );
}
