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

test('sequences longer or wider than a model’s description may say are refused before they are trained on', () => {
  expect(frameShape(of([65_536], 'array'))).toEqual({ kind: 'features', features: 65_536 });
  expect(() => frameShape(of([65_537], 'array'))).toThrow(
    '"mine" has 65537 features in a frame; at most 65536 are expected',
  );
  expect(() => frameShape({ ...of([64, 64, 3]), frames: 16_385 })).toThrow(
    '"mine" has 16385 frames in a sequence; at most 16384 are expected',
  );
});

test.each([
  [[28, 28, 1], '"mine" has frames of 28×28 pixels; sides of 8, 16, 32, 64, 128, 256 are expected'],
  [[512, 512, 3], '"mine" has frames of 512×512 pixels; sides of 8, 16, 32, 64, 128, 256 are expected'],
  [[32, 64, 3], '"mine" has frames of 32×64 pixels; square ones are expected'],
])('frames of %j are refused by the name of their data', (frame, message) => {
  expect(() => frameShape(of(frame))).toThrow(expect.objectContaining({ code: 'input', message }));
});
