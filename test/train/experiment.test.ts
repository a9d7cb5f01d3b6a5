import { expect, test } from 'vitest';
import type { DatasetInfo } from '../../src/data/dataset.js';
import { frameShape } from '../../src/train/experiment.js';

const of = (frame: readonly number[], kind: DatasetInfo['kind'] = 'video'): DatasetInfo => ({
  name: 'mine',
  kind,
  frames: 8,
  frame,
  dtype: 'uint8',
  divisor: 255,
  range: [0, 1],
  factors: [],
});

test('frames that a model takes', () => {
  expect(frameShape(of([64, 64, 3]))).toEqual({ kind: 'video', size: 64, channels: 3 });
  expect(frameShape(of([40], 'audio'))).toEqual({ kind: 'features', features: 40 });
});

test.each([
  [[28, 28, 1], '"mine" has frames of 28×28 pixels; sides of 8, 16, 32, 64, 128, 256 are expected'],
  [[512, 512, 3], '"mine" has frames of 512×512 pixels; sides of 8, 16, 32, 64, 128, 256 are expected'],
  [[32, 64, 3], '"mine" has frames of 32×64 pixels; square ones are expected'],
])('frames of %j are refused by the name of their data', (frame, message) => {
  expect(() => frameShape(of(frame))).toThrow(expect.objectContaining({ code: 'input', message }));
});
