import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fitClip, readClip } from '../../../src/data/clips/read.js';
import { isAnimation, openClip } from '../../../src/data/clips/readers.js';
import { CdsvaeError } from '../../../src/errors.js';
import { encodeNpy } from '../../../src/formats/npy.js';
import { animated, colourOf, FIXTURES, flatFrames, writeStills } from './media.js';

let root = '';
const at = (name: string) => join(root, name);
const T = 12;
const [H, W] = [20, 30];
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'cdsvae-clips-'));
  const frames = flatFrames(T, H, W);
  writeFileSync(at('flat.gif'), await animated('gif', frames, T, H, W));
  writeFileSync(at('flat.webp'), await animated('webp', frames, T, H, W));
  await writeStills(at('stills'), frames, T, H, W);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function failure(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(CdsvaeError);
  if (!(error instanceof CdsvaeError)) return '';
  expect(error.code).toBe('input');
  return error.message;
}

/** A frame of an animated PNG, one row of RGBA pixels; `dispose` and `blend` as its fcTL has them. */
interface Part {
  readonly width: number;
  readonly x: number;
  readonly pixels: readonly number[];
  readonly dispose: number;
  readonly blend: number;
}

/** An animated PNG, byte by byte after its specification; the first part is the whole picture. `before` is text that comes before all else. */
function apng(width: number, height: number, parts: readonly Part[], before: Uint8Array = Buffer.alloc(0)): Buffer {
  const numbers = (...values: number[]) => {
    const bytes = Buffer.alloc(4 * values.length);
    values.forEach((v, i) => {
      bytes.writeUInt32BE(v, 4 * i);
    });
    return bytes;
  };
  const chunk = (type: string, ...data: Uint8Array[]) => {
    const body = Buffer.concat([Buffer.from(type), ...data]);
    return Buffer.concat([numbers(body.length - 4), body, numbers(crc32(body))]);
  };
  let sequence = 0;
  const frames = parts.flatMap(({ width: w, x, pixels, dispose, blend }, i) => {
    const control = [numbers(sequence++, w, 1, x, 0), Buffer.of(0, 1, 0, 10, dispose, blend)];
    const data = deflateSync(Buffer.of(0, ...pixels));
    const drawn = i === 0 ? chunk('IDAT', data) : chunk('fdAT', numbers(sequence++), data);
    return [chunk('fcTL', ...control), drawn];
  });
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', numbers(width, height), Buffer.of(8, 6, 0, 0, 0)),
    ...(before.length > 0 ? [chunk('tEXt', before)] : []),
    chunk('acTL', numbers(parts.length, 0)),
    ...frames,
    chunk('IEND'),
  ]);
}

