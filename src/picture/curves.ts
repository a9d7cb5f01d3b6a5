import { checkWhole } from '../bounds.js';
import { CdsvaeError } from '../errors.js';
import { escapeXml, type SvgText, strokedText, textElement } from './svg-text.js';

/** One curve: a metric over steps. */
export interface Curve {
  name: string;
  /** Steps in rising order, and the metric at each; values that are not finite break the line. */
  points: readonly (readonly [step: number, value: number])[];
}

/** How a plot looks. */
export interface CurvesOptions {
  title?: string | undefined;
  /** What the steps are. Default `step`. */
  xLabel?: string | undefined;
  /** Size in pixels. Default 720 × 400. */
  width?: number | undefined;
  height?: number | undefined;
  /** Powers of ten upwards; values of 0 and less are left out. Default false. */
  log?: boolean | undefined;
  /** Text drawn as lines, which needs no fonts. Default false. */
  strokes?: boolean | undefined;
}

/** Pixels that curves need at least, each way. */
const ROOM = 24;

/** Middling colours: each stands out from white and from black, and from its neighbours in every kind of colour vision. */
const COLOURS = ['#2f7fc7', '#d2691e', '#2f9e6e', '#a35fbf', '#c4475e', '#7d8590', '#a88a1d', '#2aa0a8'];
const TEXT = '#7d8590';

/**
 * A line plot of a run's metrics as an SVG document, on a transparent ground, legible on light and dark pages.
 *
 * @throws CdsvaeError `usage`: a size that leaves no room beside the numbers, the title and the legend
 *
 * @example
 * await writeFile('samples/loss.svg', curvesSvg([{ name: 'loss', points: [[1, 310.2], [2, 290.8]] }]));
 */
export function curvesSvg(curves: readonly Curve[], options: CurvesOptions = {}): string {
  const { title, xLabel = 'step', width = 720, height = 400, log = false, strokes = false } = options;
  checkWhole('width', width, 1);
  checkWhole('height', height, 1);
  const write = (text: SvgText) => (strokes ? strokedText(text, TEXT) : textElement(text));
  const usable = (v: number) => Number.isFinite(v) && (!log || v > 0);
  const kept = curves.map((c) => ({
    ...c,
    points: c.points.map(([x, y]) => [x, usable(y) ? y : Number.NaN] as const),
  }));
  const steps = kept.flatMap((c) => c.points.map(([x]) => x)).filter(Number.isFinite);
  const values = kept.flatMap((c) => c.points.map(([, y]) => y)).filter(Number.isFinite);
  const xTicks = niceTicks(...extent(steps), Math.max(2, Math.floor(width / 110)));
  const [low, high] = extent(values);
  const yTicks = log ? decades(low, high) : niceTicks(low, high, Math.max(2, Math.floor(height / 60)));

  const yTexts = tickTexts(yTicks);

  const legend = legendRows(kept, width - 70);
  const box = {
    left: 18 + 7 * Math.max(...yTexts.map((text) => text.length)),
    right: width - 24,
    top: (title ? 34 : 12) + legend.height,
    bottom: height - 42,
  };
  const [across, down] = [box.right - box.left, box.bottom - box.top];
  if (across < ROOM || down < ROOM) {
    const least = [width + Math.max(0, ROOM - across), height + Math.max(0, ROOM - down)];
    throw new CdsvaeError(
      'usage',
      `a plot of ${width}×${height} pixels has no room for curves; at least ${least.join('×')} expected`,
    );
  }
  const [x0, x1] = extent(steps);
  const y0 = Math.min(low, yTicks[0]!);
  const y1 = Math.max(high, yTicks[yTicks.length - 1]!);
  const up = (v: number) => (log ? Math.log10(v) : v);
  const X = (x: number) => box.left + ((x - x0) / (x1 - x0)) * (box.right - box.left);
  const Y = (y: number) => box.bottom - ((up(y) - up(y0)) / (up(y1) - up(y0))) * (box.bottom - box.top);

  const out = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img"` +
      ` aria-label="${escapeXml(title ?? `${kept.map((c) => c.name).join(', ')} over ${xLabel}`)}"` +
      ` font-family="system-ui, sans-serif" font-size="12" fill="${TEXT}">`,
  ];
  if (title) out.push(write({ text: title, x: box.left, y: 22, size: 15, bold: true }));
  legend.items.forEach(({ name, x, row }, i) => {
    const y = (title ? 48 : 24) + row * 20;
    out.push(
      `<line x1="${box.left + x}" x2="${box.left + x + 16}" y1="${y - 4}" y2="${y - 4}" stroke="${colourOf(i)}" stroke-width="3" stroke-linecap="round"/>`,
      write({ text: name, x: box.left + x + 22, y }),
    );
  });
  yTicks.forEach((t, i) => {
    const y = round(Y(t));
    out.push(
      `<line x1="${box.left}" x2="${box.right}" y1="${y}" y2="${y}" stroke="${TEXT}" stroke-opacity="0.25"/>`,
      write({ text: yTexts[i]!, x: box.left - 8, y: round(y + 4), anchor: 'end' }),
    );
  });
  const shown = xTicks.filter((t) => t >= x0 && t <= x1);
  const xTexts = tickTexts(shown);
  shown.forEach((t, i) => {
    const x = round(X(t));
    out.push(
      `<line x1="${x}" x2="${x}" y1="${box.bottom}" y2="${box.bottom + 4}" stroke="${TEXT}"/>`,
      write({ text: xTexts[i]!, x, y: box.bottom + 18, anchor: 'middle' }),
    );
  });
  out.push(
    `<line x1="${box.left}" x2="${box.right}" y1="${box.bottom}" y2="${box.bottom}" stroke="${TEXT}"/>`,
    write({ text: xLabel, x: round((box.left + box.right) / 2), y: height - 8, anchor: 'middle' }),
  );
  kept.forEach((c, i) => {
    const path = linePath(thin(c.points, box.right - box.left), X, Y);
    if (path !== '') {
      out.push(
        `<path d="${path}" fill="none" stroke="${colourOf(i)}" stroke-width="1.6" stroke-linejoin="round" stroke-linecap="round"/>`,
      );
    }
    for (const [x, y] of alone(c.points)) {
      out.push(`<circle cx="${round(X(x))}" cy="${round(Y(y))}" r="3" fill="${colourOf(i)}"/>`);
    }
  });
  out.push('</svg>');
  return `${out.join('\n')}\n`;
}

