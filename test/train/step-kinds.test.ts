import { expect, test } from 'vitest';
import { openDataset } from '../../src/data/open.js';
import { defaultSettings } from '../../src/train/presets.js';
import { kindOf, stepKinds, validationBatch } from '../../src/train/step-kinds.js';

const { info } = openDataset('sm-mnist');
const settingsOf = (train: object) => {
  const settings = defaultSettings({
    data: 'sm-mnist',
    corpus: info.corpus,
    kind: info.kind,
    preset: 'compact',
    objective: 'cdsvae',
    threads: 1,
  });
  return { ...settings, train: { ...settings.train, ...train } };
};
const kindsOf = (train: object) => stepKinds(settingsOf(train), info, Number.POSITIVE_INFINITY);

test('a step of whole sequences has fewer of them, and a frame weighs as much as in the others', () => {
  const [usual, whole] = kindsOf({ frames: 3, batch: 20, wholeEvery: 2 });
  expect([usual!.config.batch, usual!.model.frames, usual!.config.lossWeight]).toEqual([20, 3, undefined]);
  expect([whole!.config.batch, whole!.model.frames, whole!.config.lossWeight]).toEqual([4, 15, 0.2]);
  // Sequences of one step are not those of another, whichever kind it is.
  expect(whole!.plan.turn).toBe(20);
});

test('there is one kind where no step, or every step, sees whole sequences', () => {
  expect(kindsOf({ frames: 3, wholeEvery: 0 })).toHaveLength(1);
  expect(kindsOf({ frames: 0, wholeEvery: 2 })).toHaveLength(1);
  expect(kindsOf({ frames: 15, wholeEvery: 2 })).toHaveLength(1);
});

test('whole sequences are validated on as many at a time as a step has, but for very long ones', () => {
  const batchOf = (frames: number, T: number) =>
    validationBatch(settingsOf({ frames, batch: 20 }), { ...info, frames: T });
  expect([batchOf(0, 600), batchOf(3, 15), batchOf(3, 30), batchOf(4, 600)]).toEqual([20, 20, 10, 2]);
});

test('which kind a step is of follows from its number alone', () => {
  const kinds = [0, 1];
  const of = (whole: { wholeEvery: number; wholeFrom: number }) =>
    Array.from({ length: 9 }, (_, step) => kindOf(step, whole, kinds));
  expect(of({ wholeEvery: 3, wholeFrom: 0 })).toEqual([0, 0, 1, 0, 0, 1, 0, 0, 1]);
  expect(of({ wholeEvery: 2, wholeFrom: 4 })).toEqual([0, 0, 0, 0, 0, 1, 0, 1, 0]);
  expect(kindOf(5, { wholeEvery: 2, wholeFrom: 0 }, [0])).toBe(0);
});
