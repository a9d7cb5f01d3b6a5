import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Curves } from '../../api.js';
import { useTheme } from '../parts/theme.js';
import { formatCount, formatValue } from '../parts/words.js';
import { runColour } from './colours.js';
import { smooth } from './smooth.js';
import type { Term } from './terms.js';

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

interface PlotProps {
  readonly term: Term;
  readonly runs: readonly PlotRun[];
  readonly view: PlotView;
  readonly onZoom: (range: readonly [number, number] | undefined) => void;
}

const HEIGHT = 190;

/** One term of one or several runs over steps: the mean as a line, its spread as a band, validation as dots. */
export function Plot({ term, runs, view, onZoom }: PlotProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const [hover, setHover] = useState<{ step: number; values: (number | null)[] }>();
  const theme = useTheme();
  const zoom = useRef(onZoom);
  zoom.current = onZoom;
  const tables = runs.map((run) => tableOf(run, term.key, view));
  const shape = `${runs.map((r) => `${r.colour} ${r.id}`).join()} ${view.log} ${theme}`;

  useEffect(() => {
    const element = host.current!;
    const ink = getComputedStyle(element).getPropertyValue('--muted').trim();
    const rule = getComputedStyle(element).getPropertyValue('--rule').trim();
    const colours = runs.map((run) => runColour(element, run.colour));
    const axis = { stroke: ink, grid: { stroke: rule, width: 1 }, ticks: { show: false }, font: '11px system-ui' };
    const made = new uPlot(
      {
        width: element.clientWidth,
        height: HEIGHT,
        padding: [8, 6, 0, 0],
        legend: { show: false },
        cursor: { sync: { key: 'runs' }, drag: { x: true, y: false, setScale: false }, points: { size: 6 } },
        scales: { x: { time: false }, y: { distr: view.log ? 3 : 1 } },
        axes: [
          { ...axis, size: 26, values: (_, ticks) => ticks.map(shortCount), space: 60 },
          { ...axis, size: 52, values: (_, ticks) => ticks.map((t) => (t === null ? '' : formatTick(t))) },
        ],
        series: [
          {},
          ...colours.flatMap((colour): uPlot.Series[] => [
            { stroke: 'transparent', width: 0, points: { show: false } },
            { stroke: 'transparent', width: 0, points: { show: false } },
            { stroke: colour, width: 1.75, points: { show: false }, spanGaps: true },
            { stroke: colour, width: 0, paths: () => null, points: { show: true, size: 5, fill: colour } },
          ]),
        ],
        bands: colours.map((colour, i) => ({ series: [4 * i + 2, 4 * i + 1], fill: `${colour}2e` })),
        hooks: {
          setSelect: [
            (u) => {
              if (u.select.width < 4) return;
              zoom.current([u.posToVal(u.select.left, 'x'), u.posToVal(u.select.left + u.select.width, 'x')]);
              u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            },
          ],
          setCursor: [
            (u) => {
              const at = u.cursor.idx;
              if (at === null || at === undefined) setHover(undefined);
              else setHover({ step: u.data[0][at]!, values: runs.map((_, i) => nearestValue(u.data[4 * i + 3]!, at)) });
            },
          ],
        },
      },
      uPlot.join(tables),
      element,
    );
    made.over.addEventListener('dblclick', () => zoom.current(undefined));
    plot.current = made;
    const resized = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    resized.observe(element);
    return () => {
      resized.disconnect();
      made.destroy();
    };
  }, [shape]);

  useEffect(() => {
    const made = plot.current;
    if (!made) return;
    made.setData(uPlot.join(tables), false);
    const [min, max] = view.range ?? span(runs);
    made.batch(() => {
      made.setScale('x', { min, max });
    });
  });

  const last = runs.map(({ train }) => lastOf(train.terms[term.key]?.mean));
  const shown = hover?.values ?? last;
  return (
    <figure class="plot">
      <figcaption>
        <span class="plot-name" title={term.about}>
          {term.name}
        </span>
        <span class="plot-values">
          {hover && <span class="muted">{formatCount(hover.step)}</span>}
          {runs.map((run, i) => (
            <span key={run.id} class="plot-value">
              <i class={`dot colour-${run.colour}`} /> {formatValue(shown[i])}
            </span>
          ))}
        </span>
      </figcaption>
      <div
        ref={host}
        class="plot-host"
        role="img"
        aria-label={`${term.name}: ${runs.map((r, i) => `${r.id} ${formatValue(last[i])}`).join(', ')}`}
      />
    </figure>
  );
}

/** Columns of one run: step, least, greatest, mean, validation. */
function tableOf({ train, validation }: PlotRun, key: string, { log, halfLife }: PlotView): uPlot.AlignedData {
  const positive = (values: readonly (number | null)[]) =>
    log ? values.map((v) => (v !== null && v > 0 ? v : null)) : [...values];
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
}

function span(runs: readonly PlotRun[]): [number, number] {
  const steps = runs.flatMap(({ train }) => [train.steps[0], train.steps.at(-1)]).filter((s) => s !== undefined);
  return steps.length === 0 ? [0, 1] : [Math.min(...steps), Math.max(Math.min(...steps) + 1, ...steps)];
}

/** Where runs are compared each has steps of its own; the value at the nearest one is shown. */
function nearestValue(values: ArrayLike<number | null | undefined>, at: number): number | null {
  for (let d = 0; d < 40; d++) {
    const v = values[at - d] ?? values[at + d];
    if (v !== null && v !== undefined) return v;
  }
  return null;
}

function lastOf(values: readonly (number | null)[] | undefined): number | null {
  return values?.findLast((v) => v !== null) ?? null;
}

function shortCount(n: number): string {
  return n >= 1e6 ? `${n / 1e6} M` : n >= 1e4 ? `${n / 1e3} k` : String(n);
}

function formatTick(t: number): string {
  const a = Math.abs(t);
  return a >= 1e4 ? shortCount(t) : a !== 0 && a < 1e-3 ? t.toExponential(0) : String(Number(t.toPrecision(4)));
}
