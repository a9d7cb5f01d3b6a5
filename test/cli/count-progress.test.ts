import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { onlyIfLong } from '../../src/cli/terminal/count-progress.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'setInterval', 'clearInterval'] });
});
afterEach(() => {
  vi.useRealTimers();
});

test('work is told of when it is long, and goes on to be while it counts nothing', () => {
  const tell = vi.fn();
  const { onCount, close } = onlyIfLong(tell);
  onCount(1, 9, 'decode');
  vi.advanceTimersByTime(2900);
  onCount(2, 9, 'decode');
  expect(tell).not.toHaveBeenCalled();
  vi.advanceTimersByTime(200);
  onCount(3, 9, 'decode');
  expect(tell.mock.calls).toEqual([
    [2, 9, 'decode'],
    [3, 9, 'decode'],
  ]);
  vi.advanceTimersByTime(2000);
  expect(tell.mock.calls.slice(2)).toEqual([
    [3, 9, 'decode'],
    [3, 9, 'decode'],
  ]);
  close();
  vi.advanceTimersByTime(9000);
  expect(tell).toHaveBeenCalledTimes(4);
});
