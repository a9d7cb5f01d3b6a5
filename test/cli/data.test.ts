import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DatasetInfo, sequenceLength } from '../../src/data/dataset.js';
import { openDataset } from '../../src/data/open.js';
import { DatasetWriter } from '../../src/data/writer.js';
import { animated, flatFrames, writeStills } from '../data/clips/media.js';
import { cdsvae, LITTLE, requireDist, startNode, temporaryFolder } from './dist.js';

const folder = temporaryFolder();
const at = (...names: string[]) => join(folder.path, ...names);
const run = (...args: string[]) => cdsvae(args, { cwd: folder.path, env: { CI: '1' } });
beforeAll(async () => {
  mkdirSync(at('gifs'));
  const gif = await animated('gif', flatFrames(8, 16, 16), 8, 16, 16);
  for (let i = 0; i < 12; i++) writeFileSync(at('gifs', `${i}.gif`), gif);
  mkdirSync(at('run'));
  for (const name of ['config.yaml', 'metrics.jsonl', 'sheet.png']) writeFileSync(at('run', name), '');
  // As MUG is packed: archives and sessions between the names that count, and takes that show none of the six.
  for (const subject of ['001', '002'])
    for (const expression of ['anger', 'happiness', 'neutral', 'constructor'])
      for (let take = 0; take < 3; take++)
        await writeStills(
          at('faces', 'subjects3', subject, 'session0', expression, `take00${take}`),
          flatFrames(16, 12, 12),
          16,
          12,
          12,
        );
});
afterAll(() => folder.remove());

