import { describe, expect, test } from 'vitest';
import { Canvas, type Rgb } from '../../src/picture/canvas.js';
import { DESCENT, glyph } from '../../src/picture/font.js';
import { drawText, textWidth, wrapText } from '../../src/picture/label.js';

const WHITE: Rgb = [255, 255, 255];
const BLACK: Rgb = [0, 0, 0];
const ASCII = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i));

/** The text as lines of characters, `#` for dark pixels, without empty margins. */
function picture(text: string, scale = 1): string[] {
  const canvas = new Canvas(textWidth(text, scale) + 20, 20 * scale, WHITE);
  drawText(canvas, text, 10, 4 * scale, { scale, colour: BLACK });
  const rows = Array.from({ length: canvas.height }, (_, y) =>
    Array.from({ length: canvas.width }, (_, x) => (canvas.at(x, y)[0] < 110 ? '#' : '.')).join(''),
  );
  const inked = rows.filter((r) => r.includes('#'));
  const left = Math.min(...inked.map((r) => r.indexOf('#')));
  const right = Math.max(...inked.map((r) => r.lastIndexOf('#')));
  return inked.map((r) => r.slice(left, right + 1));
}

describe('text', () => {
  test('letters have their shapes', () => {
    expect(picture('E')).toEqual([
      '######',
      '#.....',
      '#.....',
      '#.....',
      '#####.',
      '#.....',
      '#.....',
      '#.....',
      '#.....',
      '######',
    ]);
    expect(picture('T')).toEqual(['#######', ...Array<string>(9).fill('...#...')]);
    expect(picture('L')[9]).toBe('######');
    expect(picture('i').join()).toBe('#,#,#,#,#,#,#,#,#'.replace('#,#', '#'));
  });

  test('every ASCII character has a glyph of its own', () => {
    const missing = glyph('\u0001').segments;
    const seen = new Map<string, string>();
    for (const c of ASCII) {
      expect(glyph(c).segments, c).not.toBe(missing);
      expect(glyph(c).segments, c).not.toEqual(missing);
      const canvas = new Canvas(24, 24, WHITE);
      drawText(canvas, c, 6, 6, { scale: 1, colour: BLACK });
      const key = canvas.data.join();
      expect(seen.get(key), `${c} looks like another`).toBeUndefined();
      seen.set(key, c);
    }
  });

  test('characters without a glyph are a box, and names of object members are no glyphs', () => {
    expect(glyph('λ')).toEqual(glyph('漢'));
    expect(glyph('constructor')).toEqual(glyph('漢'));
  });

  test('ink stays within the measured width and line', () => {
    for (const scale of [1, 1.25, 1.5, 2]) {
      for (const c of ASCII) {
        const canvas = new Canvas(40, 60, WHITE);
        drawText(canvas, c, 8, 20, { scale, colour: BLACK });
        for (let y = 0; y < canvas.height; y++) {
          for (let x = 0; x < canvas.width; x++) {
            if (canvas.at(x, y)[0] > 128) continue;
            expect(x, c).toBeGreaterThanOrEqual(8 - scale);
            expect(x, c).toBeLessThanOrEqual(8 + textWidth(c, scale) + scale);
            expect(y, c).toBeGreaterThanOrEqual(20 - 2 * scale);
            expect(y, c).toBeLessThanOrEqual(20 + (10 + DESCENT + 1) * scale);
          }
        }
      }
    }
  });

  test('twice the scale is twice the width', () => {
    expect(textWidth('source A', 2)).toBe(2 * textWidth('source A', 1));
    expect(picture('H', 2).length).toBe(2 * picture('H', 1).length);
    expect(textWidth('', 1)).toBe(0);
  });

  test('wrapping keeps every word and every width', () => {
    const text = 'content of A, motion of B, and more';
    const lines = wrapText(text, 100, 1);
    expect(lines.join(' ')).toBe(text);
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) expect(textWidth(line, 1)).toBeLessThanOrEqual(100);
    const long = 'a recording_with_a_name_that_is_wider_than_the_line.wav';
    const broken = wrapText(long, 100, 1);
    expect(broken.join('')).toBe(long.replace(' ', ''));
    for (const line of broken) expect(textWidth(line, 1)).toBeLessThanOrEqual(100);
    expect(wrapText('ab', 1, 1)).toEqual(['a', 'b']);
    expect(wrapText('  ', 100, 1)).toEqual([]);
  });
});
