import { reshape, split, type Tensor, transpose } from '../graph/index.js';

/** Exchanges the axes of batch and time. */
export function timeFirst(x: Tensor): Tensor {
  return transpose(x, [1, 0, 2]);
}

/** `[B, T, …]` → `[B·T, …]`. */
export function flatFrames(x: Tensor): Tensor {
  const [b, t, ...frame] = x.shape as [number, number, ...number[]];
  return reshape(x, [b * t, ...frame]);
}

/** The first `rows` of every step and the others: `[T, R, d]` → `[T, rows, d]`, `[T, R − rows, d]`. */
export function splitRows(x: Tensor, rows: number): [Tensor, Tensor] {
  const [a, b] = split(x, 1, [rows, x.shape[1]! - rows]);
  return [a!, b!];
}
