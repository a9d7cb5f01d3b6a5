import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeUnderstood } from '../../../src/cli/data/clips.js';
import { prepareClips, type Understood } from '../../../src/data/clips/folder.js';
import type { SplitName } from '../../../src/data/dataset.js';
import { openDataset } from '../../../src/data/open.js';
import { encodeNpy } from '../../../src/formats/npy.js';
import { animated, flatFrames } from './media.js';
import { everything, failure, freshFolder, writeGifs } from './own-clips.js';

const at = freshFolder();

describe('folders named as splits are', () => {
  /** Series of 4 frames, each of one value that tells its place among the names. */
  function write(...names: string[]): void {
    rmSync(at('own'), { recursive: true, force: true });
    for (const [i, name] of names.entries()) {
      mkdirSync(dirname(at('own', name)), { recursive: true });
      writeFileSync(at('own', name), encodeNpy(new Float32Array(4).fill(i), [4, 1]));
    }
  }
  const ofSplit = (name: SplitName) =>
    everything(at('own')).flatMap(({ split, x, labels }) => (split === name ? [[x[0], ...labels]] : []));

  it('say the split of the clips in them, and folders below are labels', async () => {
    write(
      'Train/a/0.npy',
      'Train/a/1.npy',
      'Train/b/2.npy',
      'test/a/3.npy',
      'test/b/4.npy',
      'val/b/5.npy',
      'val/6.npy',
    );
    let understood: Understood | undefined;
    const onUnderstood = (u: Understood) => {
      understood = u;
    };
    const { info } = await prepareClips({ from: at('own'), onUnderstood });
    expect(understood!.splits).toEqual({ Train: 'train', test: 'test', val: 'validation' });
    expect(describeUnderstood(understood!)).toContain(
      'Splits     test/ for test, Train/ for train, val/ for validation',
    );
    expect(info.factors).toEqual([{ name: 'folder', type: 'static', classes: ['a', 'b'] }]);
    expect(ofSplit('train')).toEqual([
      [0, 0],
      [1, 0],
      [2, 1],
    ]);
    expect(ofSplit('validation')).toEqual([
      [6, -1],
      [5, 1],
    ]);
    expect(ofSplit('test')).toEqual([
      [3, 0],
      [4, 1],
    ]);
  });

  it('leave the splits that no folder is named for to chance, or to what is asked for', async () => {
    const trained = Array.from({ length: 10 }, (_, i) => `train/${i}.npy`);
    write(...trained, 'test/x.npy', 'loose.npy');
    const made = await prepareClips({ from: at('own') });
    expect([made.splits, made.info.factors]).toEqual([{ train: 10, validation: 1, test: 1 }, []]);
    expect(ofSplit('test')).toEqual([[10]]);
    const more = await prepareClips({ from: at('own'), test: 0.2 });
    expect(more.splits).toEqual({ train: 8, validation: 1, test: 3 });
    expect(ofSplit('test')).toContainEqual([10]);
  });

  it('are like any other where nothing were left to train on', async () => {
    write(...Array.from({ length: 6 }, (_, i) => `${i % 2 ? 'test' : 'val'}/${i}.npy`));
    const { info, splits } = await prepareClips({ from: at('own') });
    expect([info.factors[0]?.classes, splits]).toEqual([['test', 'val'], { train: 4, validation: 1, test: 1 }]);
  });

  it('are no others: what every object has is no split', async () => {
    write('constructor/0.npy', 'constructor/1.npy', 'b/2.npy');
    expect((await prepareClips({ from: at('own') })).info.factors[0]?.classes).toEqual(['b', 'constructor']);
  });
});

describe('what was chosen', () => {
  const chosen = { frames: 4, size: 32, label: 'none' } as const;
  const shape = (made: { info: { frames: number; frame: readonly number[] } }) => [
    made.info.frames,
    made.info.frame[0],
  ];

  it('holds where nothing is chosen: of the same files and of others', async () => {
    await writeGifs(at);
    await prepareClips({ from: at('clips'), ...chosen });
    const again = await prepareClips({ from: at('clips') });
    expect([again.cached, again.choices, ...shape(again)]).toEqual([true, chosen, 4, 32]);
    writeFileSync(at('clips', 'a', 'more.gif'), await animated('gif', flatFrames(8, 16, 24, 3), 8, 16, 24));
    const more = await prepareClips({ from: at('clips') });
    expect([more.cached, more.sources, more.choices, ...shape(more)]).toEqual([false, 13, chosen, 4, 32]);
    expect(openDataset(at('clips')).info).toMatchObject({ frames: 4, factors: [] });
  });

  it('gives way to other choices, and is forgotten on demand', async () => {
    await writeGifs(at);
    await prepareClips({ from: at('clips'), ...chosen });
    expect(shape(await prepareClips({ from: at('clips'), frames: 2 }))).toEqual([2, 64]);
    expect(shape(await prepareClips({ from: at('clips') }))).toEqual([2, 64]);
    expect(shape(await prepareClips({ from: at('clips'), overwrite: true }))).toEqual([8, 64]);
    expect((await prepareClips({ from: at('clips') })).choices).toEqual({});
  });

  it('is known after a stop on the way, and not kept where nothing can be made of it', async () => {
    await writeGifs(at);
    const stop = new AbortController();
    const onProgress = (done: number, _: number, phase: string) => phase === 'prepare' && done === 5 && stop.abort();
    await failure(prepareClips({ from: at('clips'), ...chosen, signal: stop.signal, onProgress }));
    const again = await prepareClips({ from: at('clips') });
    expect([again.resumed > 0, ...shape(again)]).toEqual([true, 4, 32]);
    await failure(prepareClips({ from: at('clips'), validation: 0.5, test: 0.5 }));
    expect((await prepareClips({ from: at('clips') })).choices).toEqual(chosen);
  });

  it('is one of the words that there are', async () => {
    await writeGifs(at);
    for (const wrong of [{ colour: 'gray' }, { mode: 'smaple' }, { label: 'dynamc' }, { onBadFile: 'Fail' }]) {
      const [name, value] = Object.entries(wrong)[0]!;
      const options = { from: at('clips'), ...wrong } as unknown as Parameters<typeof prepareClips>[0];
      await expect(prepareClips(options)).rejects.toMatchObject({
        code: 'usage',
        message: expect.stringContaining(`${name} is "${value}"; did you mean`),
      });
    }
  });

  it('has no bearing on a dataset elsewhere', async () => {
    await writeGifs(at);
    await prepareClips({ from: at('clips'), ...chosen });
    expect(shape(await prepareClips({ from: at('clips'), out: at('out') }))).toEqual([8, 64]);
    expect((await prepareClips({ from: at('clips') })).cached).toBe(true);
  });
});
