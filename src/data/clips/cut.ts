/** Which frames of a long sequence make clips of T frames. */

/** How sequences become clips. */
export interface Cutting {
  /** T. */
  readonly frames: number;
  /** `cut`: windows of T frames, one behind the other. `sample`: T frames spread over the whole. `auto`: by length. */
  readonly mode: 'auto' | 'cut' | 'sample';
  /** Frames from one of a window to its next: 2 leaves out every other. For `cut`. Default 1. */
  readonly stride?: number;
}

/**
 * The frames of each clip of a sequence. `auto` samples those shorter than two clips, so that nothing of them is lost, and
 * cuts longer ones, so that they keep their speed.
 *
 * @param length frames of the sequence
 * @returns ascending frame numbers, T for each clip; none where the sequence is too short
 */
export function cut(length: number, { frames, mode, stride = 1 }: Cutting): number[][] {
  const span = (frames - 1) * stride + 1;
  if (mode === 'sample' || (mode === 'auto' && length < 2 * span)) {
    return length < frames ? [] : [spread(0, length - 1, frames)];
  }
  const count = Math.floor((length - span) / (frames * stride)) + 1;
  return Array.from({ length: Math.max(0, count) }, (_, i) =>
    Array.from({ length: frames }, (_, t) => i * frames * stride + t * stride),
  );
}

/** `count` whole numbers, evenly spaced, the first and the last among them. */
export function spread(first: number, last: number, count: number): number[] {
  const step = count > 1 ? (last - first) / (count - 1) : 0;
  return Array.from({ length: count }, (_, i) => Math.round(first + i * step));
}
