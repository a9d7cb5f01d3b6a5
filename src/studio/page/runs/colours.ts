import type { RunSummary } from '../../api.js';

/** Runs that are seen side by side at most: as many as there are colours in style.css, `--run-0` and so on. */
export const MOST_RUNS = 6;

/** A run and the number of the colour it has everywhere on a page. */
export interface ColouredRun extends RunSummary {
  readonly colour: number;
}
