import { glyph } from './font.js';
import { textWidth } from './label.js';

/** A line of text in an SVG document. */
export interface SvgText {
  readonly text: string;
  /** Left end, middle or right end of the text, by `anchor`, and its baseline. */
  readonly x: number;
  readonly y: number;
  /** Default `start`. */
  readonly anchor?: 'start' | 'middle' | 'end';
  /** Font size in pixels. Default 12. */
  readonly size?: number;
  readonly bold?: boolean;
}

/** Text as text, in the reader's font. */
export function textElement({ text, x, y, anchor, size, bold }: SvgText): string {
  const attributes = [
    `x="${x}" y="${y}"`,
    ...(anchor !== undefined && anchor !== 'start' ? [`text-anchor="${anchor}"`] : []),
    ...(size !== undefined ? [`font-size="${size}"`] : []),
    ...(bold ? ['font-weight="600"'] : []),
  ];
  return `<text ${attributes.join(' ')}>${escapeXml(text)}</text>`;
}

/** Text as lines of our own typeface, for a picture made on a machine that may have no fonts. */
export function strokedText({ text, x, y, anchor, size = 12, bold = false }: SvgText, colour: string): string {
  // Capitals are 10 units high, and in most fonts 0.72 of the size.
  const scale = (0.72 * size) / 10;
  const width = textWidth(text, 1) * scale;
  let left = x - (anchor === 'middle' ? width / 2 : anchor === 'end' ? width : 0);
  let path = '';
  for (const character of text) {
    for (const [x0, y0, x1, y1] of glyph(character).segments) {
      path += `M${round(left + x0 * scale)} ${round(y - y0 * scale)}L${round(left + x1 * scale)} ${round(y - y1 * scale)}`;
    }
    left += (textWidth(`${character}${character}`, 1) - textWidth(character, 1)) * scale;
  }
  return `<path d="${path}" fill="none" stroke="${colour}" stroke-width="${bold ? 1.7 : 1.1}" stroke-linecap="round" stroke-linejoin="round"/>`;
}

export function escapeXml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}

function round(n: number): number {
  return Math.round(n * 100) / 100;
}
