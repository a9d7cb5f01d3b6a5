import type { Tensor } from '../../../graph/index.js';

/**
 * The 4×4 convolution of stride 2 with one pixel of padding, which halves an image, its adjoint, which doubles one, and the
 * gradient of both in their weights: all a layer of the encoder or of the decoder needs, forward and back. For one chunk of
 * images at a time, as rows of pixels: large `[n·S², C]`, small `[n·(S/2)², O]`; weights are `[4, 4, C, O]`.
 *
 *   small[y, x, o] = Σ_{i, j, c} large[2y − 1 + i, 2x − 1 + j, c] · w[i, j, c, o]
 *
 * What two of its methods both compute (the patches of an image, say) is computed once: the graph shares equal nodes.
 */
export interface Halving {
  /** Large → small. */
  down(large: Tensor, weights: Tensor): Tensor;
  /** Small → large: the adjoint of {@link down}. */
  up(small: Tensor, weights: Tensor): Tensor;
  /** Σ over chunks of the gradient of ⟨down(large, w), small⟩ in w, `[4, 4, C, O]`. */
  toWeights(large: readonly Tensor[], small: readonly Tensor[]): Tensor;
}

/** Positions of the kernel, 4×4. */
export const TAPS = 16;
