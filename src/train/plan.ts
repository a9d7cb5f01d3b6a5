import { epochSteps } from './epoch.js';
import type { Settings } from './settings.js';

/** Steps timed before the length of a run of so many minutes is planned. */
export const TIMED_STEPS = 20;

/** A run of so many minutes ends at the latest this many times that long after it began, however slow its steps became. */
const GRACE = 1.05;

/** Share of the time left that a plan leaves to all that is not steps. */
const OVERHEAD = 0.04;

/** Steps between looks at the clock once the plan is made. */
const REVIEW_STEPS = 100;

/** A plan is changed when it is off by more than this share of all its steps. */
const TOLERANCE = 0.03;

/**
 * How many steps a run takes. Steps and epochs say it; minutes are turned into steps by the median time of the first
 * {@link TIMED_STEPS}, so that the learning rate has a course to follow to its end. Should the machine have less to give later
 * on, or more, the plan is made shorter or longer: two runs of so many minutes are the same to the bit only where the pace is
 * kept, and the plan stands; giving its steps then repeats them.
 */
export class Plan {
  #steps: number | undefined;
  readonly #times: number[] = [];
  #reviewed: { step: number; seconds: number } | undefined;

  /** @param known steps in these minutes, as planned before the run was interrupted or by the pace that it had */
  constructor(
    readonly settings: Pick<Settings['train'], 'steps' | 'epochs' | 'minutes' | 'batch'>,
    trainSize: number,
    known?: number,
  ) {
    const { steps, epochs, batch } = settings;
    // Where data is endless an epoch has no length; the settings were checked for that.
    this.#steps =
      steps > 0 ? steps : epochs > 0 ? Math.max(1, Math.round(epochs * epochSteps(trainSize, batch))) : known;
  }

  /** Steps in all; undefined until they are known. */
  get steps(): number | undefined {
    return this.#steps;
  }

  /**
   * Notes how long a step took.
   *
   * @returns whether this made the plan or changed it
   */
  timed(step: number, seconds: number, secondsElapsed: number): boolean {
    const { steps, epochs, minutes } = this.settings;
    if (steps > 0 || epochs > 0) return false;
    const left = minutes * 60 - secondsElapsed;
    if (this.#steps !== undefined) return this.#review(step, secondsElapsed, left);
    this.#times.push(seconds);
    if (this.#times.length < TIMED_STEPS) return false;
    const median = this.#times.sort((a, b) => a - b)[TIMED_STEPS / 2]!;
    this.#steps = step + Math.max(1, Math.floor((left * (1 - OVERHEAD)) / median));
    return true;
  }

  /** Changes the plan when the last {@link REVIEW_STEPS} steps, with all between them, do not fit it. */
  #review(step: number, secondsElapsed: number, left: number): boolean {
    const last = this.#reviewed;
    if (last && step - last.step < REVIEW_STEPS) return false;
    this.#reviewed = { step, seconds: secondsElapsed };
    const planned = this.#steps! - step;
    if (!last || planned <= 0) return false;
    const pace = (secondsElapsed - last.seconds) / (step - last.step);
    const possible = Math.max(1, Math.floor((left * (1 - OVERHEAD)) / pace));
    if (Math.abs(possible - planned) <= TOLERANCE * this.#steps!) return false;
    this.#steps = step + possible;
    return true;
  }

  /** Whether time is up, though steps are left. */
  late(secondsElapsed: number): boolean {
    const { steps, epochs, minutes } = this.settings;
    return steps === 0 && epochs === 0 && secondsElapsed > minutes * 60 * GRACE;
  }
}
