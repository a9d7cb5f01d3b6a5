import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { curvesSvg, niceTicks } from '../../src/picture/curves.js';

const paths = (svg: string) => [...svg.matchAll(/<path d="([^"]*)"/g)].map((m) => m[1]!);

describe('curves', () => {
  test('a size without room for them is refused, and the least that has room is not', () => {
    const curve = { name: 'loss', points: Array.from({ length: 500 }, (_, i) => [i, i] as const) };
    const draw = (width: number, height: number) => curvesSvg([curve], { width, height, title: 'loss' });
    for (const [width, height] of [
      [40, 300],
      [300, 40],
      [30, 20],
    ] as const) {
      let message = '';
      expect(() => {
        try {
          draw(width, height);
        } catch (error) {
          message = (error as Error).message;
          throw error;
        }
      }).toThrow(`a plot of ${width}×${height} pixels has no room for curves`);
      const [, w, h] = /at least (\d+)×(\d+) expected/.exec(message)!;
      expect(draw(Number(w), Number(h))).toContain('<path');
    }
    expect(() => draw(Number.NaN, 300)).toThrow('width is NaN');
  });

  test('a straight line runs from corner to corner of the axes', () => {
    const svg = curvesSvg([
      {
        name: 'loss',
        points: [
          [0, 0],
          [50, 50],
          [100, 100],
        ],
      },
    ]);
    const numbers = paths(svg)[0]!
      .match(/[\d.]+/g)!
      .map(Number);
    const [xa, ya, xb, yb, xc, yc] = numbers as [number, number, number, number, number, number];
    expect(xb - xa).toBeCloseTo(xc - xb, 0);
    expect(ya - yb).toBeCloseTo(yb - yc, 0);
    expect(yc).toBeLessThan(ya);
    expect(svg).toContain('>100</text>');
    expect(svg).toContain('>loss</text>');
  });

  test('a point that stands alone is a dot, one of a line is none', () => {
    const dots = (values: number[]) => {
      const points = values.map((y, x) => [x, y] as const);
      return curvesSvg([{ name: 'loss', points }]).match(/<circle /g)?.length ?? 0;
    };
    expect(dots([1])).toBe(1);
    expect(dots([1, 2, 3])).toBe(0);
    expect(dots([1, Number.NaN, 3, 4])).toBe(1);
  });

  test('values that are not finite break the line; on a log axis so does 0', () => {
    const points = [1, 2, Number.NaN, 4, 0, 6].map((v, i) => [i, v] as const);
    expect(paths(curvesSvg([{ name: 'x', points }]))[0]!.match(/M/g)).toHaveLength(2);
    expect(paths(curvesSvg([{ name: 'x', points }], { log: true }))[0]!.match(/M/g)).toHaveLength(3);
  });

  test('a long run is thinned without losing its peak', () => {
    const points = Array.from({ length: 100_000 }, (_, i) => [i, i === 54_321 ? 1000 : Math.sin(i)] as const);
    const svg = curvesSvg([{ name: 'x', points }]);
    expect(svg.length).toBeLessThan(60_000);
    const ys = [...paths(svg)[0]!.matchAll(/[ML][\d.]+ ([\d.]+)/g)].map((m) => Number(m[1]));
    expect(Math.min(...ys)).toBeCloseTo(38, 0);
  });

  test('names are escaped and nothing breaks the document', async () => {
    const curves = [
      { name: '<kl> & "z"', points: [[1, 2] as const] },
      { name: 'empty', points: [] },
    ];
    for (const c of [curves, []]) {
      for (const log of [false, true]) {
        const svg = curvesSvg(c, { title: 'a < b', log });
        expect(svg).not.toMatch(/NaN|Infinity|undefined|<kl>/);
        expect((await sharp(Buffer.from(svg)).metadata()).width).toBe(720);
      }
    }
  });

  test('no two ticks of an axis read the same', () => {
    const points = Array.from({ length: 41 }, (_, i) => [250_000 + i, 12_000 + i / 2] as const);
    const texts = [...curvesSvg([{ name: 'loss', points }]).matchAll(/>([\d.]+ k)<\/text>/g)].map((m) => m[1]!);
    expect(texts.length).toBeGreaterThan(8);
    expect(new Set(texts).size).toBe(texts.length);
  });

  test('ticks are round, evenly spaced and span the values', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1e6, max: 1e6, noNaN: true }),
        fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
        fc.integer({ min: 2, max: 12 }),
        (low, span, count) => {
          const ticks = niceTicks(low, low + span, count);
          const step = ticks[1]! - ticks[0]!;
          expect(ticks[0]!).toBeLessThanOrEqual(low + 1e-6 * span);
          expect(ticks[ticks.length - 1]!).toBeGreaterThanOrEqual(low + span - 1e-6 * span);
          expect(ticks.length).toBeLessThanOrEqual(count + 2);
          const digit = Number((step / 10 ** Math.floor(Math.log10(step * 1.0001))).toPrecision(3));
          expect([1, 2, 5]).toContain(digit);
        },
      ),
      { examples: [[999999.9999968617, 0.008003138413187116, 8]] },
    );
  });
});
