import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeAnimation, writeAnimation } from '../../src/picture/animate.js';
import { animate } from '../../src/picture/animation.js';
import { contactSheet } from '../../src/picture/contact-sheet.js';
import { encodePng, writePng } from '../../src/picture/png.js';
import { clip, features } from './samples.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cdsvae-pictures-'));
});
afterAll(() => rm(folder, { recursive: true }));

const spec = {
  title: 'Clips',
  groups: [
    {
      heading: 'Pair 1',
      rows: [
        { label: 'source A', s: 'A', z: 'A', frames: clip(5, 16, 16, 3, 1) },
        { label: 'sampled motion, content of A', s: 'A', z: 'prior', frames: clip(3, 16, 16, 1, 2) },
      ],
    },
  ],
};

async function pixels(bytes: Uint8Array, page = 0) {
  const { data, info } = await sharp(bytes, { page }).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { data: new Uint8Array(data), width: info.width, height: info.height, channels: info.channels };
}

describe('PNG', () => {
  test('decodes to the same pixels', async () => {
    const sheet = contactSheet(spec);
    const path = join(folder, 'sheet.png');
    await writePng(path, sheet);
    const back = await pixels(await readFile(path));
    expect([back.width, back.height, back.channels]).toEqual([sheet.width, sheet.height, 3]);
    expect(Buffer.compare(back.data, sheet.data)).toBe(0);
    expect(await readdir(folder)).toEqual(['sheet.png']);
  });

  test('the same sheet is the same bytes', async () => {
    expect(Buffer.compare(await encodePng(contactSheet(spec)), await encodePng(contactSheet(spec)))).toBe(0);
  });

  test('a place that cannot be written is named', async () => {
    const path = join(folder, 'missing', 'sheet.png');
    await expect(writePng(path, contactSheet(spec))).rejects.toMatchObject({
      code: 'io',
      message: expect.stringContaining(path),
    });
  });
});

describe('animation', () => {
  const animation = animate({ ...spec, frameSize: 32 });

  test('has as many frames as the longest clip; the shorter one starts again', () => {
    expect(animation.frames).toHaveLength(5);
    for (const frame of animation.frames) expect(frame.length).toBe(animation.width * animation.height * 3);
    // Frame 3 of the second clip is its frame 0: only the first clip differs between moments 0 and 3.
    const differs = new Set<number>();
    animation.frames[0]!.forEach((v, i) => {
      if (v !== animation.frames[3]![i]) differs.add(Math.floor(i / 3) % animation.width);
    });
    expect(differs.size).toBeGreaterThan(0);
    expect(Math.max(...differs) - Math.min(...differs)).toBeLessThan(32);
  });

  test('WebP keeps every pixel and plays at the asked speed', async () => {
    const path = join(folder, 'clips.webp');
    await writeAnimation(path, animation, { framesPerSecond: 10, pause: 1 });
    const bytes = await readFile(path);
    const { pages, delay, loop } = await sharp(bytes, { animated: true }).metadata();
    expect({ pages, delay, loop }).toEqual({ pages: 5, delay: [100, 100, 100, 100, 1100], loop: 0 });
    for (let t = 0; t < 5; t++) {
      expect(Buffer.compare((await pixels(bytes, t)).data, animation.frames[t]!), `frame ${t}`).toBe(0);
    }
  });

  test('GIF has all frames of the right size', async () => {
    const meta = await sharp(await encodeAnimation(animation, 'gif'), { animated: true }).metadata();
    expect([meta.format, meta.pages, meta.width, meta.pageHeight]).toEqual([
      'gif',
      5,
      animation.width,
      animation.height,
    ]);
  });

  test('refuses features and other endings', async () => {
    expect(() => animate({ groups: [{ rows: [{ label: 'speech', frames: features(4, 4) }] }] })).toThrow(
      'row "speech": only video',
    );
    expect(() => animate({ groups: [] })).toThrow('without rows');
    await expect(writeAnimation(join(folder, 'a.mp4'), animation)).rejects.toMatchObject({ code: 'usage' });
    await expect(encodeAnimation(animation, 'gif', { framesPerSecond: 0 })).rejects.toMatchObject({ code: 'usage' });
  });
});
