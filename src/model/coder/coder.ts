import type { Tensor } from '../../graph/index.js';
import type { NormMode, ParameterSource } from '../../nn/index.js';
import type { Latents } from './latents.js';

/**
 * Turns frames into features and latents into frames, one frame at a time. Frames are `[N, H, W, C]` or `[N, F]`, as data
 * holds them, whatever order of axes an implementation works in.
 */
export interface FrameCoder {
  /** Frames → features `[N, g]`. */
  encode(p: ParameterSource, frames: Tensor, mode: NormMode): Tensor;
  /** Latents of N frames → their logits, before the sigmoid that makes pixels of them (features: the frame itself). */
  decode(p: ParameterSource, latents: Latents, mode: NormMode): Tensor;
}
