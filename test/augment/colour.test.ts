import { describe, expect, test } from 'vitest';
import {
  type ColourMatrix,
  hueMatrix,
  identityMatrix,
  LUMA,
  lumaWeights,
  mixMatrix,
  multiply,
  saturationMatrix,
} from '../../src/augment/colour.js';

const apply = (m: ColourMatrix, x: readonly number[]) =>
  x.map((_, row) => x.reduce((s, v, i) => s + m[row * x.length + i]! * v, 0));
const luma = (x: readonly number[]) => x.reduce((s, v, i) => s + v * LUMA[i]!, 0);
const colours = [
  [1, 0, 0],
  [0, 1, 0],
  [0.2, 0.5, 0.9],
];

function expectVector(found: readonly number[], expected: readonly number[]) {
  for (const [i, v] of expected.entries()) expect(found[i]).toBeCloseTo(v, 5);
}

describe('saturation', () => {
  test.each([0, 0.5, 1, 2])('%s times the distance to luma', (factor) => {
    for (const x of colours) {
      expectVector(
        apply(saturationMatrix(factor), x),
        x.map((v) => luma(x) + factor * (v - luma(x))),
      );
    }
  });
});

describe('hue', () => {
  test('turns by the angle in the plane of chroma and keeps luma and greys', () => {
    const chroma = ([r, g, b]: readonly number[]) => [
      0.595716 * r! - 0.274453 * g! - 0.321263 * b!,
      0.211456 * r! - 0.522591 * g! + 0.311135 * b!,
    ];
    for (const angle of [0.3, -1, Math.PI]) {
      for (const x of colours) {
        const y = apply(hueMatrix(angle), x);
        expect(luma(y)).toBeCloseTo(luma(x), 5);
        const [i, q] = chroma(x) as [number, number];
        expectVector(chroma(y), [i * Math.cos(angle) - q * Math.sin(angle), i * Math.sin(angle) + q * Math.cos(angle)]);
      }
      expectVector(apply(hueMatrix(angle), [0.4, 0.4, 0.4]), [0.4, 0.4, 0.4]);
    }
  });

  test('a whole turn and none change nothing, two thirds are one third twice', () => {
    expectVector(hueMatrix(0), identityMatrix(3));
    expectVector(hueMatrix(2 * Math.PI), identityMatrix(3));
    const third = hueMatrix((2 * Math.PI) / 3);
    expectVector(multiply(third, third, 3), hueMatrix((4 * Math.PI) / 3));
  });
});

describe('channel mix', () => {
  test('rows are shares; amount 0 changes nothing; amount 1 is the shares alone', () => {
    const raw = [1, 2, 1, 4, 4, 8, 0.5, 0.25, 0.25];
    expectVector(mixMatrix(0, raw, 3), identityMatrix(3));
    expectVector(mixMatrix(1, raw, 3), [0.25, 0.5, 0.25, 0.25, 0.25, 0.5, 0.5, 0.25, 0.25]);
    expectVector(mixMatrix(0.5, [1, 3, 1, 1], 2), [0.625, 0.375, 0.25, 0.75]);
  });
});

test('luma weights add up to 1', () => {
  for (const channels of [1, 2, 3, 5]) {
    expect(lumaWeights(channels).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
  }
});
