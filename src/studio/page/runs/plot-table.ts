import uPlot from 'uplot';
import type { Curves } from '../../api.js';
import { smooth } from './smooth.js';

/** One run's curves and the number of its colour. */
export interface PlotRun {
  readonly id: string;
  readonly colour: number;
  readonly train: Curves;
  readonly validation: Curves;
}

/** How all plots are drawn. */
export interface PlotView {
  readonly log: boolean;
  /** Steps; 0: as measured. */
  readonly halfLife: number;
  /** Steps seen; undefined: all. */
  readonly range: readonly [number, number] | undefined;
}

/** The columns of each run in a table: least, greatest, mean, validation. Steps stand before all of them. */
export const COLUMNS = 4;

/** One term of all runs as uPlot takes it: the steps of all of them, and of each run its columns. */
export function plotTable(
  runs: readonly PlotRun[],
  key: string,
  { log, halfLife }: Pick<PlotView, 'log' | 'halfLife'>,
): uPlot.AlignedData {
  const positive = (values: readonly (number | null)[]) =>
    log ? values.map((v) => (v !== null && v > 0 ? v : null)) : [...values];
  const tables = runs.map(({ train, validation }) => {
    const term = train.terms[key];
    const empty = train.steps.map(() => null);
    const mine: uPlot.AlignedData = [
      [...train.steps],
      positive(term?.min ?? empty),
      positive(term?.max ?? empty),
      positive(term ? smooth(train.steps, term.mean, halfLife) : empty),
    ];
    const measured = positive(validation.terms[key]?.mean ?? validation.steps.map(() => null));
    return uPlot.join([mine, [[...validation.steps], measured] as uPlot.AlignedData]);
  });
  return uPlot.join(tables);
}
