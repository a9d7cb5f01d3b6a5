import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { prepareClips } from '../../../src/data/clips/folder.js';
import { SIDES } from '../../../src/data/clips/sides.js';
import { openDataset } from '../../../src/data/open.js';
import { encodeNpy } from '../../../src/formats/npy.js';
import { stages } from '../../../src/model/index.js';
import { animated, colourOf, flatFrames, writeStills } from './media.js';
import { everything, failure, freshFolder, writeGifs } from './own-clips.js';

const at = freshFolder();

describe('a folder of pictures that move', () => {
  it('becomes a dataset: every clip once, labelled by its folder, split by file', async () => {
    await writeGifs(at);
    const report = await prepareClips({ from: at('clips'), out: at('out') });
    expect(report.splits).toEqual({ train: 10, validation: 1, test: 1 });
    expect(report.info).toMatchObject({
      frames: 8,
      frame: [64, 64, 3],
      factors: [{ name: 'folder', classes: ['a', 'b'] }],
    });
    const found = everything(at('out')).map(({ x, labels }) => {
      const colours = Array.from({ length: 8 }, (_, t) => Array.from(x.subarray(t * 64 * 64 * 3, t * 64 * 64 * 3 + 3)));
      const number = Array.from({ length: 12 }, (_, i) => i).find((i) =>
        colours.every((c, t) => c.every((v, k) => Math.abs(v - colourOf(t + i)[k]!) <= 1)),
      );
      return { start: number! % 8, labels };
    });
    const expected = Array.from({ length: 12 }, (_, i) => ({ start: i % 8, labels: [i < 6 ? 0 : 1] }));
    const key = (e: { start: number; labels: number[] }) => `${e.start} ${e.labels}`;
    expect(found.map(key).sort()).toEqual(expected.map(key).sort());
    expect(existsSync(at('.out.partial'))).toBe(false);
  });

  it('of a number that cannot be is refused before anything is made', async () => {
    await writeGifs(at);
    for (const wrong of [
      { frames: 0 },
      { frames: 1.5 },
      { stride: 0 },
      { test: 1 },
      { validation: Number.NaN },
      { seed: -1 },
    ]) {
      const [name] = Object.keys(wrong);
      const error = await failure(prepareClips({ from: at('clips'), out: at('out'), ...wrong }));
      expect(error).toMatchObject({ code: 'usage', message: expect.stringMatching(`^${name} is .* is expected$`) });
    }
    expect(existsSync(at('out'))).toBe(false);
  });

  it('is prepared once, in its cache, and again when a file changes', async () => {
    await writeGifs(at);
    const first = await prepareClips({ from: at('clips') });
    expect(first.folder).toBe(at('clips', '.cdsvae', 'dataset'));
    expect(first.cached).toBe(false);
    expect((await prepareClips({ from: at('clips') })).cached).toBe(true);
    expect(openDataset(at('clips')).info.name).toBe('clips');
    writeFileSync(at('clips', 'a', 'more.gif'), await animated('gif', flatFrames(8, 16, 24, 3), 8, 16, 24));
    const again = await prepareClips({ from: at('clips') });
    expect([again.cached, again.sources]).toEqual([false, 13]);
    expect((await prepareClips({ from: at('clips'), frames: 4 })).info.frames).toBe(4);
  });

  it('has nothing in it that training made: runs and judges are passed over', async () => {
    await writeGifs(at);
    await prepareClips({ from: at('clips') });
    mkdirSync(at('clips', 'judge'));
    writeFileSync(at('clips', 'judge', 'judge.json'), '{}');
    await writeStills(at('clips', 'runs', 'clips', 'samples'), flatFrames(2, 8, 8), 2, 8, 8);
    writeFileSync(at('clips', 'runs', 'clips', 'config.yaml'), '');
    writeFileSync(at('clips', 'runs', 'clips', 'metrics.jsonl'), '');
    const again = await prepareClips({ from: at('clips') });
    expect([again.cached, again.sources]).toEqual([true, 12]);
    const error = await failure(prepareClips({ from: at('clips', 'runs', 'clips') }));
    expect([error.code, error.message]).toEqual(['input', expect.stringContaining('a run found, data expected')]);
    expect(existsSync(at('clips', 'runs', 'clips', '.cdsvae'))).toBe(false);
  });

  it('has nothing in it of a dataset that was made in it', async () => {
    await writeGifs(at);
    const first = await prepareClips({ from: at('clips'), out: at('clips', 'ds') });
    const again = await prepareClips({ from: at('clips'), out: at('clips', 'ds'), overwrite: true });
    expect([again.sources, again.splits, again.info]).toEqual([12, first.splits, first.info]);
    expect((await prepareClips({ from: at('clips') })).info.factors[0]?.classes).toEqual(['a', 'b']);
  });

  it('makes the same bytes twice, and others with another seed', async () => {
    await writeGifs(at);
    for (const [out, seed] of [
      ['x', 0],
      ['y', 0],
      ['z', 1],
    ] as const)
      await prepareClips({ from: at('clips'), out: at(out), seed });
    const bytes = (out: string) => readFileSync(at(out, 'sequences.npy'));
    expect(bytes('x').equals(bytes('y'))).toBe(true);
    expect(bytes('x').equals(bytes('z'))).toBe(false);
  });

  it('takes folders of stills as clips, and names what cannot be used', async () => {
    for (let i = 0; i < 4; i++) await writeStills(at('clips', `take ${i}`), flatFrames(6, 8, 8, i), 6, 8, 8);
    await writeStills(at('clips', 'single'), flatFrames(1, 8, 8), 1, 8, 8);
    writeFileSync(at('clips', 'note.txt'), 'hello');
    for (const name of ['constructor', '__proto__']) writeFileSync(at('clips', name), 'hello');
    writeFileSync(at('clips', 'words.gif'), 'no picture');
    writeFileSync(at('clips', 'empty.webp'), '');
    symlinkSync('nowhere', at('clips', 'gone.gif'));
    symlinkSync('.', at('clips', 'loop'));
    const odd = 'odd \u00fc$\'"\\;&|*?<>\n name.gif';
    writeFileSync(at('clips', odd), await animated('gif', flatFrames(6, 8, 8), 6, 8, 8));
    const report = await prepareClips({ from: at('clips'), out: at('out') });
    expect(report.sources).toBe(5);
    expect(Object.entries(report.ignored).sort()).toEqual([
      ['.txt', 1],
      ['__proto__', 1],
      ['constructor', 1],
    ]);
    expect(Object.fromEntries(report.skipped.map(({ name, reason }) => [name, reason]))).toEqual({
      'empty.webp': 'an empty file found',
      'gone.gif': expect.stringMatching(/not found/),
      single: '1 frame found, at least 2 expected',
      'words.gif': expect.stringMatching(/not a picture/),
    });
    const strict = prepareClips({ from: at('clips'), out: at('strict'), onBadFile: 'fail' });
    expect((await failure(strict)).message).toMatch(/and 3 more/);
    expect(readdirSync(at()).sort()).toEqual(['clips', 'out']);
  });
});

