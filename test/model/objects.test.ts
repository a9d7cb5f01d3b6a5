import { describe, expect, test } from 'vitest';
import { checkObjects } from '../../src/model/index.js';
import { littleModel } from './little-model.js';

const config = littleModel({
  frame: { kind: 'video', size: 32, channels: 1 },
  frames: 3,
  static: 6,
  dynamic: 4,
  staticMean: 'standardized',
  objects: 2,
});

describe('objects', () => {
  test('that a model can have are let through', () => {
    expect(() => checkObjects(config)).not.toThrow();
    expect(() => checkObjects({ ...config, objects: 0, static: 7, dynamic: 3, posterior: 'smoothing' })).not.toThrow();
  });

  test.each([
    [
      { frame: { kind: 'features', features: 8 } },
      'model.objects is 2, and the data is no video; use it on video, or model.objects=0',
    ],
    [{ frame: { kind: 'video', size: 8, channels: 1 } }, 'frames have 8 pixels a side; use frames of 16 or more'],
    [{ posterior: 'smoothing' }, 'model.posterior is smoothing; set model.posterior=causal'],
    [{ static: 7 }, 'model.static is 7; set model.static to a multiple of 2'],
    [{ dynamic: 12 }, 'model.dynamic is 12; two numbers say where each is: set model.dynamic=4, or model.objects=0'],
  ] as const)('that it cannot have are refused: %o', (change, message) => {
    expect(() => checkObjects({ ...config, ...change })).toThrow(message);
  });
});
