import type { Tensor } from '../../graph/index.js';
import type { NormMode, ParameterSource } from '../../nn/index.js';

/**
 * Turns frames into features and latents into frames, one frame at a time. Frames are `[N, H, W, C]` or `[N, F]`, as data
 * holds them, whatever order of axes an implementation works in.
 */
export interface FrameCoder {
  /** Frames → features `[N, g]`. No gradient flows back into frames. */
  encode(p: ParameterSource, frames: Tensor, mode: NormMode): Tensor;
  /** Latents `[N, d]` → the logits of frames, before the sigmoid that makes pixels of them (features: the frame itself). */
  decode(p: ParameterSource, latents: Tensor, mode: NormMode): Tensor;
}
