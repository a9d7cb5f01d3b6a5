import { CdsvaeError } from '../errors.js';
import { Canvas } from './canvas.js';
import type { SheetRow, SheetSpec } from './contact-sheet.js';
import type { VideoFrames } from './frames.js';
import { checkFrames, framePicture } from './frames.js';
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
  const rows = spec.groups.flatMap((g) => g.rows);
  if (rows.length === 0) throw new CdsvaeError('input', 'an animation without rows: at least one is needed');
  const clips = new Map(rows.map((row) => [row, clipOf(row, spec.frameSize ?? 128)]));
  const scale = spec.textScale ?? 1.25;
  const u = (units: number) => Math.round(units * scale);
  const origins = originsOf(rows);
  const margin = u(20);
  const gap = u(10);
  const tile = Math.max(u(72), ...[...clips.values()].map((c) => c.frames.shape[2] * c.factor));
  const labels = new Map(rows.map((row) => [row, wrapText(row.label, tile, 1)]));
  const chip = rows.some((r) => r.s !== undefined || r.z !== undefined) ? chipSize('', 1).height + 18 : 0;
  const caption = Math.max(...[...labels.values()].map((l) => l.length)) * 16 + 4;
  const legend = spec.legend === false ? [] : legendOf(rows, 'magma');

  const title = (spec.title ? u(28) : 0) + (spec.subtitle ? u(20) : 0) + (spec.title || spec.subtitle ? u(6) : 0);
  const groups = spec.groups.map((group) => {
    const heading = group.heading ? u(22) : 0;
    const picture = Math.max(0, ...group.rows.map((r) => clips.get(r)!.frames.shape[1] * clips.get(r)!.factor));
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

  const moments = Math.max(...[...clips.values()].map((c) => c.frames.shape[0]));
  const frames = Array.from({ length: moments }, (_, t) => {
    for (const { clip, x, y } of places) {
      canvas.draw(framePicture(clip.frames, t % clip.frames.shape[0], clip.factor), x, y);
    }
    return canvas.data.slice();
  });
  return { width: canvas.width, height: canvas.height, frames };
}

interface Clip {
  frames: VideoFrames;
  factor: number;
}

function clipOf({ label, frames }: SheetRow, size: number): Clip {
  if (frames.kind !== 'video') {
    throw new CdsvaeError('input', `row "${label}": only video can be animated; use a contact sheet for features`);
  }
  checkFrames(frames, `row "${label}"`);
  return { frames, factor: enlargement(frames, size) };
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
