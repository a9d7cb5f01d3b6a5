import type { Settings } from './settings.js';

/** Steps timed before the length of a run of so many minutes is planned. */
export const TIMED_STEPS = 20;

/** A run of so many minutes ends at the latest this many times that long after it began, however slow its steps became. */
const GRACE = 1.05;

/**
 * How many steps a run takes. Steps and epochs say it; minutes are turned into steps once, by the median time of the first
 * {@link TIMED_STEPS}, so that the learning rate has a course to follow and the run can be repeated bit for bit.
 */
export class Plan {
  #steps: number | undefined;
  readonly #times: number[] = [];

  /** @param known steps planned for these minutes before the run was interrupted */
  constructor(
    readonly settings: Settings['train'],
    trainSize: number,
    known?: number,
  ) {
    const { steps, epochs, batch } = settings;
    // Where data is endless an epoch has no length; the settings were checked for that.
    this.#steps = steps > 0 ? steps : epochs > 0 ? Math.max(1, Math.round((epochs * trainSize) / batch)) : known;
  }

  /** Steps in all; undefined until they are known. */
  get steps(): number | undefined {
    return this.#steps;
  }

  /**
   * Notes how long a step took.
   *
   * @param overhead share of the time that is not steps, 0 to 1
   * @returns whether this made the plan
   */
  timed(step: number, seconds: number, secondsElapsed: number, overhead = 0.04): boolean {
    if (this.#steps !== undefined) return false;
    this.#times.push(seconds);
    if (this.#times.length < TIMED_STEPS) return false;
    const median = this.#times.sort((a, b) => a - b)[TIMED_STEPS / 2]!;
    const left = this.settings.minutes * 60 - secondsElapsed;
    this.#steps = step + Math.max(1, Math.floor((left * (1 - overhead)) / median));
    return true;
  }

  /** Whether time is up, though steps are left. */
  late(secondsElapsed: number): boolean {
    const { steps, epochs, minutes } = this.settings;
    return steps === 0 && epochs === 0 && secondsElapsed > minutes * 60 * GRACE;
  }
}
