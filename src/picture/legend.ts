import type { Canvas } from './canvas.js';
import type { ColormapName } from './colormap.js';
import { colormap } from './colormap.js';
import type { Frames } from './frames.js';
import { drawText, textWidth } from './label.js';
import type { Origin } from './origin.js';
import { chipSize, drawChip, isMixed, isPrior, originsOf, THEME } from './origin.js';

/** An entry of the legend: words, after a chip or a bar of a colour map where it has one. */
export interface LegendItem {
  text: string;
  chip?: Origin;
  map?: ColormapName;
}

/** Origins past this many say nothing that the chips do not. */
const MOST_ORIGINS = 4;

/** The entries that a sheet of these rows needs; none where no row has an origin or a heat map. */
export function legendOf(rows: readonly { s?: Origin; z?: Origin; frames: Frames }[], map: ColormapName): LegendItem[] {
  const origins = originsOf(rows);
  const items: LegendItem[] = [
    ...origins
      .filter((o) => !isPrior(o) && !isMixed(o))
      .slice(0, MOST_ORIGINS)
      .map((o) => ({ chip: o, text: /^[A-Z]$/.test(o) ? `taken from sequence ${o}` : `taken from ${o}` })),
    ...origins
      .filter(isMixed)
      .slice(0, 1)
      .map((o) => ({ chip: o, text: 'so far on the way from one to the other' })),
    ...origins
      .filter(isPrior)
      .slice(0, 1)
      .map((o) => ({ chip: o, text: 'drawn from the prior' })),
  ];
  if (items.length > 0) items.push({ text: 'Rows with the same chip share that content or motion.' });
  if (rows.some((r) => r.frames.kind === 'features')) items.push({ map, text: 'low to high' });
  return items;
}

/** Width of a legend in pixels. */
export function legendWidth(items: readonly LegendItem[], scale: number): number {
  return items.reduce((w, item, i) => w + (i > 0 ? gap(scale) : 0) + itemWidth(item, scale), 0);
}

/** Draws the entries in one line whose top left corner is (x, y). */
export function drawLegend(
  canvas: Canvas,
  items: readonly LegendItem[],
  x: number,
  y: number,
  scale: number,
  origins: readonly Origin[],
): void {
  for (const item of items) {
    const mark = markWidth(item, scale);
    const textLeft = x + (mark > 0 ? mark + Math.round(7 * scale) : 0);
    if (item.chip !== undefined) drawChip(canvas, item.chip, x, y, mark, scale, origins);
    if (item.map) {
      const { height } = chipSize('', scale);
      const colours = colormap(item.map);
      for (let i = 0; i < mark; i++) canvas.fill(x + i, y, 1, height, colours[Math.floor((i * 255) / (mark - 1))]!);
    }
    drawText(canvas, item.text, textLeft, y + Math.round(4.5 * scale), { scale, colour: THEME.muted });
    x += itemWidth(item, scale) + gap(scale);
  }
}

function gap(scale: number): number {
  return Math.round(22 * scale);
}

function markWidth({ chip, map }: LegendItem, scale: number): number {
  if (map) return Math.round(90 * scale);
  return chip === undefined ? 0 : chipSize(chip, scale).width;
}

function itemWidth(item: LegendItem, scale: number): number {
  const mark = markWidth(item, scale);
  return mark + (mark > 0 ? Math.round(7 * scale) : 0) + textWidth(item.text, scale);
}
