import { expect, test } from 'vitest';
import { checkRoom, generationMemory } from '../../src/generate/room.js';
import { readFixture } from '../model/fixture.js';

const { model } = readFixture('video-64');
const GIB = 2 ** 30;

test('what would not fit into memory is refused, with what would', () => {
  const size = { sources: 0, made: 2000, frames: 100_000 };
  const refusal = (available: number, of = size) => {
    try {
      checkRoom(model, of, ['x.npy'], undefined, available);
    } catch (error) {
      return (error as Error).message;
    }
    return undefined;
  };
  const said = refusal(16 * GIB)!;
  expect(said).toMatch(
    /^2000 sequences of 100000 frames take about \d+\.\d GiB of memory, and 16\.0 GiB are free; at most /,
  );
  // Each of the two that are named fits, and no more of it.
  const [, count, frames] = /most (\d+) sequences? of 100000 frames, or 2000 sequences of (\d+) frames would fit$/.exec(
    said,
  )!;
  expect(refusal(16 * GIB, { ...size, made: Number(count) })).toBeUndefined();
  expect(refusal(16 * GIB, { ...size, made: Number(count) + 1 })).toBeDefined();
  expect(refusal(16 * GIB, { ...size, frames: Number(frames) })).toBeUndefined();
  expect(refusal(16 * GIB, { ...size, frames: Number(frames) + 1 })).toBeDefined();
  expect(refusal(GIB / 2, { ...size, made: 100_000 })).toMatch(/at most 1 sequence of \d+ frames would fit$/);
  expect(refusal(1e6)).toMatch(/not one frame of them would fit$/);
});

test('files are held too, and pictures by their size', () => {
  const size = { sources: 2, made: 4, frames: 100 };
  const of = (...paths: string[]) => generationMemory(model, size, paths);
  expect(of('a.npy')).toBeGreaterThan(of());
  expect(of('a.npy', 'b.gif')).toBeGreaterThan(of('a.npy'));
  expect(generationMemory(model, size, ['a.png'], 512)).toBeGreaterThan(of('a.png'));
});
