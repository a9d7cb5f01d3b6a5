import { expect, test } from 'vitest';
import { stepFlops } from '../../src/bench/flops.js';
import { prepareStep, stepCase } from '../../src/bench/step-case.js';

test('a convolution of the plain definition, counted by hand', () => {
  const c = stepCase({ width: 1, batch: 2, frames: 1, size: 8, channels: 1, hidden: 1 });
  const { setup } = prepareStep(c);
  const model = { ...setup.model, features: 1, static: 1, dynamic: 1 };
  // One stage of 4×4 outputs, 16 taps, 1 channel: 256; the map to a vector 16; the decoder 2·16 and 256.
  const coder = 2 * (256 + 16) + 32 + 256;
  // LSTMs 4·h·(inputs + h): both directions for x and x^c 2·2·8, of z for x and x^m 2·12, prior 8 + 8.
  // Heads 2·dims·units: s 2·4, z 2·2, prior 2.
  const rest = 32 + 24 + 16 + 8 + 4 + 2;
  expect(stepFlops(model, c)).toBe(2 * 2 * (3 * (coder + rest) - 2 * 256));
});

test('grows by the square of the width and in proportion to the batch', () => {
  const c = stepCase({ width: 1, batch: 2, hidden: 1 });
  const { setup } = prepareStep(c);
  const flops = (width: number, batch: number) => stepFlops({ ...setup.model, width }, { ...c, batch });
  expect(flops(64, 32)).toBe(2 * flops(64, 16));
  expect(flops(128, 16) / flops(64, 16)).toBeGreaterThan(3.7);
  expect(flops(128, 16) / flops(64, 16)).toBeLessThan(4);
});
