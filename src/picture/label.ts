import type { Canvas, Rgb } from './canvas.js';
import { DESCENT, glyph } from './font.js';

/** How a piece of text looks. */
export interface TextStyle {
  /** Pixels per unit of the typeface: at 1, capitals are 10 pixels high and lower-case letters 7. Any positive number. */
  scale: number;
  colour: Rgb;
  /** Thickness of the pen in units. Default 1.3; headings use 1.9. */
  pen?: number;
}

/** Space between two glyphs' centre lines, in units. */
const GAP = 3;

/** Width of one line of text in pixels. */
export function textWidth(text: string, scale: number): number {
  let width = 0;
  for (const c of text) width += advance(c, scale);
  return Math.max(0, width - Math.round((GAP - 1) * scale));
}

/**
 * Draws one line of text.
 *
 * @param x left edge of the first glyph
 * @param y top of the capitals (the baseline is 10 · scale pixels lower)
 */
export function drawText(canvas: Canvas, text: string, x: number, y: number, style: TextStyle): void {
  for (const c of text) {
    const { left, top, width, height, coverage } = bitmap(c, style.scale, style.pen ?? 1.3);
    for (let j = 0; j < height; j++) {
      for (let i = 0; i < width; i++) {
        const a = coverage[j * width + i]!;
        if (a > 0) canvas.blend(x + left + i, y + top + j, style.colour, a);
      }
    }
    x += advance(c, style.scale);
  }
}

/** Breaks text into lines no wider than `width` pixels: at spaces, and within words that are wider themselves. */
export function wrapText(text: string, width: number, scale: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).flatMap((word) => pieces(word, width, scale))) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && textWidth(longer, scale) > width) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  if (line !== '') lines.push(line);
  return lines;
}

/** A word in pieces of at most `width` pixels, of one character at least. */
function pieces(word: string, width: number, scale: number): string[] {
  const found: string[] = [];
  for (const c of word) {
    const last = found.at(-1);
    if (last !== undefined && textWidth(last + c, scale) <= width) found[found.length - 1] = last + c;
    else found.push(c);
  }
  return found;
}

function advance(character: string, scale: number): number {
  return Math.round((glyph(character).width + GAP) * scale);
}

/** A glyph as pixel coverage 0 to 1, placed relative to the pen's position (left edge, top of capitals). */
interface Bitmap {
  left: number;
  top: number;
  width: number;
  height: number;
  coverage: Float32Array;
}

const bitmaps = new Map<string, Bitmap>();

function bitmap(character: string, scale: number, pen: number): Bitmap {
  const key = `${character}/${scale}/${pen}`;
  const known = bitmaps.get(key);
  if (known) return known;
  const { width, segments } = glyph(character);
  const margin = Math.ceil(2 * scale);
  const box: Bitmap = {
    left: -margin,
    top: -margin,
    width: Math.ceil((width + 1) * scale) + 2 * margin,
    height: Math.ceil((9 + 1 + DESCENT) * scale) + 2 * margin,
    coverage: new Float32Array(0),
  };
  box.coverage = new Float32Array(segments.length === 0 ? 0 : box.width * box.height);
  if (segments.length === 0) box.height = 0;
  for (let j = 0; j < box.height; j++) {
    for (let i = 0; i < box.width; i++) {
      // Unit coordinates of this pixel's centre. The half unit puts whole units on the centres of pixels at scale 1.
      const u = (i + box.left + 0.5) / scale - 0.5;
      const v = 9.5 - (j + box.top + 0.5) / scale;
      let nearest = Number.POSITIVE_INFINITY;
      for (const [x0, y0, x1, y1] of segments) {
        const [dx, dy] = [x1 - x0, y1 - y0];
        const length2 = dx * dx + dy * dy;
        const t = length2 === 0 ? 0 : Math.min(1, Math.max(0, ((u - x0) * dx + (v - y0) * dy) / length2));
        nearest = Math.min(nearest, Math.hypot(u - x0 - t * dx, v - y0 - t * dy));
      }
      box.coverage[j * box.width + i] = Math.min(1, Math.max(0, (pen / 2 - nearest) * scale + 0.5));
    }
  }
  bitmaps.set(key, box);
  return box;
}
