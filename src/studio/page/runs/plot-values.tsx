import { useEffect, useState } from 'preact/hooks';
import { formatCount, formatValue } from '../parts/words.js';
import type { PlotRun } from './plot-table.js';

/** The step a pointer is at, in one of the plots, and each run's value there. */
export interface Hover {
  readonly step: number;
  readonly values: readonly (number | null)[];
}

interface PlotValuesProps {
  readonly runs: readonly PlotRun[];
  /** Shown while no pointer is at any step. */
  readonly last: readonly (number | null)[];
  /** Gets what is to be called with what the pointer is at. */
  readonly hover: { current: (hover: Hover | undefined) => void };
}

/** Each run's value above a plot. Apart from the plot, so that a moving pointer draws these few words again and nothing else. */
export function PlotValues({ runs, last, hover }: PlotValuesProps) {
  const [at, set] = useState<Hover>();
  useEffect(() => {
    hover.current = set;
  }, [hover]);
  return (
    <span class="plot-values">
      {at && <span class="muted">{formatCount(at.step)}</span>}
      {runs.map((run, i) => (
        <span key={run.id} class="plot-value">
          <i class="dot" style={{ background: `var(--run-${run.colour})` }} /> {formatValue((at?.values ?? last)[i])}
        </span>
      ))}
    </span>
  );
}

/** The last value of a term of each run. */
export function lastValues(runs: readonly PlotRun[], key: string): (number | null)[] {
  return runs.map(({ train }) => train.terms[key]?.mean.findLast((v) => v !== null) ?? null);
}

/** Where runs are compared each has steps of its own; the value at the nearest one is shown. */
export function nearestValue(values: ArrayLike<number | null | undefined>, at: number): number | null {
  for (let d = 0; d < 40; d++) {
    const v = values[at - d] ?? values[at + d];
    if (v !== null && v !== undefined) return v;
  }
  return null;
}
