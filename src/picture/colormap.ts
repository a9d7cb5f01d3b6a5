import { checkOneOf } from '../bounds.js';
import type { Rgb } from './canvas.js';

/** Names of the colour maps: dark to light, lightness rising evenly, legible without colour vision. */
export type ColormapName = 'magma' | 'viridis';

/** Nine evenly spaced colours of each map (Smith and van der Walt, matplotlib, CC0). */
const ANCHORS: Record<ColormapName, readonly string[]> = {
  magma: ['000004', '1c1044', '4f127b', '812581', 'b5367a', 'e55964', 'fb8761', 'fec287', 'fcfdbf'],
  viridis: ['440154', '472c7a', '3b518b', '2c718e', '21908d', '27ad81', '5cc863', 'aadc32', 'fde725'],
};

const tables = new Map<ColormapName, readonly Rgb[]>();

/** The 256 colours of a map, from lowest value to highest. @throws CdsvaeError `usage`: no such map */
export function colormap(name: ColormapName): readonly Rgb[] {
  const known = tables.get(name);
  if (known) return known;
  checkOneOf('colormap', name, Object.keys(ANCHORS));
  const anchors = ANCHORS[name].map(rgb);
  const table = Array.from({ length: 256 }, (_, i): Rgb => {
    const at = (i / 255) * (anchors.length - 1);
    const k = Math.min(anchors.length - 2, Math.floor(at));
    const mix = (c: 0 | 1 | 2) => Math.round(anchors[k]![c] + (anchors[k + 1]![c] - anchors[k]![c]) * (at - k));
    return [mix(0), mix(1), mix(2)];
  });
  tables.set(name, table);
  return table;
}

/** The colour written as six hexadecimal digits. */
export function rgb(hex: string): Rgb {
  const n = Number.parseInt(hex, 16);
  return [n >> 16, (n >> 8) & 255, n & 255];
}
