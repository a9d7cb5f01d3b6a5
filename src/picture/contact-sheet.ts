import type { Picture } from './canvas.js';
import { Canvas } from './canvas.js';
import type { ColormapName } from './colormap.js';
import type { Frames } from './frames.js';
import { drawText, textWidth, wrapText } from './label.js';
import type { LegendItem } from './legend.js';
import { drawLegend, legendOf, legendWidth } from './legend.js';
import type { Origin } from './origin.js';
import { chipSize, drawChip, originsOf, THEME } from './origin.js';
import type { Strip } from './strips.js';
import { layStrips } from './strips.js';

/** One sequence of a sheet. */
export interface SheetRow {
  /** What it is, such as `reconstruction of A`; long labels are broken into lines. */
  label: string;
  /** Where its content comes from; rows of one origin carry chips of one colour. */
  s?: Origin;
  /** Where its motion comes from. */
  z?: Origin;
  frames: Frames;
  /** A wider gap above this row. Default false. */
  apart?: boolean;
}

/** Rows that belong together, such as those made of one pair of sequences. */
export interface SheetGroup {
  heading?: string;
  rows: readonly SheetRow[];
}

/** What a contact sheet shows and how large. */
export interface SheetSpec {
  title?: string;
  /** A line under the title in a quieter colour: step, loss, data set. */
  subtitle?: string;
  groups: readonly SheetGroup[];
  /**
   * Side of a frame on the sheet in pixels, default 64. Frames are enlarged by the whole number that comes nearest, never
   * made smaller. Feature rows are about 1.5 times as high, and as wide as 15 frames.
   */
  frameSize?: number;
  /** Pixels per unit of the typeface, whose capitals are 10 units high. Default by the height of the rows: 1.25 at 64. */
  textScale?: number;
  /** Colour map of feature rows. Default `magma`. */
  colormap?: ColormapName;
  /** Values of the darkest and lightest colour of feature rows. Default: the range of each group, less 0.5 % at each end. */
  range?: readonly [low: number, high: number];
  /** A line at the foot that explains the chips. Default true. */
  legend?: boolean;
}

/** The two chips of a row: what the columns are called. */
const CHIPS = { s: 'content', z: 'motion' } as const;

/** A sheet with every size worked out, in pixels. */
interface Layout {
  spec: SheetSpec;
  strips: Strip[][];
  origins: Origin[];
  legend: LegendItem[];
  /** Pixels of so many typeface units. */
  u: (units: number) => number;
  scale: number;
  /** Scale of chips, frame numbers and legend. */
  small: number;
  margin: number;
  labelWidth: number;
  columns: { key: 's' | 'z'; left: number; width: number }[];
  framesLeft: number;
  width: number;
}

/**
 * A labelled contact sheet: one row a sequence, time from left to right, chips that say whose content and whose motion each
 * row has. Needs no fonts, no canvas and no files.
 *
 * @returns a picture whose size follows from the spec
 * @throws {CdsvaeError} `input` for a sheet without rows and for frames that do not fill their shape
 *
 * @example
 * const sheet = contactSheet({ groups: [{ heading: 'Pair 1', rows: [{ label: 'source A', s: 'A', z: 'A', frames }] }] });
 * await writePng('samples/sheet.png', sheet);
 */
export function contactSheet(spec: SheetSpec): Picture {
  const layout = lay(spec);
  const { u, margin } = layout;
  const headHeight = (spec.title ? u(28) : 0) + (spec.subtitle ? u(20) : 0) + (spec.title || spec.subtitle ? u(10) : 0);
  const heights = spec.groups.map((_, g) => groupHeight(layout, g));
  const height =
    2 * margin +
    headHeight +
    heights.reduce((a, b) => a + b, 0) +
    (heights.length - 1) * u(26) +
    (layout.legend.length > 0 ? u(40) : 0);
  const canvas = new Canvas(layout.width, height, THEME.background);

  let y = margin;
  if (spec.title) {
    drawText(canvas, spec.title, margin, y, { scale: layout.scale * 1.5, colour: THEME.ink, pen: 1.7 });
    y += u(28);
  }
  if (spec.subtitle) drawText(canvas, spec.subtitle, margin, y, { scale: layout.scale, colour: THEME.muted });
  y = margin + headHeight;
  heights.forEach((h, g) => {
    drawGroup(canvas, layout, g, y);
    y += h + u(26);
  });
  drawLegend(
    canvas,
    layout.legend,
    margin,
    height - margin - chipSize('', layout.small).height,
    layout.small,
    layout.origins,
  );
  return canvas;
}

