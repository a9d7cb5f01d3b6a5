import { expect, test } from 'vitest';
import { cut } from '../../src/data/clips/cut.js';
import { chosenFrames } from '../../src/studio/page/play/chosen-frames.js';

test('frames of a file dropped on the page are those that the commands sample', () => {
  for (const found of [8, 9, 15, 20, 101]) {
    expect(chosenFrames(found, 8)).toEqual(cut(found, { frames: 8, mode: 'sample' })[0]);
  }
  expect(chosenFrames(20, 15).at(-1)).toBe(19);
});

test('a file shorter than a clip starts again', () => {
  expect(chosenFrames(3, 8)).toEqual([0, 1, 2, 0, 1, 2, 0, 1]);
});
