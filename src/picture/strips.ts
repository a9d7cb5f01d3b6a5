import { CdsvaeError } from '../errors.js';
import type { Canvas } from './canvas.js';
import type { ColormapName } from './colormap.js';
import type { FeatureFrames, Frames, Scale } from './frames.js';
import { checkFrames, framePicture, heatMap, robustRange, scaled, wholeScale } from './frames.js';
import { textWidth } from './label.js';

/** Pixels between two frames of a clip. */
const FRAME_GAP = 2;

/** A sequence laid out in time from left to right, ready to be drawn. Sizes in pixels. */
export interface Strip {
  width: number;
  height: number;
  /** Draws the strip with its top left corner at (x, y). */
  draw(canvas: Canvas, x: number, y: number): void;
  /** Frame numbers, counted from 1, and the pixel that each is centred over; as many as fit at this text scale. */
  ticks(textScale: number): { x: number; text: string }[];
}

/** What all strips of a sheet share. */
export interface StripOptions {
  frameSize: number;
  colormap: ColormapName;
  /** Values of the darkest and lightest colour of heat maps; by default found for each group. */
  range?: readonly [low: number, high: number] | undefined;
}

/**
 * The strips of the sequences of one sheet, group by group.
 *
 * @throws {CdsvaeError} `input` naming the row, for frames that do not fill their shape
 */
export function layStrips(
  groups: readonly { rows: readonly { label: string; frames: Frames }[] }[],
  options: StripOptions,
): Strip[][] {
  const all = groups.flatMap((g) => g.rows);
  if (all.length === 0) throw new CdsvaeError('input', 'a contact sheet without rows: at least one is needed');
  for (const { label, frames } of all) checkFrames(frames, `row "${label}"`);
  const features = (rows: readonly { frames: Frames }[]) =>
    rows.map((r) => r.frames).filter((f): f is FeatureFrames => f.kind === 'features');
  // One time scale for the whole sheet, so that columns line up.
  const longest = Math.max(1, ...features(all).map((f) => f.shape[0]));
  const across = wholeScale(longest, 15 * options.frameSize);
  return groups.map(({ rows }) => {
    const range = options.range ?? robustRange(features(rows));
    return rows.map(({ frames }) =>
      frames.kind === 'video'
        ? clipStrip(frames, enlargement(frames, options.frameSize))
        : heatStrip(frames, range, across, wholeScale(frames.shape[1], 1.5 * options.frameSize), options.colormap),
    );
  });
}

/** How many times a clip's frames are enlarged to come nearest to `size` pixels; at least 1. */
export function enlargement(frames: Frames & { kind: 'video' }, size: number): number {
  const [, H, W] = frames.shape;
  return Math.max(1, Math.round(size / Math.max(H, W)));
}

function clipStrip(frames: Frames & { kind: 'video' }, factor: number): Strip {
  const [T, H, W] = frames.shape;
  const pitch = W * factor + FRAME_GAP;
  return {
    width: T * pitch - FRAME_GAP,
    height: H * factor,
    draw(canvas, x, y) {
      for (let t = 0; t < T; t++) canvas.draw(framePicture(frames, t, factor), x + t * pitch, y);
    },
    ticks: (textScale) => spaced(T, pitch, (W * factor) / 2, textScale),
  };
}

function heatStrip(
  frames: FeatureFrames,
  range: readonly [number, number],
  across: Scale,
  upwards: Scale,
  map: ColormapName,
): Strip {
  const [T, F] = frames.shape;
  return {
    width: scaled(T, across),
    height: scaled(F, upwards),
    draw(canvas, x, y) {
      canvas.draw(heatMap(frames, range, across, upwards, map), x, y);
    },
    ticks: (textScale) => spaced(T, across.up / across.down, across.up / 2, textScale),
  };
}

/** Frame numbers 1, 1 + n, 1 + 2n … for the smallest round n that leaves room between them. */
function spaced(T: number, pitch: number, offset: number, textScale: number): { x: number; text: string }[] {
  const room = textWidth(String(T), textScale) + 12 * textScale;
  let step = 1;
  for (let k = 0; step * pitch < room; k++) step = [1, 2, 5][k % 3]! * 10 ** Math.floor(k / 3);
  const ticks: { x: number; text: string }[] = [];
  for (let t = 0; t < T; t++) {
    // 1, then round numbers: 1, 5, 10, 15 …
    if (step === 1 || (t + 1) % step === 0 || (t === 0 && (step - 1) * pitch >= room)) {
      ticks.push({ x: Math.round(t * pitch + offset), text: String(t + 1) });
    }
  }
  return ticks;
}