describe('the side of pictures', () => {
  it('is among those that models take', () => {
    const taken = Array.from({ length: 600 }, (_, i) => i).filter((side) => {
      try {
        return stages(side) > 0;
      } catch {
        return false;
      }
    });
    expect(SIDES).toEqual(taken);
  });

  it('is the nearest of those to that of squares, 64 at most', async () => {
    const sides = { 4: 8, 11: 8, 12: 16, 17: 16, 28: 32, 64: 64, 100: 64, 300: 64 };
    for (const [found, made] of Object.entries(sides)) {
      const side = Number(found);
      mkdirSync(at(found));
      for (let i = 0; i < 2; i++) {
        writeFileSync(at(found, `${i}.npy`), encodeNpy(new Uint8Array(2 * side * side), [2, side, side, 1]));
      }
      const { info } = await prepareClips({ from: at(found), out: at(`${found}-out`) });
      expect([found, info.frame]).toEqual([found, [made, made, 1]]);
    }
  });

  it('is refused where no model takes it', async () => {
    const error = await failure(prepareClips({ from: at('clips'), size: 17 }));
    expect([error.code, error.message]).toEqual([
      'usage',
      'size: "17" found; 8, 16, 32, 64, 128 or 256 expected, as models take them',
    ]);
  });
});

