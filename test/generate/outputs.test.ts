import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import type { Generated } from '../../src/generate/compose.js';
import { checkOutput, writeGenerated } from '../../src/generate/outputs.js';
import { encodeAnimation } from '../../src/picture/animate.js';
import { heatMapTable } from '../../src/picture/animation.js';
import { colormap } from '../../src/picture/colormap.js';
import { parseNpy } from '../formats/parse-npy.js';
import { inFolder } from '../trained/exported.js';
import { clip, features } from './samples.js';

const empty = { shape: [1, 1], data: new Float32Array(1) };
const x = { shape: [1, 3, 16, 16, 1], data: Float32Array.from({ length: 768 }, (_, i) => i / 768) };
const made: Generated = {
  x,
  s: empty,
  z: empty,
  groups: [{ heading: 'a', rows: [{ label: 'a', s: 'A', z: 'A', made: true, frames: clip(3, 16, 16, 1) }] }],
};
const withFrames = (frames: Generated['groups'][0]['rows'][0]['frames'], rows: number): Generated => ({
  ...made,
  groups: [{ heading: 'a', rows: Array.from({ length: rows }, () => ({ label: 'a', made: true, frames })) }],
});

test('each ending is a kind of file, in folders made as needed', async () => {
  await inFolder(async (folder) => {
    const at = (name: string) => join(folder, 'new', 'folder', name);
    await writeGenerated(['a.png', 'a.GIF', 'a.webp', 'a.npy'].map(at), made, { framesPerSecond: 10, pause: 0 });
    const { header, data } = parseNpy(readFileSync(at('a.npy')), 'a.npy');
    expect([header.dtype, header.shape]).toEqual(['float32', x.shape]);
    expect(data).toEqual(x.data);
    expect((await sharp(at('a.png')).metadata()).format).toBe('png');
    for (const [name, format] of [
      ['a.GIF', 'gif'],
      ['a.webp', 'webp'],
    ]) {
      const meta = await sharp(at(name!), { animated: true }).metadata();
      expect([meta.format, meta.pages, meta.delay]).toEqual([format, 3, [100, 100, 100]]);
    }
    expect(readdirSync(join(folder, 'new', 'folder')).sort()).toEqual(['a.GIF', 'a.npy', 'a.png', 'a.webp']);
  });
});

test('nothing is written where one of them cannot be made', async () => {
  await inFolder(async (folder) => {
    const [png, gif] = [join(folder, 'a.png'), join(folder, 'a.gif')];
    await expect(writeGenerated([png, gif], withFrames(features(3, 4), 1))).rejects.toThrow(
      'only video can be animated',
    );
    await expect(writeGenerated([png, join(folder, 'a.mp4')], made)).rejects.toThrow('ending ".mp4" found; .png');
    await expect(writeGenerated([png], withFrames(clip(1, 8, 8, 1), 513))).rejects.toThrow('513 rows; at most 512');
    expect(readdirSync(folder)).toEqual([]);
    expect(() => checkOutput('picture')).toThrow('ending "" found');
  });
});

test('a picture larger than its format takes is refused before it is made', async () => {
  const frames = [new Uint8Array(0)];
  await expect(encodeAnimation({ width: 16_384, height: 1, frames }, 'webp')).rejects.toThrow('at most 16383 a side');
  for (const wrong of [{ framesPerSecond: 0.01 }, { framesPerSecond: 1001 }, { pause: -1 }, { pause: 100 }]) {
    await expect(encodeAnimation({ width: 1, height: 1, frames }, 'gif', wrong)).rejects.toMatchObject({
      code: 'usage',
    });
  }
  await expect(encodeAnimation({ width: 1, height: 65_536, frames }, 'gif')).rejects.toThrow('at most 65535 a side');
});

test('a table of heat maps has one colour scale for all', () => {
  const row = (value: number) => ({ label: 'a', frames: features(2, 2, value) });
  const groups = [{ rows: [row(0), row(1)] }, { rows: [row(0.5), row(1)] }];
  const { width, height, data } = heatMapTable({ groups, frameSize: 16 });
  const count = (level: number) => {
    const [r, g, b] = colormap('magma')[level]!;
    let n = 0;
    for (let i = 0; i < width * height * 3; i += 3) if (data[i] === r && data[i + 1] === g && data[i + 2] === b) n++;
    return n;
  };
  // Four maps of 16 × 16 pixels. The legend's bar has a few of each colour too.
  expect(Math.floor(count(0) / 256)).toBe(1);
  expect(Math.floor(count(128) / 256)).toBe(1);
  expect(Math.floor(count(255) / 256)).toBe(2);
  expect(() => heatMapTable({ groups: [{ rows: [{ label: 'v', frames: clip(1, 8, 8, 1) }] }] })).toThrow(
    'row "v": video',
  );
});