describe('cdsvae data', () => {
  it('mug: reads the tree, labels, leaves other expressions out', async () => {
    const { code, stdout } = await run('data', 'mug', 'faces', '--out', 'mug', '--json');
    expect(code).toBe(0);
    const report = JSON.parse(stdout);
    expect(report.identities).toEqual(['001', '002']);
    expect(report.leftOut).toEqual({ neutral: 6, constructor: 6 });
    expect(report.splits).toEqual({ train: 24, validation: 3, test: 9 });
    const data = openDataset(at('mug'));
    expect(data.info).toMatchObject({ name: 'mug', corpus: 'mug', frames: 15, frame: [64, 64, 3] });
    expect(data.info.factors.map((f) => f.name)).toEqual(['expression', 'identity']);
    const labels = data.split('train')!.labels(Array.from({ length: 24 }, (_, i) => i));
    expect(new Set(labels.filter((_, i) => i % 2 === 0))).toEqual(new Set([0, 3]));
    data.close();
  });

  it('mug: by identity, nobody is in train and test', async () => {
    expect((await run('data', 'mug', 'faces', '--out', 'mug-identity', '--hold-out', 'identity')).code).toBe(0);
    const data = openDataset(at('mug-identity'));
    const people = (name: 'train' | 'test') => {
      const split = data.split(name);
      const labels = split?.labels(Array.from({ length: split.size }, (_, i) => i)) ?? [];
      return new Set(Array.from(labels).filter((_, i) => i % 2 === 1));
    };
    expect([people('train').size, people('test').size]).toEqual([1, 1]);
    for (const person of people('test')) expect(people('train').has(person)).toBe(false);
    data.close();
  });

  it('sm-mnist: says how many sequences it makes unless told otherwise', async () => {
    const { stdout } = await run('data', 'sm-mnist', '--help');
    expect(stdout.replace(/\s+/g, ' ')).toContain(
      'a tenth as many each to validate and test (default: 10,000, 737 MB)',
    );
  });

  it('sm-mnist: the sequences that training draws', async () => {
    expect((await run('data', 'sm-mnist', '--sequences', '40', '--out', 'digits')).code).toBe(0);
    const [disk, drawn] = [openDataset(at('digits')), openDataset('sm-mnist')];
    expect(disk.split('validation')?.size).toBe(4);
    for (const name of ['train', 'validation', 'test'] as const) {
      const read = (data: typeof disk) => {
        const x = new Uint8Array(3 * 15 * 64 * 64);
        data.split(name)!.read([0, 3, 2], x);
        return [Buffer.from(x).toString('base64'), Array.from(data.split(name)!.labels([0, 3, 2]))];
      };
      expect(read(disk)).toEqual(read(drawn));
    }
    disk.close();
  });

  it('sm-mnist: begins nothing that the disk has no room for', async () => {
    const { code, stderr } = await run('data', 'sm-mnist', '--sequences', '1000000000', '--out', 'large/digits');
    expect(code).toBe(3);
    expect(stderr).toMatch(/: 68664\.6 GiB to be written, and \d+\.\d GiB are free on its disk; ask for less/);
    expect(existsSync(at('large'))).toBe(false);
  });

  it('inspect: says what there is and draws it', async () => {
    const { code, stdout } = await run('data', 'inspect', 'gifs', '--out', 'sheet.png');
    expect(code).toBe(0);
    expect(stdout).toMatch(/Sequences +10 train, 1 validation, 1 test\nFrames +8 of 16×16 colour/);
    expect(readFileSync(at('sheet.png')).subarray(1, 4).toString()).toBe('PNG');
  });

  it('inspect, within the folder: puts no picture among the clips, so that they stay prepared', async () => {
    const within = (...args: string[]) => cdsvae(['data', 'inspect', '.', ...args], { cwd: at('gifs') });
    const before = readdirSync(at('gifs'));
    const { code, stdout } = await within();
    expect([code, stdout]).toEqual([0, expect.stringMatching(/Sheet +\S*\.cdsvae\/gifs-sheet\.png/)]);
    expect(readdirSync(at('gifs')).filter((name) => name !== '.cdsvae')).toEqual(
      before.filter((name) => name !== '.cdsvae'),
    );
    expect((await within()).stdout).toMatch(/prepared before/);
    expect(await within('--out', '/proc/none/x.png')).toMatchObject({ code: 3, stdout: '' });
  });

  it('train FOLDER: prepares it first, and once', async () => {
    const arrays = at('series');
    mkdirSync(arrays);
    const row = (i: number) => `${Math.sin(i / 5)},${Math.cos(i / 5)}`;
    writeFileSync(join(arrays, 'a.csv'), Array.from({ length: 400 }, (_, i) => row(i)).join('\n'));
    const train = () => run('train', 'series', '--steps', '1', ...LITTLE);
    const first = await train();
    expect(first.code).toBe(0);
    expect(first.stderr).toMatch(/Found +1 of array, 400 frames each/);
    expect(existsSync(at('series', '.cdsvae', 'dataset', 'dataset.json'))).toBe(true);
    expect((await train()).stderr).toMatch(/prepared before/);
  });

  it('data clips FOLDER: what was chosen is what is trained on and inspected', async () => {
    mkdirSync(at('chosen'));
    writeFileSync(at('chosen', 'a.csv'), Array.from({ length: 400 }, (_, i) => `${i},${-i}`).join('\n'));
    const made = await run('data', 'clips', 'chosen', '--frames', '20', '--on-bad-file', 'fail');
    expect(made.stdout).toMatch(/Chosen +--frames 20 --on-bad-file fail\n/);
    for (const args of [
      ['train', 'chosen', '--steps', '1', ...LITTLE],
      ['data', 'inspect', 'chosen'],
    ]) {
      const { code, stdout, stderr } = await run(...args);
      expect([code, stdout + stderr]).toEqual([0, expect.stringMatching(/Frames +20 of 2 [\s\S]*prepared before/)]);
    }
  });

  it.each([
    [['data', 'mug', 'gifs', '--out', 'x'], 3, /no folders of pictures under a folder named anger/],
    [['data', 'clips', 'gifs/0.gif', '--out', 'x'], 3, /0\.gif: a file found, a folder expected/],
    [['data', 'speech', 'gifs/0.gif', '--out', 'x'], 3, /0\.gif: a file found, a folder expected/],
    [
      ['data', 'inspect', 'run', '--out', 'x.png'],
      3,
      /run: a run found, data expected; .* cdsvae train --out run --resume/,
    ],
    [['train', 'run', '--out', 'x'], 3, /run: a run found, data expected; .* cdsvae train --out run --resume/],
    [['data', 'clips', 'nowhere', '--out', 'x'], 3, /nowhere: not found/],
    [['data', 'clips', 'gifs', '--out', 'x', '--frames', '1'], 2, /--frames: "1" found/],
    [
      ['data', 'clips', 'gifs', '--out', 'x', '--size', '17'],
      2,
      /--size: "17" found; 8, 16, 32, 64, 128 or 256 expected/,
    ],
    [['data', 'clips', 'gifs', '--out', 'x', '--frames', '99'], 3, /8 frames found, at least 99 expected/],
    [['data', 'clips', 'gifs', '--out', 'faces'], 2, /a folder with other things \(subjects3\) stands there/],
  ])('%j is refused', async (args, expected, pattern) => {
    const { code, stderr } = await run(...args);
    expect([code, stderr]).toEqual([expected, expect.stringMatching(pattern)]);
    expect(existsSync(at('x'))).toBe(false);
    expect(readdirSync(at('run')).sort()).toEqual(['config.yaml', 'metrics.jsonl', 'sheet.png']);
  });
});

it('data inspect: draws a .png and nothing else', async () => {
  const { code, stderr } = await cdsvae(['data', 'inspect', 'sm-mnist', '--out', 'sheet.gif'], { cwd: folder.path });
  expect([code, stderr]).toEqual([2, expect.stringContaining('sheet.gif: ending ".gif" found; .png expected')]);
});

