import { expect, test } from 'vitest';
import { stepFlops } from '../../src/bench/flops.js';
import { prepareStep, stepCase } from '../../src/bench/step-case.js';

test('a convolution of the plain definition, counted by hand', () => {
  const { setup } = prepareStep(stepCase({ width: 1, batch: 2, frames: 1, size: 8, channels: 1, hidden: 1 }));
  const model = { ...setup.model, features: 1, static: 1, dynamic: 1 };
  // One stage of 4×4 outputs, 16 taps, 1 channel: 256; the map to a vector 16; the decoder 2·16 and 256.
  const coder = 2 * (256 + 16) + 32 + 256;
  // LSTMs 4·h·(inputs + h): both directions for x and x^c 2·2·8, of z for x and x^m 2·12, prior 8 + 8.
  // Heads 2·dims·units: s 2·4, z 2·2, prior 2.
  const rest = 32 + 24 + 16 + 8 + 4 + 2;
  expect(stepFlops(model, 2)).toBe(2 * 2 * (3 * (coder + rest) - 2 * 256));
});

test('a modulated decoder: hidden layers and map from z, and a scale and a shift of each channel from s', () => {
  const { setup } = prepareStep(stepCase({ width: 1, batch: 2, frames: 1, size: 8, channels: 1, hidden: 1 }));
  const model = { ...setup.model, features: 1, static: 3, dynamic: 5, mlp: 7 };
  const first = 7 * 5 + 7 * 7 + 16 * 7;
  const more = 3 * 2 + first - 16 * (3 + 5);
  expect(stepFlops({ ...model, decoder: 'modulated' }, 2) - stepFlops(model, 2)).toBe(2 * 2 * 3 * more);
});

test('a pooled encoder: a 3×3 convolution and a map of what it found, for half of the map of the whole', () => {
  const { setup } = prepareStep(stepCase({ width: 1, batch: 2, frames: 1, size: 8, channels: 1, hidden: 1 }));
  const model = { ...setup.model, features: 2 };
  const more = 9 * 4 ** 2 + 1 - 16;
  expect(stepFlops({ ...model, encoder: 'pooled' }, 2) - stepFlops(model, 2)).toBe(2 * 2 * 3 * 2 * more);
});

test('grows by the square of the width and in proportion to the batch', () => {
  const { setup } = prepareStep(stepCase({ width: 1, batch: 2, hidden: 1 }));
  const flops = (width: number, batch: number) => stepFlops({ ...setup.model, width }, batch);
  expect(flops(64, 32)).toBe(2 * flops(64, 16));
  expect(flops(128, 16) / flops(64, 16)).toBeGreaterThan(3.7);
  expect(flops(128, 16) / flops(64, 16)).toBeLessThan(4);
});
