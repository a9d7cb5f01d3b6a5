import { describe, expect, test } from 'vitest';
import type { Picture } from '../../src/picture/canvas.js';
import { colormap } from '../../src/picture/colormap.js';
import { contactSheet, type SheetRow } from '../../src/picture/contact-sheet.js';
import { framePicture, toBytes, wholeScale } from '../../src/picture/frames.js';
import { originColour, originsOf, THEME } from '../../src/picture/origin.js';
import { pairGroup } from '../../src/picture/pair.js';
import { clip, features } from '../generate/samples.js';

function at({ data, width }: Picture, x: number, y: number): number[] {
  return [...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)];
}

/** Top left corners of every place where `part` occurs in `whole`. */
function find(whole: Picture, part: Picture): [number, number][] {
  const places: [number, number][] = [];
  for (let y = 0; y + part.height <= whole.height; y++) {
    for (let x = 0; x + part.width <= whole.width; x++) {
      let same = true;
      for (let j = 0; same && j < part.height; j++) {
        for (let i = 0; same && i < part.width * 3; i++) {
          same = whole.data[((y + j) * whole.width + x) * 3 + i] === part.data[j * part.width * 3 + i];
        }
      }
      if (same) places.push([x, y]);
    }
  }
  return places;
}

/** Pixels of exactly this colour. */
function count(picture: Picture, colour: readonly number[], inside: (x: number, y: number) => boolean = () => true) {
  let n = 0;
  for (let y = 0; y < picture.height; y++) {
    for (let x = 0; x < picture.width; x++) {
      if (inside(x, y) && at(picture, x, y).every((v, c) => v === colour[c])) n++;
    }
  }
  return n;
}

