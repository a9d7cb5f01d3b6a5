import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { prepareOwn as PrepareOwn } from '../../src/data/own-folder.js';
import { encodeNpy } from '../../src/formats/npy.js';
import { cdsvae, ROOT, requireDist, temporaryFolder } from '../cli/dist.js';
import { vowel, wav } from './audio/fixtures.js';
import { flatFrames, writeStills } from './clips/media.js';

let folder: ReturnType<typeof temporaryFolder>;
const at = (...names: string[]) => join(folder.path, ...names);
let prepareOwn: typeof PrepareOwn;
beforeAll(async () => {
  requireDist();
  // Threads of speech are compiled files.
  ({ prepareOwn } = await import(pathToFileURL(join(ROOT, 'dist', 'data', 'own-folder.js')).href));
});
beforeEach(() => {
  folder = temporaryFolder();
  mkdirSync(at('rec'));
  for (let take = 0; take < 4; take++) writeFileSync(at('rec', `${take}.wav`), wav(vowel(100 + 20 * take, 0.75)));
});
afterEach(() => folder.remove());

const SLOW = { timeout: 120_000 };
const series = (rows: number) => Array.from({ length: rows }, (_, i) => `${i},${-i}`).join('\n');

describe('a folder of recordings', () => {
  it('is one with a table of speakers and a cover in it too', SLOW, async () => {
    writeFileSync(at('rec', 'speakers.csv'), 'file,speaker\n0.wav,anna\n1.wav,bert\n2.wav,anna\n3.wav,bert\n');
    await writeStills(at('rec'), flatFrames(1, 8, 8), 1, 8, 8);
    const made = await prepareOwn(at('rec'));
    expect(made).toMatchObject({ of: 'recordings', report: { utterances: 4, cached: false } });
    expect(await prepareOwn(at('rec'))).toMatchObject({ of: 'recordings', report: { cached: true } });
  });

  it('is not one with arrays, videos or pictures of a clip in it', SLOW, async () => {
    for (const take of ['a', 'b']) await writeStills(at('rec', take), flatFrames(3, 8, 8), 3, 8, 8);
    expect(await prepareOwn(at('rec'))).toMatchObject({ of: 'clips', report: { sources: 2, ignored: { '.wav': 4 } } });
    mkdirSync(at('other'));
    writeFileSync(at('other', '0.wav'), wav(vowel(100, 0.75)));
    writeFileSync(at('other', 'x.npy'), encodeNpy(new Float32Array(60), [10, 3, 2]));
    expect(await prepareOwn(at('other'))).toMatchObject({ of: 'clips', report: { sources: 1 } });
  });

  it('may be one of links', SLOW, async () => {
    mkdirSync(at('links'));
    for (let take = 0; take < 4; take++) symlinkSync(at('rec', `${take}.wav`), at('links', `${take}.wav`));
    expect(await prepareOwn(at('links'))).toMatchObject({ of: 'recordings', report: { utterances: 4 } });
  });

  it('that was made a dataset of its tables before stays one of tables, as long as there are any', SLOW, async () => {
    writeFileSync(at('rec', 'a.csv'), series(400));
    expect((await cdsvae(['data', 'clips', 'rec', '--frames', '20'], { cwd: at() })).code).toBe(0);
    const made = await prepareOwn(at('rec'));
    expect(made).toMatchObject({ of: 'clips', report: { cached: true, info: { frames: 20 } } });
  });

  it('is prepared and shown by data inspect, once; by judge it is said how to make a dataset of it', SLOW, async () => {
    const judged = await cdsvae(['judge', 'rec'], { cwd: at() });
    expect([judged.code, judged.stderr]).toEqual([
      3,
      expect.stringContaining('of clips: cdsvae data clips rec; of recordings: cdsvae data speech rec --out DIR'),
    ]);
    for (const how of ['made in', 'prepared before']) {
      const { code, stdout } = await cdsvae(['data', 'inspect', 'rec'], { cwd: at() });
      expect([code, stdout]).toEqual([
        0,
        expect.stringMatching(`Data +rec: audio[^]*Read: +4 recordings[^]*Folder: .*${how}[^]*Sheet +rec-sheet.png`),
      ]);
    }
    expect(readFileSync(at('rec-sheet.png')).subarray(1, 4).toString()).toBe('PNG');
  });
});

it('pictures in the folder itself are named as it is: .', async () => {
  await writeStills(at('single'), flatFrames(1, 8, 8), 1, 8, 8);
  await expect(prepareOwn(at('single'))).rejects.toThrow(
    /single: no clips found that can be used; \.: 1 frame found, at least 2 expected$/,
  );
});
