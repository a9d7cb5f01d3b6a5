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

test('things: each looked at and drawn in a patch, once a sequence, and put in its place', () => {
  const { setup } = prepareStep(stepCase({ width: 1, batch: 2, frames: 3, size: 16, channels: 1, hidden: 1 }));
  const model = { ...setup.model, features: 1, static: 2, dynamic: 4 };
  // A patch of 8×8: 256 for its stage of 4×4 outputs, of which the first convolution is all; 16 to or from a vector.
  const look = 256 + 16;
  const moved = 16 * 8 * (16 + 8);
  const whole = 16 * 4 * 16 + 16 * 4 * 2 * 4 + 16 * (2 + 4) * 2;
  // Instead of an LSTM both ways over x and x^c and its heads, two linear maps of each look.
  const [lstm, heads, maps] = [2 * 2 * 8, 2 * 2 * 2 * 2, 2 * 2];
  const more = 3 * (2 * look + 2 * moved + maps - whole - lstm) + 2 * look - heads;
  const less = 3 * 2 * (256 - moved);
  expect(stepFlops({ ...model, things: 2 }, 2) - stepFlops(model, 2)).toBe(2 * 2 * (3 * more - less));
});

test('grows by the square of the width and in proportion to the batch', () => {
  const { setup } = prepareStep(stepCase({ width: 1, batch: 2, hidden: 1 }));
  const flops = (width: number, batch: number) => stepFlops({ ...setup.model, width }, batch);
  expect(flops(64, 32)).toBe(2 * flops(64, 16));
  expect(flops(128, 16) / flops(64, 16)).toBeGreaterThan(3.7);
  expect(flops(128, 16) / flops(64, 16)).toBeLessThan(4);
});