describe('pictures', () => {
  it.each(['flat.gif', 'flat.webp', 'stills'])('%s: every frame, in order, to the bit', async (name) => {
    const clip = await readClip(at(name));
    expect(clip.shape).toEqual([T, H, W, 3]);
    expect(Buffer.from(clip.data.buffer).equals(Buffer.from(flatFrames(T, H, W)))).toBe(true);
    if (name !== 'stills') expect(clip.fps).toBe(20);
  });

  it.each(['flat.gif', 'flat.webp', 'stills'])('%s: evenly fewer frames of another size', async (name) => {
    const clip = await readClip(at(name), { frames: 4, frame: [8, 8, 3] });
    expect(clip.shape).toEqual([4, 8, 8, 3]);
    const expected = [0, 4, 7, 11].flatMap((t) => Array.from({ length: 64 }, () => colourOf(t)).flat());
    // Pictures with transparency lose one level of 255 on the way.
    expect(clip.data.every((v, i) => Math.abs(v - expected[i]!) <= 1)).toBe(true);
  });

  it('pictures are of one or three channels, and have a size', async () => {
    for (const frame of [
      [8, 8, 4],
      [8, 8, 2],
      [0, 8, 3],
      [8, 8.5, 3],
    ] as const) {
      await expect(readClip(at('flat.gif'), { frame })).rejects.toMatchObject({ code: 'usage' });
      await expect(fitClip(await readClip(at('flat.gif')), 4, frame)).rejects.toMatchObject({ code: 'usage' });
    }
  });

  it('animated PNG: parts are laid over what was there, or in its place, and taken away again as they say', async () => {
    const RED = [255, 0, 0, 255];
    const png = apng(2, 1, [
      { width: 2, x: 0, pixels: [...RED, ...RED], dispose: 0, blend: 0 },
      // Half blue over red, then back to what was before it.
      { width: 1, x: 1, pixels: [0, 0, 255, 128], dispose: 2, blend: 1 },
      // Green in the place of red, then nothing there.
      { width: 1, x: 0, pixels: [0, 255, 0, 255], dispose: 1, blend: 0 },
      // Nothing over red.
      { width: 1, x: 1, pixels: [0, 0, 0, 0], dispose: 0, blend: 1 },
    ]);
    writeFileSync(at('parts.png'), png);
    const { shape, data } = await readClip(at('parts.png'));
    expect(shape).toEqual([4, 1, 2, 3]);
    const expected = [
      [255, 0, 0, 255, 0, 0],
      [255, 0, 0, 127, 0, 128],
      [0, 255, 0, 255, 0, 0],
      [0, 0, 0, 255, 0, 0],
    ].flat();
    expect(Math.max(...expected.map((v, i) => Math.abs(v - data[i]!)))).toBeLessThanOrEqual(1);
  });

  it('animated PNG: is known for one, whatever is told before it', async () => {
    const part = { width: 1, x: 0, pixels: [255, 0, 0, 255], dispose: 0, blend: 0 };
    for (const before of ['', 'IDAT'.repeat(3000)]) {
      writeFileSync(at('animated.png'), apng(1, 1, [part, part], Buffer.from(before)));
      expect(await isAnimation(at('animated.png'))).toBe(true);
    }
    // A still picture that tells of animations: without the chunk of that name, of 20 bytes, from 4 before its name on.
    const bytes = apng(1, 1, [part], Buffer.from('acTL'));
    const chunk = bytes.lastIndexOf('acTL') - 4;
    writeFileSync(at('still.png'), Buffer.concat([bytes.subarray(0, chunk), bytes.subarray(chunk + 20)]));
    expect(await isAnimation(at('still.png'))).toBe(false);
  });

  it('of a camera held upright are as they are seen', async () => {
    // Stored lying: a red row above blue ones, which stands at the right when turned by a quarter clockwise.
    const stored = Uint8Array.from({ length: 20 * 30 * 3 }, (_, k) => 255 * +(k % 3 === (k < 10 * 30 * 3 ? 0 : 2)));
    mkdirSync(at('upright'));
    for (const name of ['a.jpg', 'b.jpg']) {
      const picture = sharp(stored, { raw: { width: 30, height: 20, channels: 3 } });
      writeFileSync(
        join(at('upright'), name),
        await picture.withMetadata({ orientation: 6 }).jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).toBuffer(),
      );
    }
    const { shape, data } = await readClip(at('upright'));
    expect(shape).toEqual([2, 30, 20, 3]);
    const [left, right] = [data.subarray(0, 3), data.subarray(19 * 3, 20 * 3)];
    expect([left[2]! > 200, left[0]! < 50]).toEqual([true, true]);
    expect([right[0]! > 200, right[2]! < 50]).toEqual([true, true]);
  });

  it('are cut around the centre, with the aspect kept', async () => {
    // Left to right: 10 columns black, 20 white, 10 black; a square of the height covers the white alone.
    const picture = Uint8Array.from({ length: 20 * 40 }, (_, i) => (i % 40 >= 10 && i % 40 < 30 ? 255 : 0));
    mkdirSync(at('wide'));
    for (const name of ['a.png', 'b.png']) {
      const png = sharp(picture, { raw: { width: 40, height: 20, channels: 1 } })
        .toColourspace('b-w')
        .png();
      writeFileSync(join(at('wide'), name), await png.toBuffer());
    }
    const clip = await readClip(at('wide'), { frame: [20, 20, 1] });
    expect(clip.data.every((v) => v === 255)).toBe(true);
    expect((await readClip(at('wide'))).shape).toEqual([2, 20, 40, 1]);
  });

  it('become grey by the luma of BT.601', async () => {
    const clip = await readClip(at('stills'), { frame: [H, W, 1] });
    const luma = ([r, g, b]: readonly number[]) => Math.round(0.299 * r! + 0.587 * g! + 0.114 * b!);
    for (let t = 0; t < T; t++) expect(clip.data[t * H * W]).toBe(luma(colourOf(t)));
  });

  it('animated PNG: frames laid over one another as FFmpeg lays them, to the bit', async () => {
    const clip = await readClip(join(FIXTURES, 'moving.png'));
    expect(clip.shape).toEqual([6, 16, 24, 3]);
    expect(clip.fps).toBeCloseTo(5);
    expect(Buffer.from(clip.data.buffer).equals(readFileSync(join(FIXTURES, 'moving.rgb')))).toBe(true);
  });
});

