import { expect, test } from 'vitest';
import { matmul, matrixTranspose } from '../../src/graph/index.js';
import { positions } from '../../src/model/objects/positions.js';
import { arrayOf, at, checkGradient, evaluate, numbers } from '../graph/check.js';
import { littleModel } from './little-model.js';

const SIZE = 64;
const SIGMA = 0.7;
/** The least number that a float32 holds in full. */
const LEAST_NORMAL = 2 ** -126;
const config = littleModel({
  frame: { kind: 'video', size: SIZE, channels: 1 },
  frames: 1,
  static: 6,
  dynamic: 4,
  objects: 2,
});

test('rows of a patch lie in those of the frame by normal densities, and leave no numbers that are slow to multiply', async () => {
  const z = numbers([8, 4], 5);
  const [rows, drawn] = await evaluate(
    (of) => {
      const { rows, columns } = positions(config, of);
      return [rows, matmul(rows, matrixTranspose(columns))];
    },
    [z],
    'float32',
  );
  const density = arrayOf(rows!.shape, (n, k, _, i, j) => {
    // Two objects begin at the left and at the right, at the same height.
    const y = (at(z, [n, 2 * k]) * SIZE) / 4;
    const distance = i - (SIZE - 1) / 2 - (j - (SIZE / 2 - 1) / 2) - y;
    return Math.exp(-(distance ** 2) / (2 * SIGMA ** 2)) / (SIGMA * Math.sqrt(2 * Math.PI));
  });
  for (const [i, expected] of Array.from(density.data).entries()) {
    expect(Math.abs(rows!.data[i]! - expected)).toBeLessThan(1e-6);
    // Far from the middle there is nothing at all.
    if (expected < 1e-14) expect(rows!.data[i]).toBe(0);
  }
  for (const { data } of [rows!, drawn!]) {
    const slow = Array.from(data).filter((v) => v !== 0 && Math.abs(v) < LEAST_NORMAL);
    expect(slow).toEqual([]);
  }
});

test('positions have the gradient of what they are', async () => {
  const small = littleModel({ ...config, frame: { kind: 'video', size: 8, channels: 1 } });
  await checkGradient((z) => Object.values(positions(small, z)), [numbers([2, 4], 7)]);
});
