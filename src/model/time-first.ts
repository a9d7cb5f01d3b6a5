import { reshape, type Tensor, transpose } from '../graph/index.js';

/** Exchanges the axes of batch and time. */
export function timeFirst(x: Tensor): Tensor {
  return transpose(x, [1, 0, 2]);
}

/** `[B, T, …]` → `[B·T, …]`. */
export function flatFrames(x: Tensor): Tensor {
  const [b, t, ...frame] = x.shape as [number, number, ...number[]];
  return reshape(x, [b * t, ...frame]);
}
