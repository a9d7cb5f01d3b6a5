/** Courses of the learning rate after warm-up. */
export const SCHEDULES = ['constant', 'cosine'] as const;
export type Schedule = (typeof SCHEDULES)[number];

/**
 * Weight at a step that goes in a line from what it is at step 1 to what it is at the last.
 *
 * @param step 1, 2, …
 * @param steps the last step; undefined while it is not known, and then it has not begun to change
 */
export function weightAt(step: number, steps: number | undefined, first: number, last: number): number {
  if (steps === undefined || steps <= 1) return first;
  return first + (last - first) * Math.min(1, (step - 1) / (steps - 1));
}

/** How the learning rate runs. */
export interface LearningRate {
  /** Its peak. */
  readonly learningRate: number;
  /** `constant`, or `cosine`: half a cosine from the peak down to a hundredth of it at the last step. */
  readonly schedule: Schedule;
  /** Steps over which it rises in a line from 0 to the peak. 0: none. */
  readonly warmup: number;
}

/**
 * Learning rate of a step.
 *
 * @param step 1, 2, …
 * @param steps the last step; undefined while it is not known, and then there is no descent yet
 */
export function learningRateAt(step: number, steps: number | undefined, settings: LearningRate): number {
  const { learningRate, schedule, warmup } = settings;
  if (step < warmup) return (learningRate * step) / warmup;
  if (schedule === 'constant' || steps === undefined) return learningRate;
  const progress = Math.min(1, (step - warmup) / Math.max(1, steps - warmup));
  return learningRate * (0.01 + 0.99 * 0.5 * (1 + Math.cos(Math.PI * progress)));
}
