import type { Canvas, Rgb } from './canvas.js';
import { rgb } from './colormap.js';
import { drawText, textWidth } from './label.js';

/**
 * Where a row's content (s) or motion (z) comes from: a source sequence such as `A`, or `prior` (also `prior 1`, `prior 2` …)
 * for a draw from the model's prior, or a {@link mixedOrigin}. Rows of the same origin share a colour.
 */
export type Origin = string;

/** Colours of the sheets: a calm dark on light. */
export const THEME = {
  background: rgb('fbfaf7'),
  ink: rgb('1e2226'),
  muted: rgb('6b7075'),
  rule: rgb('dedbd3'),
  prior: rgb('e4e2dc'),
  priorStripe: rgb('c9c6be'),
  white: rgb('ffffff'),
} as const;

/** Blue and orange differ in every kind of colour vision; the others follow for sheets of more sources. */
const COLOURS = ['1f6fb5', 'c8570a', '2a8a5f', '8a4fa3', 'a8324e', '4b5f73'].map(rgb);

export function isPrior(origin: Origin): boolean {
  return origin.startsWith('prior');
}

const MIX = /^(.+)→(.+) (\d+(?:\.\d+)?)%$/;

/**
 * The origin that lies a fraction of the way from a to b: a at 0, b at 1.
 *
 * @param digits after the point, so that those of neighbouring steps differ. Default 0
 */
export function mixedOrigin(a: Origin, b: Origin, fraction: number, digits: number): Origin {
  if (fraction === 0 || fraction === 1) return fraction === 0 ? a : b;
  return `${a}→${b} ${(100 * fraction).toFixed(digits)}%`;
}

export function isMixed(origin: Origin): boolean {
  return MIX.test(origin);
}

/** The distinct origins of some rows in the order in which they first appear, priors last. */
export function originsOf(rows: Iterable<{ s?: Origin | undefined; z?: Origin | undefined }>): Origin[] {
  const found = new Set<Origin>();
  for (const { s, z } of rows) for (const o of [s, z]) if (o !== undefined) found.add(o);
  return [...found].sort((a, b) => Number(isPrior(a)) - Number(isPrior(b)));
}

/**
 * The colour of an origin. `A`, `B`, `C` … have fixed colours, so that they mean the same on every picture; what lies between
 * two is coloured so; other names take theirs from their place in `origins`.
 */
export function originColour(origin: Origin, origins: readonly Origin[]): Rgb {
  const mix = MIX.exec(origin);
  if (mix) {
    const [a, b] = [originColour(mix[1]!, origins), originColour(mix[2]!, origins)];
    const between = (c: 0 | 1 | 2) => Math.round(a[c] + ((b[c] - a[c]) * Number(mix[3])) / 100);
    return [between(0), between(1), between(2)];
  }
  const letter = /^[A-Z]$/.test(origin) ? origin.charCodeAt(0) - 65 : origins.indexOf(origin);
  return COLOURS[Math.max(0, letter) % COLOURS.length]!;
}

/** Size of a chip in pixels for a text at this scale. */
export function chipSize(text: string, scale: number): { width: number; height: number } {
  return { width: textWidth(text, scale) + Math.round(14 * scale), height: Math.round(19 * scale) };
}

/** Draws a chip: the origin's name on its colour, or on grey stripes for the prior. Its top left corner is (x, y). */
export function drawChip(
  canvas: Canvas,
  origin: Origin,
  x: number,
  y: number,
  width: number,
  scale: number,
  origins: readonly Origin[],
): void {
  const { height } = chipSize(origin, scale);
  const period = Math.round(6 * scale);
  const stripe = (i: number, j: number) => ((i - x + j - y) % period < period / 3 ? THEME.priorStripe : THEME.prior);
  const prior = isPrior(origin);
  canvas.fillRound(x, y, width, height, 4 * scale, prior ? stripe : originColour(origin, origins));
  drawText(canvas, origin, x + Math.round((width - textWidth(origin, scale)) / 2), y + Math.round(4.5 * scale), {
    scale,
    colour: prior ? THEME.ink : THEME.white,
    pen: 1.7,
  });
}