function lay(spec: SheetSpec): Layout {
  const map = spec.colormap ?? 'magma';
  const strips = layStrips(spec.groups, {
    frameSize: spec.frameSize ?? 64,
    colormap: map,
    ...(spec.range && { range: spec.range }),
  });
  const rows = spec.groups.flatMap((g) => g.rows);
  const tallest = Math.max(...strips.flat().map((s) => s.height));
  // Larger pictures are looked at from further away: text grows with them, in quarters, which keep the pen crisp.
  const scale = spec.textScale ?? Math.min(2, Math.max(1, Math.round(4 * (0.75 + tallest / 128)) / 4));
  const u = (units: number) => Math.round(units * scale);
  const small = Math.max(1, Math.round(3.2 * scale) / 4);
  const margin = u(22);
  const labelWidth = Math.min(u(200), Math.max(...rows.map((r) => textWidth(r.label, scale))));
  const headings = Math.max(0, ...spec.groups.map((g) => textWidth(g.heading ?? '', scale)));
  let left = margin + Math.max(labelWidth, Math.min(headings, u(260))) + u(18);
  const keys = (['s', 'z'] as const).filter((key) => rows.some((r) => r[key] !== undefined));
  const chipWidth = Math.max(
    ...keys.map((key) => textWidth(CHIPS[key], small)),
    ...rows.flatMap((r) => keys.map((key) => chipSize(r[key] ?? '', small).width)),
  );
  const columns = keys.map((key) => {
    const column = { key, left, width: chipWidth };
    left += chipWidth + u(10);
    return column;
  });
  if (columns.length > 0) left += u(8);
  const origins = originsOf(rows);
  const legend = spec.legend === false ? [] : legendOf(rows, map);
  const width = Math.max(
    left + Math.max(...strips.flat().map((s) => s.width)) + margin,
    2 * margin + textWidth(spec.title ?? '', scale * 1.5),
    2 * margin + textWidth(spec.subtitle ?? '', scale),
    2 * margin + legendWidth(legend, small),
  );
  return { spec, strips, origins, legend, u, scale, small, margin, labelWidth, columns, framesLeft: left, width };
}

/** Height of a row's label of n lines, from the top of the first line's capitals to the last baseline. */
function labelHeight({ u }: Layout, lines: number): number {
  return u(10) + (lines - 1) * u(16);
}

function rowHeight(layout: Layout, g: number, i: number): number {
  const lines = wrapText(layout.spec.groups[g]!.rows[i]!.label, layout.labelWidth, layout.scale).length;
  return Math.max(chipSize('', layout.small).height, labelHeight(layout, lines), layout.strips[g]![i]!.height);
}

function gapAbove({ u, spec }: Layout, g: number, i: number): number {
  return i === 0 ? u(25) : spec.groups[g]!.rows[i]!.apart ? u(14) : u(5);
}

function groupHeight(layout: Layout, g: number): number {
  return layout.spec.groups[g]!.rows.reduce((h, _, i) => h + gapAbove(layout, g, i) + rowHeight(layout, g, i), 0);
}

/** Draws a group: a rule, a line of headings, and the rows. */
function drawGroup(canvas: Canvas, layout: Layout, g: number, top: number): void {
  const { spec, strips, origins, u, scale, small, margin, labelWidth, columns, framesLeft, width } = layout;
  const group = spec.groups[g]!;
  const quiet = { scale: small, colour: THEME.muted };
  const line = top + u(9);
  canvas.fill(margin, top, width - 2 * margin, 1, THEME.rule);
  drawText(canvas, group.heading ?? '', margin, line, { scale, colour: THEME.ink, pen: 1.9 });
  // The smaller headings share the heading's baseline.
  const quietLine = line + Math.round(10 * (scale - small));
  for (const { key, left, width: w } of columns) {
    drawText(canvas, CHIPS[key], left + Math.round((w - textWidth(CHIPS[key], small)) / 2), quietLine, quiet);
  }
  const longest = strips[g]!.reduce<Strip | undefined>((a, b) => (a && a.width >= b.width ? a : b), undefined);
  for (const { x, text } of longest?.ticks(small) ?? []) {
    drawText(canvas, text, framesLeft + x - Math.round(textWidth(text, small) / 2), quietLine, quiet);
  }
  let y = top;
  group.rows.forEach((row, i) => {
    y += gapAbove(layout, g, i);
    const height = rowHeight(layout, g, i);
    const centred = (of: number) => y + Math.floor((height - of) / 2);
    const lines = wrapText(row.label, labelWidth, scale);
    lines.forEach((text, k) => {
      drawText(canvas, text, margin, centred(labelHeight(layout, lines.length)) + k * u(16), {
        scale,
        colour: THEME.ink,
      });
    });
    for (const { key, left, width: w } of columns) {
      const origin = row[key];
      if (origin !== undefined) drawChip(canvas, origin, left, centred(chipSize('', small).height), w, small, origins);
    }
    const strip = strips[g]![i]!;
    strip.draw(canvas, framesLeft, centred(strip.height));
    y += height;
  });
}
