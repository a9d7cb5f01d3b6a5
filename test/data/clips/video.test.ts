import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClipSource } from '../../../src/data/clips/clip.js';
import type { VideoDecoder } from '../../../src/data/clips/video-decoder.js';
import { ROOT, requireDist } from '../../cli/dist.js';
import { FIXTURES } from './media.js';

// Compiled: one of the decoders is a program of this package.
requireDist();
const load = (name: string) => import(pathToFileURL(join(ROOT, 'dist', 'data', 'clips', name)).href);
const { openVideo }: { openVideo(path: string, decoder?: VideoDecoder): Promise<ClipSource> } = await load('video.js');
const { NATIVE, WASM, videoDecoder } = await load('video-decoder.js');

let root = '';
const at = (name: string) => join(root, name);
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'cdsvae-video-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Frames of a video in a row. */
async function frames(source: ClipSource, wanted: number[], fit?: Parameters<ClipSource['stream']>[2]) {
  const all: Uint8Array[] = [];
  for await (const frame of source.stream(0, wanted, fit)) all.push(frame as Uint8Array);
  return Buffer.concat(all);
}

const truth = readFileSync(join(FIXTURES, 'moving.rgb'));

/** BT.601 */
function grey(rgb: Uint8Array): number[] {
  return Array.from(
    { length: rgb.length / 3 },
    (_, i) => 0.299 * rgb[3 * i]! + 0.587 * rgb[3 * i + 1]! + 0.114 * rgb[3 * i + 2]!,
  );
}

/** Starting them takes a second each, and more on a machine that is busy. */
const SLOW = { timeout: 600_000 };
const native = spawnSync('ffprobe', ['-version']).status === 0;

describe.each([
  ['@ffmpeg/core', WASM, true],
  ['ffmpeg of the system (skipped where there is none)', NATIVE, native],
] as const)('%s', (_, decoder, there) => {
  const test = it.skipIf(!there);

  test.each(['moving.mp4', 'moving.webm'])('%s: near to what was encoded', SLOW, async (name) => {
    const source = await openVideo(join(FIXTURES, name), decoder);
    expect(source).toMatchObject({ kind: 'video', sequences: 1, frames: 6, frame: [16, 24, 3], fps: 5 });
    const found = await frames(source, [0, 1, 2, 3, 4, 5]);
    expect(found.length).toBe(truth.length);
    // In grey: this VP9 has a quarter of the colours.
    const error = grey(truth).reduce((sum, v, i) => sum + Math.abs(v - grey(found)[i]!), 0) / (truth.length / 3);
    expect(error).toBeLessThan(name.endsWith('webm') ? 6 : 3);
  });

  test('frames that are asked for, brought to a size', SLOW, async () => {
    const source = await openVideo(join(FIXTURES, 'moving.mp4'), decoder);
    const fit = { height: 16, width: 16, channels: 1 };
    const found = await frames(source, [1, 5], fit);
    const middle = [1, 5].flatMap((t) =>
      Array.from({ length: 16 * 16 }, (_, i) => grey(truth)[(t * 16 + Math.floor(i / 16)) * 24 + 4 + (i % 16)]!),
    );
    expect(middle.reduce((sum, v, i) => sum + Math.abs(v - found[i]!), 0) / found.length).toBeLessThan(3);
  });

  test('trimmed without being encoded again: what was cut off is not there', SLOW, async () => {
    const source = await openVideo(join(FIXTURES, 'trimmed.mp4'), decoder);
    expect(source.frames).toBe(4);
    const whole = await openVideo(join(FIXTURES, 'moving.mp4'), decoder);
    expect(await frames(source, [0, 1, 2, 3])).toEqual(await frames(whole, [2, 3, 4, 5]));
  });

  test('of a telephone held upright: as it is seen, whole', SLOW, async () => {
    const source = await openVideo(join(FIXTURES, 'turned.mp4'), decoder);
    expect(source.frame).toEqual([24, 16, 3]);
    const lying = await frames(await openVideo(join(FIXTURES, 'moving.mp4'), decoder), [0]);
    const standing = await frames(source, [0]);
    const seen = Array.from({ length: 24 * 16 }, (_, i) => {
      const [row, column] = [Math.floor(i / 16), i % 16];
      // Turned by a quarter, against the clock.
      const at = 3 * (column * 24 + (23 - row));
      return lying.subarray(at, at + 3);
    });
    expect(standing).toEqual(Buffer.concat(seen));
  });

  test('what is damaged, cut short or no video is refused by name', SLOW, async () => {
    const whole = readFileSync(join(FIXTURES, 'moving.mp4'));
    const bent = Buffer.from(whole);
    bent.fill(0x55, whole.indexOf('mdat') + 900, whole.indexOf('mdat') + 1300);
    writeFileSync(at('bent.mp4'), bent);
    writeFileSync(at('cut.webm'), readFileSync(join(FIXTURES, 'moving.webm')).subarray(0, 60));
    writeFileSync(at('words.mp4'), 'no video at all');
    writeFileSync(at('empty.mp4'), '');
    for (const [name, reason] of [
      ['bent.mp4', /^damaged, or no video \(.*(corrupt|[Ii]nvalid|[Ee]rror)/],
      ['cut.webm', /^damaged, or no video|^damaged: no frames/],
      ['words.mp4', /^damaged, or no video \(.*Invalid data found/],
      ['empty.mp4', /^an empty file found/],
    ] as const) {
      const read = openVideo(at(name), decoder).then((source) => frames(source, [0, 1, 2, 3, 4, 5]));
      const error: unknown = await read.then(
        () => undefined,
        (cause) => cause,
      );
      expect(error, name).toMatchObject({ code: 'input', message: expect.stringMatching(`^${at(name)}: `) });
      expect((error as Error).message.slice(at(name).length + 2)).toMatch(reason);
    }
  });
});

it('the package is taken where it is installed', async () => {
  expect(await videoDecoder()).toBe(WASM);
});
