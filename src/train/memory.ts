import { CdsvaeError } from '../errors.js';
import { type ModelConfig, stageChannels, stages } from '../model/index.js';

/**
 * How the memory of a training process follows from sizes: bytes of Node and the engine, copies of the parameters, copies of
 * what the coder and recurrent networks give for a frame, copies of the frame. Found by least squares over measured steps:
 * `npm run bench:growth` measures them again, and tells these numbers and how far the estimate is off.
 */
export const MEMORY_FIT = { base: 202e6, parameters: 16.9, activations: 10.1, pixels: 4 };

/** Sizes that the memory of a step depends on, in bytes of float32; `activations` and `pixels` of one sequence. */
export function memoryTerms(model: ModelConfig, parameters: number): Omit<typeof MEMORY_FIT, 'base'> {
  const { frame, frames, hidden, mlp } = model;
  let coder = 2 * mlp;
  let pixels = 0;
  if (frame.kind === 'video') {
    const sides = Array.from({ length: stages(frame.size) }, (_, i) => frame.size / 2 ** (i + 1));
    coder = sides.reduce((sum, side, i) => sum + side ** 2 * stageChannels(model.width, i + 1), 0);
    pixels = frame.size ** 2 * frame.channels;
  } else pixels = frame.features;
  // Six cells run over a frame: two directions for s, the posterior of z for x and x^m, two layers of the prior.
  return { parameters: 4 * parameters, activations: 4 * frames * (coder + 6 * hidden), pixels: 4 * frames * pixels };
}

/** Bytes that a training step takes at its height, estimated. */
export function stepMemory(model: ModelConfig, parameters: number, batch: number): number {
  const terms = memoryTerms(model, parameters);
  const fit = MEMORY_FIT;
  const sequence = fit.activations * terms.activations + fit.pixels * terms.pixels;
  return fit.base + fit.parameters * terms.parameters + batch * sequence;
}

/**
 * Refuses to begin what the memory that is free cannot hold.
 *
 * @param model with the frames that training sees
 * @param parameters how many it has
 * @param kinds of step, each with memory of its own for about as many frames
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
  const needed = stepMemory(model, parameters, kinds * batch);
  if (needed <= available) return;
  const [none, one] = [stepMemory(model, parameters, 0), stepMemory(model, parameters, kinds)];
  const largest = Math.floor((available - none) / (one - none));
  const advice = largest >= 2 ? `set --batch ${largest} or less` : 'no batch of this model fits: set model.width lower';
  throw new CdsvaeError(
    'usage',
    `a step of ${batch} sequences takes about ${gib(needed)} of memory, and ${gib(available)} are free; ${advice}`,
  );
}

function gib(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
