import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { themeColour, useTheme } from '../parts/theme.js';
import { formatValue } from '../parts/words.js';
import { COLUMNS, type PlotRun, type PlotView, plotTable } from './plot-table.js';
import { type Hover, lastValues, nearestValue, PlotValues } from './plot-values.js';
import type { Term } from './terms.js';

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
  const hover = useRef<(hover: Hover | undefined) => void>(() => {});
  const theme = useTheme();
  const zoom = useRef(onZoom);
  zoom.current = onZoom;
  const { log, halfLife, range } = view;
  const table = useMemo(() => plotTable(runs, term.key, { log, halfLife }), [runs, term.key, log, halfLife]);
  const shape = `${runs.map((r) => `${r.colour} ${r.id}`).join()} ${log} ${theme}`;

  useEffect(() => {
    const element = host.current!;
    const ink = themeColour('muted');
    const rule = themeColour('rule');
    const colours = runs.map((run) => themeColour(`run-${run.colour}`));
    const axis = { stroke: ink, grid: { stroke: rule, width: 1 }, ticks: { show: false }, font: '11px system-ui' };
    const made = new uPlot(
      {
        width: element.clientWidth,
        height: HEIGHT,
        padding: [8, 6, 0, 0],
        legend: { show: false },
        cursor: { sync: { key: 'runs' }, drag: { x: true, y: false, setScale: false }, points: { size: 6 } },
        scales: { x: { time: false }, y: { distr: log ? 3 : 1 } },
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
        bands: colours.map((colour, i) => ({
          series: [COLUMNS * i + 2, COLUMNS * i + 1],
          fill: `color-mix(in srgb, ${colour} 18%, transparent)`,
        })),
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
              if (at === null || at === undefined) hover.current(undefined);
              else {
                const values = colours.map((_, i) => nearestValue(u.data[COLUMNS * i + 3]!, at));
                hover.current({ step: u.data[0][at]!, values });
              }
            },
          ],
        },
      },
      table,
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
    made.setData(table, false);
    const [min, max] = range ?? span(runs);
    made.batch(() => {
      made.setScale('x', { min, max });
    });
  }, [shape, table, range]);

  const last = lastValues(runs, term.key);
  return (
    <figure class="plot">
      <figcaption>
        <span class="plot-name" title={term.about}>
          {term.name}
        </span>
        <PlotValues runs={runs} last={last} hover={hover} />
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

function span(runs: readonly PlotRun[]): [number, number] {
  const steps = runs.flatMap(({ train }) => [train.steps[0], train.steps.at(-1)]).filter((s) => s !== undefined);
  return steps.length === 0 ? [0, 1] : [Math.min(...steps), Math.max(Math.min(...steps) + 1, ...steps)];
}

function shortCount(n: number): string {
  return n >= 1e6 ? `${n / 1e6} M` : n >= 1e4 ? `${n / 1e3} k` : String(n);
}

function formatTick(t: number): string {
  const a = Math.abs(t);
  return a >= 1e4 ? shortCount(t) : a !== 0 && a < 1e-3 ? t.toExponential(0) : String(Number(t.toPrecision(4)));
}
