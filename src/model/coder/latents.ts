import { concat, expand, reshape, type Tensor } from '../../graph/index.js';

/** What the frames of B sequences of T frames are decoded from. */
export interface Latents {
  /** `[B, d_s]`: one for all the frames of a sequence. */
  readonly s: Tensor;
  /** `[N, d_m]`: one for each of N = B·T frames, those of a sequence one after the other. */
  readonly z: Tensor;
}

/** z_t and s of each frame side by side, `[N, d_m + d_s]`: what the paper's decoder is given. */
export function sideBySide({ s, z }: Latents): Tensor {
  return concat([z, perFrame(s, z.shape[0]!)], 1);
}

/** `[B, d]` → `[N, d]`: what belongs to a sequence, for each of its frames. */
export function perFrame(v: Tensor, frames: number): Tensor {
  const [b, d] = v.shape as [number, number];
  return reshape(expand(reshape(v, [b, 1, d]), [b, frames / b, d]), [frames, d]);
}