describe('contact sheet', () => {
  test('every frame is there once, unchanged, left to right, rows top down', () => {
    const rows: SheetRow[] = [
      { label: 'source A', s: 'A', z: 'A', frames: clip(4, 16, 16, 3, 1) },
      { label: 'source B', s: 'B', z: 'B', frames: clip(4, 16, 16, 1, 2) },
    ];
    for (const frameSize of [16, 32, 48]) {
      const sheet = contactSheet({ groups: [{ rows }], frameSize });
      let below = 0;
      for (const row of rows) {
        const places = [0, 1, 2, 3].map((t) => {
          const found = find(sheet, framePicture(row.frames as ReturnType<typeof clip>, t, frameSize / 16));
          expect(found).toHaveLength(1);
          return found[0]!;
        });
        expect(places.map(([x]) => x - places[0]![0])).toEqual([0, 1, 2, 3].map((t) => t * (frameSize + 2)));
        expect(new Set(places.map(([, y]) => y)).size).toBe(1);
        expect(places[0]![1]).toBeGreaterThan(below);
        below = places[0]![1] + frameSize;
        // The gap between two frames is background.
        expect(at(sheet, places[1]![0] - 1, places[1]![1])).toEqual([...THEME.background]);
      }
    }
  });

  test('chips have the colour of their origin, content left of motion, beside their row', () => {
    const black = { kind: 'video', data: new Uint8Array(2 * 64 * 64), shape: [2, 64, 64, 1] } as const;
    const sheet = contactSheet({
      legend: false,
      groups: [{ rows: [{ label: 'content of A, motion of B', s: 'A', z: 'B', frames: black }] }],
    });
    const centre = (colour: readonly number[]) => {
      let [n, sx, sy] = [0, 0, 0];
      for (let y = 0; y < sheet.height; y++) {
        for (let x = 0; x < sheet.width; x++) {
          if (at(sheet, x, y).every((v, c) => v === colour[c])) [n, sx, sy] = [n + 1, sx + x, sy + y];
        }
      }
      return { n, x: sx / n, y: sy / n };
    };
    const [s, z, frames] = [centre(originColour('A', [])), centre(originColour('B', [])), centre([0, 0, 0])];
    expect(s.n).toBeGreaterThan(300);
    expect(z.n).toBeGreaterThan(300);
    expect(s.x).toBeLessThan(z.x);
    expect(z.x).toBeLessThan(frames.x);
    expect(Math.abs(s.y - frames.y)).toBeLessThan(3);
  });

  test('origins stand in the order in which they come, numbers after letters, priors last', () => {
    const rows = ['A', 'prior 1', 'Z', '27'].map((s) => ({ s }));
    expect(originsOf(rows)).toEqual(['A', 'Z', '27', 'prior 1']);
  });

  test('the prior is striped, and the legend explains only what occurs', () => {
    const rows = (z: string): SheetRow[] => [{ label: 'x', s: 'A', z, frames: clip(2, 8, 8, 1) }];
    const without = contactSheet({ groups: [{ rows: rows('B') }] });
    const withPrior = contactSheet({ groups: [{ rows: rows('prior') }] });
    expect(count(without, THEME.priorStripe)).toBe(0);
    expect(count(withPrior, THEME.priorStripe)).toBeGreaterThan(100);
    expect(count(withPrior, originColour('B', []))).toBe(0);
    // Once as a chip of the row, once in the legend.
    const legendTop = without.height - 60;
    expect(count(without, originColour('B', []), (_, y) => y > legendTop)).toBeGreaterThan(50);
  });

  test('a pair shows the swaps by their chips', () => {
    const frames = clip(2, 8, 8, 1);
    const group = pairGroup('Pair 1', {
      sourceA: frames,
      sourceB: frames,
      reconstructionA: frames,
      reconstructionB: frames,
      contentAMotionB: frames,
      contentBMotionA: frames,
      priorContentMotionA: frames,
      contentAPriorMotion: frames,
    });
    expect(group.rows.map((r) => `${r.s} ${r.z}`)).toEqual([
      'A A',
      'B B',
      'A A',
      'B B',
      'A B',
      'B A',
      'prior A',
      'A prior',
    ]);
  });

  test('feature rows: time to the right, first feature at the bottom, one range a group', () => {
    const low = features(8, 4, -1);
    const high = features(8, 4, 1);
    high.data[0] = -1; // t = 0, first feature
    high.data[5] = Number.NaN; // t = 1, second feature
    const frameSize = 32;
    const sheet = contactSheet({
      frameSize,
      textScale: 1,
      legend: false,
      groups: [{ rows: [low, high].map((frames) => ({ label: 'x', frames })) }],
    });
    const [dark, light] = [colormap('magma')[0]!, colormap('magma')[255]!];
    const [width, height] = [15 * frameSize, 1.5 * frameSize];
    expect(count(sheet, light)).toBe((width * height * 30) / 32);
    expect(count(sheet, dark)).toBe(width * height + (width * height) / 32);
    const cell = { width: width / 8, height: height / 4 };
    const x0 = sheet.width - 22 - width;
    const bottom = sheet.height - 22 - 1;
    expect(at(sheet, x0, bottom)).toEqual([...dark]);
    expect(at(sheet, x0 + cell.width, bottom)).toEqual([...light]);
    expect(at(sheet, x0, bottom - cell.height)).toEqual([...light]);
    expect(at(sheet, x0 + cell.width, bottom - cell.height)).toEqual([150, 150, 150]);
  });

  test('long sequences and wide features are shrunk by whole numbers', () => {
    expect(wholeScale(64, 64)).toEqual({ up: 1, down: 1 });
    expect(wholeScale(32, 96)).toEqual({ up: 3, down: 1 });
    expect(wholeScale(513, 96)).toEqual({ up: 1, down: 5 });
    const sheet = contactSheet({ groups: [{ rows: [{ label: 'long', frames: features(4000, 513) }] }] });
    expect(sheet.width).toBeLessThan(1500);
    expect(sheet.data.length).toBe(sheet.width * sheet.height * 3);
  });

  test('what does not fit is refused by the name of its row', () => {
    const row = (data: Uint8Array, shape: readonly [number, number, number, number]) => () =>
      contactSheet({ groups: [{ rows: [{ label: 'source A', frames: { kind: 'video', data, shape } }] }] });
    expect(row(new Uint8Array(10), [1, 4, 4, 1])).toThrow(
      'row "source A": 10 values found, 16 expected for shape [1, 4, 4, 1]',
    );
    expect(row(new Uint8Array(32), [1, 4, 4, 2])).toThrow('2 channels found, 1 (grey) or 3 (colour) expected');
    expect(row(new Uint8Array(0), [0, 4, 4, 1])).toThrow('at least 1');
    expect(() => contactSheet({ groups: [] })).toThrow('without rows');
  });

  test('heading, title and legend never stick out', () => {
    const frames = clip(1, 8, 8, 1);
    const title = 'A title much wider than the single little frame under it';
    const sheet = contactSheet({
      title,
      subtitle: title,
      groups: [{ heading: title, rows: [{ label: 'x', s: 'A', frames }] }],
    });
    for (let y = 0; y < sheet.height; y++) {
      expect(at(sheet, sheet.width - 1, y)).toEqual([...THEME.background]);
      expect(at(sheet, 0, y)).toEqual([...THEME.background]);
    }
  });
});

test('model output becomes bytes, cut off at the ends', () => {
  expect([...toBytes(Float32Array.of(-1, 0, 0.5, 1, 2, Number.NaN))]).toEqual([0, 0, 128, 255, 255, 0]);
});

test('colour maps rise evenly in lightness', () => {
  for (const name of ['magma', 'viridis'] as const) {
    const table = colormap(name);
    expect(table).toHaveLength(256);
    const luma = table.map(([r, g, b]) => 0.2126 * r + 0.7152 * g + 0.0722 * b);
    for (let i = 8; i < 256; i++) expect(luma[i]!, `${name} ${i}`).toBeGreaterThan(luma[i - 8]!);
  }
});