describe('few clips', () => {
  /** Series of so many clips of 2 frames each. */
  async function splitsOf(clips: readonly number[], shares: { validation?: number; test?: number } = {}) {
    rmSync(at('few'), { recursive: true, force: true });
    mkdirSync(at('few'));
    for (const [i, n] of clips.entries()) {
      writeFileSync(at('few', `${i}.npy`), encodeNpy(new Float32Array(2 * n), [2 * n, 1]));
    }
    const { splits } = await prepareClips({ from: at('few'), frames: 2, mode: 'cut', ...shares });
    return [splits.train, splits.validation, splits.test];
  }
  const ones = (n: number) => Array<number>(n).fill(1);

  it('are held out whole, one at least for each split, and of more than two, two stay to train on', async () => {
    // There is always one to validate on.
    expect(await splitsOf(ones(2))).toEqual([1, 1, 0]);
    expect(await splitsOf(ones(3))).toEqual([2, 1, 0]);
    expect(await splitsOf(ones(4))).toEqual([2, 1, 1]);
    expect(await splitsOf(ones(8))).toEqual([6, 1, 1]);
    expect(await splitsOf([3, 3, 3, 3])).toEqual([6, 3, 3]);
  });

  it('are shared out as asked', async () => {
    expect(await splitsOf(ones(8), { validation: 0.5, test: 0 })).toEqual([4, 4, 0]);
    expect(await splitsOf(ones(8), { test: 0.5 })).toEqual([3, 1, 4]);
    expect(await splitsOf(ones(8), { validation: 0, test: 0 })).toEqual([7, 1, 0]);
    expect(await splitsOf([4], { validation: 0.5, test: 0 })).toEqual([2, 2, 0]);
    const error = await failure(splitsOf(ones(4), { validation: 0.5, test: 0.5 }));
    expect(error.message).toBe(
      'few: 0 clips left to train on, at least 2 expected; 4 held out for validation and test: lower their shares or add clips',
    );
  });

  it('of longer files are divided in time, of shorter ones beside them by file', async () => {
    expect(await splitsOf([20])).toEqual([16, 2, 2]);
    expect(await splitsOf([4, 4])).toEqual([4, 2, 2]);
    expect(await splitsOf([10, 10, 10])).toEqual([24, 3, 3]);
    expect(await splitsOf([20, 1, 1, 1, 1])).toEqual([18, 3, 3]);
  });

  it('in files of several sequences are held out by file', async () => {
    mkdirSync(at('few'));
    for (let i = 0; i < 12; i++) writeFileSync(at('few', `${i}.npy`), encodeNpy(new Float32Array(8), [2, 4, 1]));
    expect((await prepareClips({ from: at('few') })).splits).toEqual({ train: 20, validation: 2, test: 2 });
  });
});