/** A dataset of three black sequences. */
function writeBlack(path: string, info: Pick<DatasetInfo, 'name' | 'frame' | 'factors'>): void {
  const { name, frame, factors } = info;
  const writer = new DatasetWriter(path, {
    info: { name, kind: 'video', frames: 2, frame, dtype: 'uint8', divisor: 255, range: [0, 1], factors },
    count: 3,
    splits: { train: [0, 2], validation: [2, 3] },
  });
  writer.write(0, new Uint8Array(3 * sequenceLength({ frames: 2, frame })));
  writer.finish();
}

it('data inspect: says of frames that no model takes that they are such', async () => {
  writeBlack(at('odd'), { name: 'odd', frame: [12, 12, 1], factors: [] });
  const { code, stdout } = await cdsvae(['data', 'inspect', 'odd'], { cwd: folder.path });
  expect([code, stdout]).toEqual([
    0,
    expect.stringContaining('Training   not on these frames: "odd" has frames of 12×12 pixels; sides of 8, 16, 32'),
  ]);
  const { stdout: json } = await cdsvae(['data', 'inspect', 'odd', '--json'], { cwd: folder.path });
  expect(JSON.parse(json).refusal).toContain('12×12');
});

it('data inspect: says of factors that nothing is labelled with them, and keeps the letters of a name', async () => {
  const factors = [{ name: 'who', type: 'static' as const, classes: ['a', 'b'] }];
  writeBlack(at('bare'), { name: '日本', frame: [8, 8, 1], factors });
  rmSync(at('bare', 'labels.npy'));
  const { code, stdout } = await cdsvae(['data', 'inspect', 'bare'], { cwd: folder.path });
  expect([code, stdout]).toEqual([0, expect.stringContaining('Labels     none of who found; labels.npy holds them')]);
  expect(existsSync(at('日本-sheet.png'))).toBe(true);
});

it('train FOLDER: what is wrong whatever the clips are is told before they are read', async () => {
  mkdirSync(at('fresh'));
  copyFileSync(at('gifs', '0.gif'), at('fresh', '0.gif'));
  mkdirSync(at('taken'));
  writeFileSync(at('taken', 'config.yaml'), '');
  for (const [args, message] of [
    [['--set', 'objective.gama=1'], 'no setting "objective.gama"'],
    [['--out', 'taken'], 'taken holds a run already'],
  ] as const) {
    const { code, stderr } = await cdsvae(['train', 'fresh', ...args], { cwd: folder.path });
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
    expect(stderr).not.toContain('Found');
  }
  expect(readdirSync(at('fresh'))).toEqual(['0.gif']);
}, 60_000);

it('train FOLDER: interrupted while it prepares, it says how to go on', async () => {
  mkdirSync(at('lots'));
  for (let i = 0; i < 300; i++) copyFileSync(at('gifs', `${i % 12}.gif`), at('lots', `${i}.gif`));
  const running = startNode([requireDist(), 'train', 'lots', '--steps', '1', ...LITTLE], { cwd: folder.path });
  await running.until(/phase=prepare step=\d+/);
  running.child.kill('SIGINT');
  const { code, stderr } = await running.ended;
  expect([code, stderr]).toEqual([130, expect.stringMatching(/stopped by SIGINT; train again to go on from there\n$/)]);
  expect(stderr).not.toContain('finishing this step');
}, 60_000);

it('killed while it prepares, it leaves nothing that looks whole, and goes on to the same bytes', async () => {
  mkdirSync(at('many'));
  for (let i = 0; i < 300; i++) copyFileSync(at('gifs', `${i % 12}.gif`), at('many', `${i}.gif`));
  const args = (out: string) => [requireDist(), 'data', 'clips', 'many', '--out', out, '--size', '128'];
  expect((await startNode(args('whole'), { cwd: folder.path }).ended).code).toBe(0);
  for (let kill = 0; kill < 2; kill++) {
    const running = startNode(args('out'), { cwd: folder.path });
    await running.until(/phase=prepare step=\d+/);
    await new Promise((resolve) => setTimeout(resolve, 500 * kill));
    running.child.kill('SIGKILL');
    if ((await running.ended).signal === null) break;
    expect(existsSync(at('out'))).toBe(false);
  }
  expect((await startNode([...args('out'), '--overwrite'], { cwd: folder.path }).ended).code).toBe(0);
  for (const file of readdirSync(at('whole'))) {
    expect(readFileSync(at('out', file)).equals(readFileSync(at('whole', file)))).toBe(true);
  }
  expect(existsSync(at('.out.partial'))).toBe(false);
}, 240_000);