/**
 * Plots one below the other, as one SVG document.
 *
 * @param plots of {@link curvesSvg}, of one width
 */
export function stackSvg(plots: readonly string[]): string {
  let height = 0;
  let width = 0;
  const placed = plots.map((svg) => {
    const [, w, h] = /^<svg [^>]*width="(\d+)" height="(\d+)"/.exec(svg)!.map(Number);
    const at = svg.replace('<svg ', `<svg y="${height}" `);
    height += h! + 16;
    width = Math.max(width, w!);
    return at;
  });
  height -= 16;
  const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">`;
  return `${head}\n${placed.join('')}</svg>\n`;
}

/** Round numbers (1, 2 or 5 times a power of ten apart) that span low … high, about `count` of them. */
export function niceTicks(low: number, high: number, count: number): number[] {
  const raw = (high - low) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * ([1, 2, 5, 10].find((m) => m * power >= raw * (1 - 1e-9)) ?? 10);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil(high / step - 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** The powers of ten that span low … high, both above 0. */
function decades(low: number, high: number): number[] {
  const first = Math.floor(Math.log10(low));
  const last = Math.max(first + 1, Math.ceil(Math.log10(high)));
  const every = Math.ceil((last - first) / 8);
  return Array.from({ length: Math.ceil((last - first) / every) + 1 }, (_, i) => 10 ** (first + i * every));
}

/** Lowest and highest value, never equal. */
function extent(values: readonly number[]): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const v of values) {
    low = Math.min(low, v);
    high = Math.max(high, v);
  }
  if (values.length === 0) return [0.1, 1];
  return low < high
    ? [low, high]
    : [low - Math.abs(low) * 0.1 - (low === 0 ? 1 : 0), low + Math.abs(low) * 0.1 + (low === 0 ? 1 : 0)];
}

/** A few points a pixel column: its first, lowest, highest and last, and a break in it, so that no peak is lost. */
function thin(points: Curve['points'], columns: number): Curve['points'] {
  if (points.length <= 4 * columns) return points;
  const size = Math.ceil(points.length / columns);
  const kept: (readonly [number, number])[] = [];
  for (let i = 0; i < points.length; i += size) {
    const end = Math.min(points.length, i + size);
    let [low, high, broken] = [i, i, i];
    for (let k = i; k < end; k++) {
      const y = points[k]![1];
      if (Number.isNaN(y)) broken = k;
      if (y < points[low]![1] || Number.isNaN(points[low]![1])) low = k;
      if (y > points[high]![1] || Number.isNaN(points[high]![1])) high = k;
    }
    const picks = new Set([i, low, high, broken, end - 1].sort((a, b) => a - b));
    for (const k of picks) kept.push(points[k]!);
  }
  return kept;
}

/** Points without one beside them, as a run has that was validated once. */
function alone(points: Curve['points']): Curve['points'] {
  const there = (i: number) => Number.isFinite(points[i]?.[1]);
  return points.filter((_, i) => there(i) && !there(i - 1) && !there(i + 1));
}

function linePath(points: Curve['points'], X: (x: number) => number, Y: (y: number) => number): string {
  let pen = 'M';
  let path = '';
  for (const [x, y] of points) {
    if (!Number.isFinite(y)) {
      pen = 'M';
      continue;
    }
    path += `${pen}${round(X(x))} ${round(Y(y))}`;
    pen = 'L';
  }
  return path;
}

/** Places legend entries in rows; widths are estimated, as the font is the reader's. */
function legendRows(
  curves: readonly Curve[],
  width: number,
): { items: { name: string; x: number; row: number }[]; height: number } {
  let [x, row] = [0, 0];
  const items = curves.map(({ name }) => {
    const w = 44 + 7 * name.length;
    if (x > 0 && x + w > width) [x, row] = [0, row + 1];
    const item = { name, x, row };
    x += w;
    return item;
  });
  return { items, height: curves.length === 0 ? 0 : 20 * (row + 1) + 6 };
}

/** The numbers of ticks, with as many digits as tell each from the others. */
function tickTexts(ticks: readonly number[]): string[] {
  for (let digits = 4; ; digits++) {
    const texts = ticks.map((t) => tickText(t, digits));
    if (digits >= 12 || new Set(texts).size === texts.length) return texts;
  }
}

function tickText(t: number, digits: number): string {
  const a = Math.abs(t);
  if (a >= 1e6) return `${Number((t / 1e6).toPrecision(digits))} M`;
  if (a >= 1e4) return `${Number((t / 1e3).toPrecision(digits))} k`;
  return a !== 0 && a < 1e-3 ? t.toExponential() : String(t);
}

function colourOf(i: number): string {
  return COLOURS[i % COLOURS.length]!;
}

function round(n: number): number {
  return Math.round(n * 10) / 10;
}