describe('arrays', () => {
  const values = Float32Array.from({ length: 2 * 3 * 4 }, (_, i) => i);

  it.each([
    ['[T, F]', values, [6, 4], 1, 6, [4]],
    ['[N, T, F]', values, [2, 3, 4], 2, 3, [4]],
    ['[T]', values, [24], 1, 24, [1]],
    ['float64 [T, F]', Float64Array.from(values), [6, 4], 1, 6, [4]],
    ['uint8 [T, H, W]', Uint8Array.from(values), [2, 3, 4], 1, 2, [3, 4, 1]],
    ['uint8 [N, T, H, W]', Uint8Array.from(values), [2, 3, 2, 2], 2, 3, [2, 2, 1]],
    ['uint8 [T, H, W, C]', Uint8Array.from(values), [2, 2, 2, 3], 1, 2, [2, 2, 3]],
    ['uint8 [N, T, H, W, C]', Uint8Array.from(values), [2, 1, 2, 2, 3], 2, 1, [2, 2, 3]],
  ] as const)('%s', async (_, data, shape, sequences, frames, frame) => {
    writeFileSync(at('a.npy'), encodeNpy(data, shape));
    const source = await openClip(at('a.npy'));
    expect([source.sequences, source.frames, source.frame]).toEqual([sequences, frames, frame]);
    source.close();
    const clip = await readClip(at('a.npy'), { sequence: sequences - 1 });
    expect(Array.from(clip.data)).toEqual(Array.from(values).slice(-clip.data.length));
  });

  it('floating-point pictures from 0 to 1 become bytes', async () => {
    writeFileSync(at('f.npy'), encodeNpy(Float32Array.of(0, 0.5, 1, 0.25), [1, 2, 2, 1]));
    expect(Array.from((await readClip(at('f.npy'))).data)).toEqual([0, 128, 255, 64]);
    writeFileSync(at('f.npy'), encodeNpy(Float32Array.of(0, 0.5, 1.5, 0.25), [1, 2, 2, 1]));
    expect(await failure(readClip(at('f.npy')))).toMatch(/f\.npy: 1\.5 found in frame 0; .*from 0 to 1 expected/);
  });

  it('names NaN by its place', async () => {
    writeFileSync(at('n.npy'), encodeNpy(Float32Array.of(0, 1, 2, Number.NaN), [2, 1, 2]));
    expect(await failure(readClip(at('n.npy'), { sequence: 1 }))).toMatch(/NaN found in frame 0 of sequence 1/);
  });
});

describe('tables', () => {
  it.each([
    ['names, time left out', 'time,a,b\n0,1,2\n1,3,4\n', [1, 2, 3, 4], [2, 2]],
    ['no names', '1,2\n3,4\n', [1, 2, 3, 4], [2, 2]],
    [
      'semicolons, quotes, byte order mark, Windows lines',
      '\ufeff"a";"b"\r\n"1.5";2\r\n3;4e1\r\n',
      [1.5, 2, 3, 40],
      [2, 2],
    ],
    ['columns numbered, as pandas does', '0,1,2\n5,6,7\n8,9,10\n', [5, 6, 7, 8, 9, 10], [2, 3]],
    ['columns and rows numbered, as pandas does', ',0,1\n0,5,6\n1,8,9\n', [5, 6, 8, 9], [2, 2]],
    ['a single column, and rows numbered', ',0\n0,5\n1,8\n', [5, 8], [2, 1]],
    ['columns and rows numbered, with tabs', '\t0\t1\n0\t5\t6\n1\t8\t9\n', [5, 6, 8, 9], [2, 2]],
    ['no names: 0, 1, as of a sine and a cosine', '0,1\n0.8,0.5\n', [0, 1, Math.fround(0.8), 0.5], [2, 2]],
    ['no names: 0, 1, 3', '0,1,3\n5,6,7\n', [0, 1, 3, 5, 6, 7], [2, 3]],
    ['no names: a single column from 0', '0\n1\n', [0, 1], [2, 1]],
    ['tabs and dates', 'day\tv\n2020-01-01\t1\n2020-01-02\t2\n', [1, 2], [2, 1]],
  ])('%s', async (_, text, data, shape) => {
    writeFileSync(at('t.csv'), text);
    const clip = await readClip(at('t.csv'));
    expect([Array.from(clip.data), clip.shape]).toEqual([data, shape]);
  });

  it('say what was made of numbered columns', async () => {
    const notes = async (text: string) => {
      writeFileSync(at('t.csv'), text);
      return (await openClip(at('t.csv'))).note;
    };
    const names = 'first row 0, 1, … taken for names of columns';
    expect(await notes('0,1,2\n5,6,7\n8,9,10\n')).toBe(names);
    expect(await notes(',0,1\n0,5,6\n1,8,9\n')).toBe(`${names}; left out column ""`);
    expect(await notes('0,1\n5,6\n')).toBe('first row 0, 1 taken for values, not names of columns');
    expect(await notes('a,b\n0,1\n')).toBeUndefined();
  });

  it.each([
    ['a hole under a number', '0,1,2\n1,2,3\n3,,4\n', /"" found in row 2, column 1; a finite number expected/],
    ['a hole', 'a,b\n1,2\n3,\n', /"" found in row 2, b; a finite number expected/],
    ['a word', 'a,b\n1,2\n3,x\n', /"x" found in row 2, b/],
    ['too large for float32', 'a\n1e300\n', /"1e300" found/],
    ['rows of different lengths', 'a,b\n1,2\n3\n', /not a table/],
    ['an open quote', 'a,b\n"1,2\n', /not a table/],
    ['only names', 'a,b\n', /no rows/],
    ['nothing', '', /empty file/],
  ])('refuse %s', async (_, text, pattern) => {
    writeFileSync(at('t.csv'), text);
    expect(await failure(readClip(at('t.csv')))).toMatch(pattern);
  });
});

