import type { Progress } from './progress.js';

/** Told of things done, where it can of parts of one, and in all; the third says what is being done, `read` or the like. */
export type OnCount = (done: number, total: number, phase?: string) => void;

/**
 * Shows work that counts what it has done.
 *
 * @param phase what is being done, in a word, where the work does not say
 * @param each sequences in one of the things that are counted; default 1
 */
export function countProgress(progress: Progress | undefined, phase: string, each = 1): OnCount {
  const begun = performance.now();
  const seconds = () => (performance.now() - begun) / 1000;
  // Where work that was stopped is gone on with, what was there before says nothing of its speed.
  let first: { readonly phase: string; readonly done: number; readonly at: number } | undefined;
  return (done, total, now = phase) => {
    if (first?.phase !== now) first = { phase: now, done, at: seconds() };
    const rate = (done - first.done) / Math.max(1e-9, seconds() - first.at);
    progress?.update({
      phase: now,
      step: Math.floor(done),
      steps: total,
      fraction: done / Math.max(1, total),
      secondsElapsed: seconds(),
      ...(rate > 0 && { secondsLeft: (total - done) / rate }),
      stepsPerSecond: rate,
      sequencesPerSecond: each * rate,
      terms: {},
    });
  };
}

/** Milliseconds after which work is long enough to be told of. */
const LONG = 3000;

/**
 * Tells only of work that takes long, and of that once a second even while it counts nothing: most is done before anyone wonders.
 *
 * @returns `close` ends it
 */
export function onlyIfLong(tell: OnCount): { readonly onCount: OnCount; close(): void } {
  const begun = performance.now();
  let last: Parameters<OnCount> | undefined;
  const show = () => {
    if (last && performance.now() - begun >= LONG) tell(...last);
  };
  const clock = setInterval(show, 1000);
  return {
    onCount(...count) {
      last = count;
      show();
    },
    close: () => clearInterval(clock),
  };
}
