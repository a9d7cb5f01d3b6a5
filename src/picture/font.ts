/**
 * A typeface of our own, so that text renders on machines without any fonts and in any browser alike.
 *
 * Glyphs are centre lines drawn with a round pen. One unit is one pixel at scale 1: the baseline is y = 0, lower-case letters
 * reach y = 6, capitals y = 9, descenders y = −3. Vertical stems stand on whole units, so that they are crisp at whole scales.
 *
 * Each glyph is its width and its strokes. Strokes are separated by `;`, points by spaces, and a point with a star is a
 * corner to be rounded, with radius 3 or whatever the neighbouring segments allow.
 */
const GLYPHS: Record<string, readonly [width: number, strokes: string]> = {
  ' ': [1, ''],
  '!': [0, '0,9 0,3; 0,0 0,.2'],
  '"': [2, '0,9 0,7; 2,9 2,7'],
  '#': [7, '1,0 3,9; 4,0 6,9; 0,3 6,3; 1,6 7,6'],
  $: [6, '6,7 6,9* 0,9* 0,4.6* 6,4.6* 6,0* 0,0* 0,2; 3,10.5 3,-1.5'],
  '%': [9, '1.5,9 0,9* 0,5.6* 3,5.6* 3,9* 1.5,9; 7.5,3.4 6,3.4* 6,0* 9,0* 9,3.4* 7.5,3.4; 7.4,9 1.6,0'],
  '&': [7, '7,0 1,7* 1,9* 4.6,9* 4.6,6* 0,4* 0,0* 5.4,0* 6.6,4'],
  "'": [0, '0,9 0,7'],
  '(': [2, '2,10 0,8* 0,0* 2,-2'],
  ')': [2, '0,10 2,8* 2,0* 0,-2'],
  '*': [4, '2,9 2,4; 0,7.8 4,5.2; 0,5.2 4,7.8'],
  '+': [6, '3,1 3,7; 0,4 6,4'],
  ',': [0.5, '.5,.2 -.3,-2'],
  '-': [4, '0,3 4,3'],
  '.': [0, '0,0 0,.2'],
  '/': [4, '0,-1.5 4,10'],
  '0': [5, '0,4.5 0,0* 5,0* 5,9* 0,9* 0,4.5'],
  '1': [5, '.6,7.2 3,9 3,0'],
  '2': [5, '0,7 0,9* 5,9* 5,5* 0,0 5,0'],
  '3': [5, '0,7.3 0,9* 4.7,9* 4.7,4.9* 2,4.9; 2,4.9 5,4.9* 5,0* 0,0* 0,1.7'],
  '4': [5, '3,9 0,2.6 5,2.6; 4,5 4,0'],
  '5': [5, '4.7,9 .5,9 .2,5.1 2,5.5 5,5.5* 5,0* 0,0* 0,1.7'],
  '6': [5, '4.8,7.4 4.8,9* 0,9* 0,0* 5,0* 5,5.3* 0,5.3* 0,3.4'],
  '7': [5, '0,9 5,9 1.6,0'],
  '8': [5, '2.5,9 .2,9* .2,4.9* 4.8,4.9* 4.8,9* 2.5,9; 2.5,4.9 0,4.9* 0,0* 5,0* 5,4.9* 2.5,4.9'],
  '9': [5, '.2,1.6 .2,0* 5,0* 5,9* 0,9* 0,3.7* 5,3.7* 5,5.6'],
  ':': [0, '0,0 0,.2; 0,5 0,5.2'],
  ';': [0.5, '.5,.2 -.3,-2; .5,5 .5,5.2'],
  '<': [5, '5,7 0,4 5,1'],
  '=': [6, '0,5.4 6,5.4; 0,2.6 6,2.6'],
  '>': [5, '0,7 5,4 0,1'],
  '?': [5, '0,7.2 0,9* 5,9* 5,5.6* 2.5,5* 2.5,3; 2.5,0 2.5,.2'],
  '@': [9, '6.4,5.4 6.4,6* 3,6* 3,2* 6.4,2* 6.4,6 6.4,2* 9,2* 9,9* 0,9* 0,-1.5* 7,-1.5'],
  A: [7, '0,0 3.5,9 7,0; 1.2,3 5.8,3'],
  B: [6, '0,0 0,9 5.6,9* 5.6,4.9* 0,4.9; 3,4.9 6,4.9* 6,0* 0,0'],
  C: [6, '6,6.8 6,9* 0,9* 0,0* 6,0* 6,2.2'],
  D: [6, '0,0 0,9 6,9* 6,0* 0,0'],
  E: [5, '5,9 0,9 0,0 5,0; 0,4.9 4.4,4.9'],
  F: [5, '5,9 0,9 0,0; 0,4.6 4.4,4.6'],
  G: [6, '6,6.8 6,9* 0,9* 0,0* 6,0* 6,4.3 3.4,4.3'],
  H: [6, '0,0 0,9; 6,0 6,9; 0,4.9 6,4.9'],
  I: [4, '2,0 2,9; 0,0 4,0; 0,9 4,9'],
  J: [4, '4,9 4,0* 0,0* 0,1.8'],
  K: [6, '0,0 0,9; 5.6,9 0,3.4; 2,5.4 6,0'],
  L: [5, '0,9 0,0 5,0'],
  M: [8, '0,0 0,9 4,2.5 8,9 8,0'],
  N: [6, '0,0 0,9 6,0 6,9'],
  O: [7, '0,4.5 0,0* 7,0* 7,9* 0,9* 0,4.5'],
  P: [6, '0,0 0,9 6,9* 6,4* 0,4'],
  Q: [7, '0,4.5 0,0* 7,0* 7,9* 0,9* 0,4.5; 4.4,2.6 7.2,-1'],
  R: [6, '0,0 0,9 6,9* 6,4.2* 0,4.2; 3,4.2 6,0'],
  S: [6, '6,7 6,9* 0,9* 0,4.7* 6,4.7* 6,0* 0,0* 0,2'],
  T: [6, '0,9 6,9; 3,9 3,0'],
  U: [6, '0,9 0,0* 6,0* 6,9'],
  V: [7, '0,9 3.5,0 7,9'],
  W: [10, '0,9 2.5,0 5,8.4 7.5,0 10,9'],
  X: [6, '0,0 6,9; 0,9 6,0'],
  Y: [6, '0,9 3,4 6,9; 3,4 3,0'],
  Z: [6, '0,9 6,9 0,0 6,0'],
  '[': [2, '2,10 0,10 0,-2 2,-2'],
  '\\': [4, '0,10 4,-1.5'],
  ']': [2, '0,10 2,10 2,-2 0,-2'],
  '^': [5, '0,6 2.5,9 5,6'],
  _: [6, '0,-2 6,-2'],
  '`': [1.5, '0,9.5 1.5,8'],
  a: [5, '.4,4.9 .4,6* 5,6* 5,0; 5,3.4 0,3.4* 0,0* 5,0* 5,2'],
  b: [5, '0,9 0,0; 0,3 0,0* 5,0* 5,6* 0,6* 0,3'],
  c: [4, '4.2,4.6 4.2,6* 0,6* 0,0* 4.2,0* 4.2,1.4'],
  d: [5, '5,9 5,0; 5,3 5,0* 0,0* 0,6* 5,6* 5,3'],
  e: [5, '0,3 5,3 5,6* 0,6* 0,0* 4.7,0* 4.7,1.3'],
  f: [3, '1,0 1,9* 3.4,9; 0,6 3,6'],
  g: [5, '5,6 5,-3* .3,-3* .3,-1.8; 5,3 5,0* 0,0* 0,6* 5,6* 5,3'],
  h: [5, '0,0 0,9; 0,3 0,6* 5,6* 5,0'],
  i: [0, '0,0 0,6; 0,8.7 0,9'],
  j: [1, '1,6 1,-3* -.6,-3; 1,8.7 1,9'],
  k: [5, '0,0 0,9; 4.6,6 0,2; 1.7,3.5 5,0'],
  l: [1, '0,9 0,0* 1.6,0'],
  m: [8, '0,0 0,6; 0,4 0,6* 4,6* 4,0; 4,4 4,6* 8,6* 8,0'],
  n: [5, '0,0 0,6; 0,3 0,6* 5,6* 5,0'],
  o: [5, '0,3 0,0* 5,0* 5,6* 0,6* 0,3'],
  p: [5, '0,-3 0,6; 0,3 0,0* 5,0* 5,6* 0,6* 0,3'],
  q: [5, '5,-3 5,6; 5,3 5,0* 0,0* 0,6* 5,6* 5,3'],
  r: [3, '0,0 0,6; 0,3.4 0,6* 3,6'],
  s: [4, '4,5 4,6* 0,6* 0,3.1* 4.2,3.1* 4.2,0* 0,0* 0,1.1'],
  t: [3, '1,8.4 1,0* 3.4,0; 0,6 3,6'],
  u: [5, '5,6 5,0; 0,6 0,0* 5,0* 5,3'],
  v: [5, '0,6 2.5,0 5,6'],
  w: [8, '0,6 2,0 4,5.6 6,0 8,6'],
  x: [5, '0,0 5,6; 0,6 5,0'],
  y: [5, '0,6 2.6,0; 5,6 1.6,-3 0,-3'],
  z: [5, '0,6 5,6 0,0 5,0'],
  '{': [3, '3,10 1.4,10* 1.4,4* 0,4 1.4,4* 1.4,-2* 3,-2'],
  '|': [0, '0,10 0,-2'],
  '}': [3, '0,10 1.6,10* 1.6,4* 3,4 1.6,4* 1.6,-2* 0,-2'],
  '~': [6, '0,3 0,4.6* 3,4.6* 3,3.4* 6,3.4* 6,5'],
  '·': [0, '0,4 0,4.2'],
  '×': [5, '0,1.5 5,6.5; 0,6.5 5,1.5'],
  '–': [6, '0,3 6,3'],
  '…': [6, '0,0 0,.2; 3,0 3,.2; 6,0 6,.2'],
  '→': [8, '0,4 8,4; 5,7 8,4 5,1'],
  '°': [3, '1.5,9 0,9* 0,6* 3,6* 3,9* 1.5,9'],
};

