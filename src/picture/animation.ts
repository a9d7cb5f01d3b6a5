import { CdsvaeError } from '../errors.js';
import { Canvas, type Picture } from './canvas.js';
import type { ColormapName } from './colormap.js';
import type { SheetRow, SheetSpec } from './contact-sheet.js';
import type { FeatureFrames } from './frames.js';
import { checkFrames, framePicture, heatMap, robustRange, wholeScale } from './frames.js';
import { drawText, textWidth, wrapText } from './label.js';
import { drawLegend, legendOf, legendWidth } from './legend.js';
import { chipSize, drawChip, originsOf, THEME } from './origin.js';
import { enlargement } from './strips.js';

/** A clip of the same spec as a contact sheet: the picture of each moment, all of one size. */
export interface Animation {
  width: number;
  height: number;
  /** One uint8 `[height, width, 3]` buffer a moment. */
  frames: Uint8Array[];
}

/**
 * The rows of a contact sheet as clips that play side by side, a line of them for each group, under their labels and chips.
 * Shorter clips start again. Heading, legend and text size are those of {@link contactSheet}; frames are 128 pixels by default.
 *
 * @throws {CdsvaeError} `input` for a sheet without rows, frames that do not fill their shape, and rows of features, which
 *   have no pictures to play
 */
export function animate(spec: SheetSpec): Animation {
  const still = spec.groups.flatMap((g) => g.rows).find((row) => row.frames.kind !== 'video');
  if (still) {
    throw new CdsvaeError(
      'input',
      `row "${still.label}": only video can be animated; use a contact sheet for features`,
    );
  }
  return tiles(spec);
}

/**
 * The rows of a contact sheet of features as heat maps side by side, a line of them for each group: a table, where groups
 * have as many rows.
 *
 * @throws {CdsvaeError} `input` for a sheet without rows, frames that do not fill their shape, and rows of video, which take
 *   more than one picture
 */
export function heatMapTable(spec: SheetSpec): Picture {
  const moving = spec.groups.flatMap((g) => g.rows).find((row) => row.frames.kind === 'video');
  if (moving) throw new CdsvaeError('input', `row "${moving.label}": video found; use a contact sheet or an animation`);
  const { width, height, frames } = tiles(spec);
  return { width, height, data: frames[0]! };
}

function tiles(spec: SheetSpec): Animation {
  const rows = spec.groups.flatMap((g) => g.rows);
  if (rows.length === 0) throw new CdsvaeError('input', 'an animation without rows: at least one is needed');
  const features = rows.map((r) => r.frames).filter((f): f is FeatureFrames => f.kind === 'features');
  const map = spec.colormap ?? 'magma';
  const look = { size: spec.frameSize ?? 128, range: spec.range ?? robustRange(features), map };
  const clips = new Map(rows.map((row) => [row, clipOf(row, look)]));
  const scale = spec.textScale ?? 1.25;
  const u = (units: number) => Math.round(units * scale);
  const origins = originsOf(rows);
  const margin = u(20);
  const gap = u(10);
  const tile = Math.max(u(72), ...[...clips.values()].map((c) => c.width));
  const labels = new Map(rows.map((row) => [row, wrapText(row.label, tile, 1)]));
  const chip = rows.some((r) => r.s !== undefined || r.z !== undefined) ? chipSize('', 1).height + 18 : 0;
  const caption = Math.max(...[...labels.values()].map((l) => l.length)) * 16 + 4;
  const legend = spec.legend === false ? [] : legendOf(rows, map);

  const title = (spec.title ? u(28) : 0) + (spec.subtitle ? u(20) : 0) + (spec.title || spec.subtitle ? u(6) : 0);
  const groups = spec.groups.map((group) => {
    const heading = group.heading ? u(22) : 0;
    const picture = Math.max(0, ...group.rows.map((r) => clips.get(r)!.height));
    return { rows: group.rows, heading, text: group.heading ?? '', height: heading + caption + chip + picture + u(18) };
  });
  const canvas = new Canvas(
    2 * margin +
      Math.max(
        ...groups.map((g) => g.rows.length * (tile + gap) - gap),
        textWidth(spec.title ?? '', scale * 1.5),
        textWidth(spec.subtitle ?? '', scale),
        legendWidth(legend, 1),
      ),
    2 * margin + title + groups.reduce((h, g) => h + g.height, 0) + (legend.length > 0 ? 22 : -u(18)),
    THEME.background,
  );

  if (spec.title) {
    drawText(canvas, spec.title, margin, margin, { scale: scale * 1.5, colour: THEME.ink, pen: 1.7 });
  }
  const subtitleTop = margin + (spec.title ? u(24) : 0);
  if (spec.subtitle) drawText(canvas, spec.subtitle, margin, subtitleTop, { scale, colour: THEME.muted });
  drawLegend(canvas, legend, margin, canvas.height - margin - 19, 1, origins);
  const places: { clip: Clip; x: number; y: number }[] = [];
  let y = margin + title;
  for (const group of groups) {
    drawText(canvas, group.text, margin, y, { scale, colour: THEME.ink, pen: 1.9 });
    group.rows.forEach((row, i) => {
      const x = margin + i * (tile + gap);
      const top = y + group.heading;
      const lines = labels.get(row)!;
      lines.forEach((line, k) => {
        // Short labels stand on the chips below them.
        drawText(canvas, line, x, top + caption - 4 - (lines.length - k) * 16, { scale: 1, colour: THEME.ink });
      });
      const half = Math.floor((tile - 6) / 2);
      drawNamedChip(canvas, 'content', row.s, x, top + caption, half, origins);
      drawNamedChip(canvas, 'motion', row.z, x + tile - half, top + caption, half, origins);
      places.push({ clip: clips.get(row)!, x, y: top + caption + chip });
    });
    y += group.height;
  }

  const moments = Math.max(...[...clips.values()].map((c) => c.moments));
  const frames = Array.from({ length: moments }, (_, t) => {
    for (const { clip, x, y } of places) {
      canvas.draw(clip.at(t % clip.moments), x, y);
    }
    return canvas.data.slice();
  });
  return { width: canvas.width, height: canvas.height, frames };
}

/** A sequence as a picture that changes. */
interface Clip {
  readonly width: number;
  readonly height: number;
  readonly moments: number;
  at(moment: number): Picture;
}

interface Look {
  readonly size: number;
  /** Of heat maps. */
  readonly range: readonly [number, number];
  readonly map: ColormapName;
}

function clipOf({ label, frames }: SheetRow, { size, range, map }: Look): Clip {
  checkFrames(frames, `row "${label}"`);
  if (frames.kind === 'video') {
    const factor = enlargement(frames, size);
    const [moments, height, width] = frames.shape;
    const at = (t: number) => framePicture(frames, t, factor);
    return { width: width * factor, height: height * factor, moments, at };
  }
  const [T, F] = frames.shape;
  const picture = heatMap(frames, range, wholeScale(T, size), wholeScale(F, size), map);
  return { width: picture.width, height: picture.height, moments: 1, at: () => picture };
}

/** A chip with a word above it that says what it stands for; nothing without an origin. */
function drawNamedChip(
  canvas: Canvas,
  word: string,
  origin: string | undefined,
  x: number,
  y: number,
  width: number,
  origins: readonly string[],
): void {
  if (origin === undefined) return;
  drawText(canvas, word, x + Math.round((width - textWidth(word, 1)) / 2), y, { scale: 1, colour: THEME.muted });
  drawChip(canvas, origin, x, y + 14, width, 1, origins);
}