describe('arrays and tables', () => {
  it('one array [N, T, F] is divided by sequence', async () => {
    mkdirSync(at('clips'));
    const values = Float32Array.from({ length: 200 * 5 * 3 }, (_, i) => i);
    writeFileSync(at('clips', 'x.npy'), encodeNpy(values, [200, 5, 3]));
    const report = await prepareClips({ from: at('clips'), out: at('out') });
    expect(report.splits).toEqual({ train: 160, validation: 20, test: 20 });
    expect(report.info).toMatchObject({ kind: 'array', frames: 5, frame: [3], range: [0, values.length - 1] });
    expect(everything(at('out')).flatMap(({ x }) => Array.from(x))).toEqual(Array.from(values));
  });

  it('a long series is cut into windows, its end for validation and test', async () => {
    mkdirSync(at('clips'));
    writeFileSync(at('clips', 'a.csv'), `v\n${Array.from({ length: 300 }, (_, i) => i).join('\n')}\n`);
    const report = await prepareClips({ from: at('clips'), out: at('out'), frames: 10 });
    expect(report.splits).toEqual({ train: 24, validation: 3, test: 3 });
    expect(everything(at('out')).flatMap(({ x }) => Array.from(x))).toEqual(Array.from({ length: 300 }, (_, i) => i));
  });

  it('a file that breaks off on reading leaves nothing of itself', async () => {
    mkdirSync(at('clips'));
    for (let i = 0; i < 12; i++) {
      const values = new Float32Array(40).fill(i);
      if (i === 5) values[39] = Number.NaN;
      writeFileSync(at('clips', `${i}.npy`), encodeNpy(values, [20, 2]));
    }
    const report = await prepareClips({ from: at('clips'), out: at('out'), frames: 10 });
    expect(report.skipped).toEqual([{ name: '5.npy', reason: 'NaN found in frame 19; finite numbers expected' }]);
    expect(everything(at('out')).some(({ x }) => x[0] === 5)).toBe(false);
    expect(everything(at('out'))).toHaveLength(22);
  });

  it('a file of many sequences of which one is damaged is left out in part, and that is said', async () => {
    mkdirSync(at('clips'));
    const values = new Float32Array(200 * 4 * 2).fill(1);
    values[100 * 8] = Number.NaN;
    writeFileSync(at('clips', 'a.npy'), encodeNpy(values, [200, 4, 2]));
    const { skipped, sources, splits } = await prepareClips({ from: at('clips'), out: at('out') });
    expect(skipped).toEqual([
      {
        name: 'a.npy',
        reason: expect.stringMatching(/^64 of 200 clips left out: NaN found in frame 0 of sequence 100/),
      },
    ]);
    expect(sources).toBe(1);
    expect(splits.train + splits.validation + splits.test).toBe(136);
    expect(everything(at('out'))).toHaveLength(136);
  });

  it('the sizes of its splits are those it has once it is opened', async () => {
    await writeGifs(at);
    const { splits } = await prepareClips({ from: at('clips'), out: at('out'), validation: 0 });
    const data = openDataset(at('out'));
    expect(splits).toEqual({ train: 10, validation: 1, test: 1 });
    expect(splits.validation).toBe(data.split('validation')!.size);
    data.close();
  });

  it('how long a file must be is said for how it is cut', async () => {
    mkdirSync(at('clips'));
    writeFileSync(at('clips', 'a.npy'), encodeNpy(new Float32Array(20), [10, 2]));
    for (const [mode, least] of [
      ['sample', 15],
      ['auto', 15],
      ['cut', 43],
    ] as const) {
      const error = await failure(prepareClips({ from: at('clips'), out: at('out'), frames: 15, stride: 3, mode }));
      expect(error.message).toContain(`a.npy: 10 frames found, at least ${least} expected`);
    }
  });

  it('kinds are not mixed', async () => {
    await writeGifs(at);
    writeFileSync(at('clips', 'x.csv'), '1,2\n3,4\n');
    const error = await failure(prepareClips({ from: at('clips'), out: at('out') }));
    expect(error.message).toMatch(/12 of video \(such as a.0\.gif\) and 1 of array \(such as x\.csv\) found/);
  });

  it('an empty folder is told what is expected', async () => {
    mkdirSync(at('clips'));
    const error = await failure(prepareClips({ from: at('clips'), out: at('out') }));
    expect([error.code, error.message]).toEqual(['input', expect.stringMatching(/no clips found; animated GIF/)]);
  });

  it('tables whose columns are others, or in another order, are left out', async () => {
    mkdirSync(at('clips'));
    const rows = Array.from({ length: 40 }, (_, i) => `${i},${100 + i}`).join('\n');
    for (const [name, head] of [
      ['1', 'x,y'],
      ['2', 'y,x'],
      ['3', 'x,y'],
      ['4', 'x,z'],
    ]) {
      writeFileSync(at('clips', `${name}.csv`), `${head}\n${rows}\n`);
    }
    const { skipped, sources } = await prepareClips({ from: at('clips'), out: at('out'), frames: 10 });
    expect([sources, skipped]).toEqual([
      2,
      [
        { name: '2.csv', reason: 'columns y, x found; x, y expected, as most have' },
        { name: '4.csv', reason: 'columns x, z found; x, y expected, as most have' },
      ],
    ]);
  });

  it('a dataset is told that it is one', async () => {
    await writeGifs(at);
    await prepareClips({ from: at('clips'), out: at('out') });
    const error = await failure(prepareClips({ from: at('out'), out: at('again') }));
    expect([error.code, error.message]).toEqual([
      'usage',
      expect.stringContaining('out is a dataset already: cdsvae train'),
    ]);
  });

  it('a folder of recordings is told of the command for them', async () => {
    mkdirSync(at('clips'));
    writeFileSync(at('clips', 'a.wav'), 'RIFF');
    writeFileSync(at('clips', 'b.wav'), 'RIFF');
    const error = await failure(prepareClips({ from: at('clips'), out: at('out') }));
    expect([error.code, error.message]).toEqual([
      'input',
      expect.stringMatching(/recordings found \(2 \.wav\), no clips; cdsvae data speech .* --out DIR/),
    ]);
  });
});

it('a preparation stopped on the way goes on where it was: the same bytes as without', async () => {
  await writeGifs(at);
  const whole = await prepareClips({ from: at('clips'), out: at('whole') });
  const stop = new AbortController();
  const stopped = prepareClips({
    from: at('clips'),
    out: at('out'),
    signal: stop.signal,
    onProgress: (done, _, phase) => phase === 'prepare' && done === 5 && stop.abort(),
  });
  expect((await failure(stopped)).message).toMatch(/run it again/);
  expect(existsSync(at('out'))).toBe(false);
  const again = await prepareClips({ from: at('clips'), out: at('out') });
  expect(again.resumed).toBe(5);
  expect(again.splits).toEqual(whole.splits);
  for (const file of ['sequences.npy', 'labels.npy', 'dataset.json'])
    expect(readFileSync(at('out', file)).equals(readFileSync(at('whole', file)))).toBe(true);
});