/** What stands for a character the typeface lacks: an upright box. */
const MISSING: readonly [number, string] = [5, '0,0 0,9 5,9 5,0 0,0'];

/** Corner radius in units where the segments are long enough. */
const RADIUS = 3;

/** How far the typeface reaches below the line that letters stand on, in units. */
export const DESCENT = 3;

/** A straight piece of a centre line, in units: x0, y0, x1, y1. */
export type Segment = readonly [number, number, number, number];

/** A glyph's centre lines as straight pieces, and its width in units, without side bearings. */
export interface Glyph {
  width: number;
  segments: readonly Segment[];
}

const cache = new Map<string, Glyph>();

/** The glyph of one character; a box where the typeface has none. */
export function glyph(character: string): Glyph {
  const known = cache.get(character);
  if (known) return known;
  const [width, strokes] = (Object.hasOwn(GLYPHS, character) && GLYPHS[character]) || MISSING;
  const segments = strokes
    .split(';')
    .filter((stroke) => stroke.trim() !== '')
    .flatMap((stroke) => flatten(stroke.trim()));
  const made = { width, segments };
  cache.set(character, made);
  return made;
}

/** One stroke's points, its starred corners replaced by arcs, as straight pieces. */
function flatten(stroke: string): Segment[] {
  const points = stroke.split(' ').map((token) => {
    const [x, y] = token.replace('*', '').split(',').map(Number);
    return { x: x!, y: y!, round: token.endsWith('*') };
  });
  const path: { x: number; y: number }[] = [];
  points.forEach((p, i) => {
    const before = points[i - 1];
    const after = points[i + 1];
    if (!p.round || !before || !after) {
      path.push(p);
      return;
    }
    // Two round corners share the segment between them.
    const room = (q: { x: number; y: number; round: boolean }) =>
      Math.hypot(q.x - p.x, q.y - p.y) * (q.round ? 0.5 : 1);
    const r = Math.min(RADIUS, room(before), room(after));
    const from = towards(p, before, r);
    const to = towards(p, after, r);
    // A rational quadratic curve of weight √½ is a circle's quarter at a right angle.
    const w = Math.SQRT1_2;
    for (let k = 0; k <= 6; k++) {
      const t = k / 6;
      const [a, b, c] = [(1 - t) ** 2, 2 * w * t * (1 - t), t ** 2];
      const sum = a + b + c;
      path.push({ x: (a * from.x + b * p.x + c * to.x) / sum, y: (a * from.y + b * p.y + c * to.y) / sum });
    }
  });
  return path.slice(1).map((p, i) => [path[i]!.x, path[i]!.y, p.x, p.y] as const);
}

function towards(p: { x: number; y: number }, q: { x: number; y: number }, distance: number): { x: number; y: number } {
  const length = Math.hypot(q.x - p.x, q.y - p.y) || 1;
  return { x: p.x + ((q.x - p.x) * distance) / length, y: p.y + ((q.y - p.y) * distance) / length };
}