describe('bad input', () => {
  it.each(['flat.gif', 'flat.webp'])('%s cut short anywhere is named, never half read', async (name) => {
    const bytes = readFileSync(at(name));
    const cut = at(`cut-${name}`);
    for (let i = 1; i < 20; i++) {
      writeFileSync(cut, bytes.subarray(0, Math.floor((bytes.length * i) / 20)));
      expect(await failure(readClip(cut))).toContain(cut);
    }
  });

  it('an animated PNG cut short, bent or lying is refused', async () => {
    const bytes = readFileSync(join(FIXTURES, 'moving.png'));
    const bad = at('bad.png');
    writeFileSync(bad, bytes.subarray(0, bytes.length / 2));
    expect(await failure(readClip(bad))).toMatch(/cut short/);
    const bent = Buffer.from(bytes);
    bent[100] = bent[100]! ^ 1;
    writeFileSync(bad, bent);
    expect(await failure(readClip(bad))).toMatch(/checksum/);
  });

  it('pictures of different sizes in one folder are refused by name', async () => {
    await writeStills(at('mixed'), flatFrames(2, 4, 4), 2, 4, 4);
    writeFileSync(join(at('mixed'), '3.png'), readFileSync(join(at('stills'), '1.png')));
    expect(await failure(readClip(at('mixed')))).toMatch(/mixed.3\.png: 30×20 pixels found, 4×4 expected/);
  });

  it('what is no clip is named', async () => {
    writeFileSync(at('note.txt'), 'hello');
    expect(await failure(readClip(at('note.txt')))).toMatch(/note\.txt: not a kind of file that holds a clip/);
    expect(await failure(readClip(at('missing.gif')))).toMatch(/not found/);
    writeFileSync(at('empty.gif'), '');
    expect(await failure(readClip(at('empty.gif')))).toMatch(/empty file/);
    mkdirSync(at('nothing'));
    expect(await failure(readClip(at('nothing')))).toMatch(/no pictures/);
    symlinkSync(at('loop.gif'), at('loop.gif'));
    expect(await failure(readClip(at('loop.gif')))).toMatch(/loop\.gif/);
    writeFileSync(at('words.gif'), 'this is no picture at all');
    expect(await failure(readClip(at('words.gif')))).toMatch(/words\.gif: not a picture/);
  });

  it('too few frames, another kind', async () => {
    expect(await failure(readClip(at('flat.gif'), { frames: 13 }))).toMatch(/12 frames found, at least 13 expected/);
    const clip = await readClip(at('flat.gif'));
    expect(await failure(fitClip(clip, 4, [5], 'mine'))).toMatch(/mine: pictures .* found, features \[5\] expected/);
  });
});

it('fitting a clip is reading it fitted', async () => {
  const whole = await readClip(at('stills'));
  const fitted = await fitClip(whole, 5, [10, 10, 1]);
  const direct = await readClip(at('stills'), { frames: 5, frame: [10, 10, 1] });
  expect(fitted).toEqual(direct);
});
