import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDataset } from '../../src/data/open.js';
import { checkJudge, judgeFolder, loadJudge, usualJudge } from '../../src/evaluate/judge/folder.js';
import { glances, judgeArrays, lookedAt } from '../../src/evaluate/judge/network.js';
import { type JudgeReport, trainJudge } from '../../src/evaluate/judge/train.js';
import { pretrained } from '../../src/index.js';
import { temporaryFolder } from '../cli/dist.js';
import { LABELLED, writeLabelled } from './labelled.js';

let folder: ReturnType<typeof temporaryFolder>;
let data: string;
let report: JudgeReport;
beforeAll(async () => {
  folder = temporaryFolder();
  data = join(folder.path, 'labelled');
  writeLabelled(data);
  report = await trainJudge({ data, steps: 40, threads: 1 });
}, 300_000);
afterAll(() => folder.remove());

describe('a judge', () => {
  test('learns labels that can be seen, and says how well on test sequences', () => {
    expect(report).toMatchObject({ folder: join(data, 'judge'), factors: ['person', 'move'], warnings: [] });
    expect(report.accuracy).toEqual({ split: 'test', sequences: 60, factors: [1, 1], static: 1, dynamic: 1 });
  });

  test('is a folder beside the data, which still opens, and judges from there', async () => {
    expect(readdirSync(report.folder).sort()).toEqual(['judge.json', 'weights.safetensors']);
    const judge = await loadJudge(report.folder, { threads: 1 });
    const test = openDataset(data).split('test')!;
    const x = new Float32Array(4 * 4 * 5);
    test.read([0, 1, 2, 3], x);
    await expect(judge.judge({ shape: [4, 5, 4], data: x })).rejects.toThrow('[B, 4, 5] with B ≥ 1 is expected');
    await expect(judge.judge({ shape: [4, 4, 5], data: x.map(() => Number.NaN) })).rejects.toThrow(
      'x: NaN found at place 0',
    );
    const [person, move] = await judge.judge({ shape: [4, 4, 5], data: x });
    expect(Array.from({ length: 4 }, (_, i) => person!.subarray(3 * i, 3 * i + 3)).map(largest)).toEqual([0, 1, 2, 0]);
    expect(Array.from({ length: 4 }, (_, i) => move!.subarray(2 * i, 2 * i + 2)).map(largest)).toEqual([0, 0, 0, 1]);
    await judge.release();
    await judge.release();
    await expect(judge.judge({ shape: [4, 4, 5], data: x })).rejects.toMatchObject({ code: 'usage' });
  });

  test('of little data is trained for as many steps as it takes, unless told otherwise', async () => {
    const progress: (number | undefined)[] = [];
    const made = await trainJudge({
      data,
      threads: 1,
      out: join(folder.path, 'untold'),
      onProgress: ({ steps }) => progress.push(steps),
    });
    expect(new Set(progress)).toEqual(new Set([800]));
    // It knows all there is to know at each of three looks, one in 67 steps, and need not go on.
    expect(made.steps).toBe(201);
  });

  test('of few minutes ends with them, before it knows how many steps they are', async () => {
    const made = await trainJudge({ data, threads: 1, out: join(folder.path, 'brief'), minutes: 1e-6 });
    expect(made.steps).toBe(1);
  });

  test('leaves out what nothing tells when it is learned, and says so', async () => {
    const mixed = join(folder.path, 'mixed');
    const factors = [
      ...LABELLED.factors,
      { name: 'take', type: 'static' as const, classes: Array.from({ length: 210 }, (_, i) => String(i)) },
    ];
    const first = { train: 0, validation: 120, test: 150 };
    writeLabelled(mixed, { ...LABELLED, factors }, (own, split, i) => [
      own[0]!,
      split === 'test' ? -1 : own[1]!,
      first[split] + i,
    ]);
    const made = await trainJudge({ data: mixed, steps: 40, threads: 1 });
    expect([made.factors, made.leftOut]).toEqual([
      ['person', 'move'],
      ['take: no class of it is in both train and validation'],
    ]);
    expect(made.accuracy).toMatchObject({ factors: [1, null], static: 1, dynamic: null });
    expect(made.warnings).toEqual([
      expect.stringMatching(/^no real test sequence has a label of move to hold the judge against/),
    ]);

    const apart = join(folder.path, 'apart');
    writeLabelled(apart, LABELLED, (own, split) => (split === 'validation' ? [-1, -1] : own));
    await expect(trainJudge({ data: apart, steps: 1, threads: 1 })).rejects.toThrow(
      'person: no class of it is in both train and validation; move: no class of it',
    );
  });

  test('is not kept where it is stopped at its last step', async () => {
    const stop = new AbortController();
    const out = join(folder.path, 'stopped');
    const made = trainJudge({
      data,
      steps: 2,
      threads: 1,
      out,
      signal: stop.signal,
      onProgress: ({ step }) => step === 2 && stop.abort(),
    });
    await expect(made).rejects.toThrow('stopped before the judge was whole');
    expect(existsSync(out)).toBe(false);
  });

  test('is the same again from the same seed; barely trained, it is warned of factor by factor', async () => {
    const [first, again] = await Promise.all(
      ['first', 'again'].map((name) => trainJudge({ data, steps: 1, threads: 1, out: join(folder.path, name) })),
    );
    const weights = ({ folder: made }: JudgeReport) => readFileSync(join(made, 'weights.safetensors'));
    expect(weights(again!).equals(weights(first!))).toBe(true);
    expect(first!.warnings.length).toBeGreaterThan(0);
    expect(first!.warnings[0]).toMatch(
      /the judge is right about (person|move) in only [\d.]+ % of real test sequences/,
    );
  });

  test.each([
    [{ seed: -1 }, 'seed is -1; a whole number of at least 0'],
    [{ width: 0 }, 'width is 0; a whole number from 1 to 512'],
    [{ looks: 2.5 }, 'looks is 2.5; a whole number'],
    [{ batch: 1 }, 'batch is 1; a whole number from 2'],
    [{ steps: -1 }, 'steps is -1; a whole number of at least 1'],
    [{ minutes: Number.NaN }, 'minutes is NaN; a number from 0'],
    [{ minutes: 1 }, 'both steps and minutes given'],
  ])('refuses %j', async (numbers, message) => {
    await expect(trainJudge({ data, steps: 1, out: join(folder.path, 'odd'), ...numbers })).rejects.toThrow(message);
    expect(readdirSync(folder.path)).not.toContain('odd');
  });

  test('refuses a folder that holds other things, before it trains', async () => {
    await expect(trainJudge({ data, steps: 1e9, out: data })).rejects.toThrow('a folder with other things');
  });

  test('of data without labels is refused', async () => {
    const bare = join(folder.path, 'bare');
    writeLabelled(bare, { ...LABELLED, factors: [] });
    await expect(trainJudge({ data: bare, steps: 1 })).rejects.toThrow('"labelled" has no factors in its dataset.json');
    expect(readdirSync(bare)).not.toContain('judge');
  });

  test('stopped leaves nothing', async () => {
    const out = join(folder.path, 'stopped');
    const controller = new AbortController();
    const onProgress = () => controller.abort();
    await expect(
      trainJudge({ data, steps: 50, threads: 1, out, signal: controller.signal, onProgress }),
    ).rejects.toThrow('nothing was kept');
    expect(readdirSync(folder.path)).not.toContain('stopped');
  });

  test('of other data is refused, saying what differs', async () => {
    const judge = await loadJudge(report.folder, { threads: 1 });
    const differing: [Partial<typeof LABELLED>, string][] = [
      [{ frames: 5 }, 'a judge of sequences [4,5], but those of "labelled" are [5,5]'],
      [{ factors: [] }, 'a judge of person, which "labelled" has no labels of (it has none)'],
      [
        { factors: [{ ...LABELLED.factors[0]!, classes: ['x'] }, LABELLED.factors[1]!] },
        'a judge of person in classes a, b, c …; those of "labelled" are x …',
      ],
      [
        { factors: [{ ...LABELLED.factors[0]!, type: 'dynamic' }, LABELLED.factors[1]!] },
        'a judge to which person is static; to "labelled" it is dynamic',
      ],
    ];
    for (const [change, message] of differing) {
      expect(() => checkJudge(judge, 'j', { ...LABELLED, ...change })).toThrow(message);
    }
    expect(() => checkJudge(judge, 'j', LABELLED)).not.toThrow();
    await judge.release();
  });

  test('with a damaged file is refused by name', async () => {
    const out = join(folder.path, 'damaged');
    cpSync(report.folder, out, { recursive: true });
    writeFileSync(join(out, 'weights.safetensors'), 'nothing');
    await expect(loadJudge(out)).rejects.toThrow('weights.safetensors: 7 bytes found');
    const description = readFileSync(join(out, 'judge.json'), 'utf8');
    writeFileSync(join(out, 'judge.json'), description.replace(/"steps": \d+/, '"steps": "many"'));
    await expect(loadJudge(out)).rejects.toThrow('judge.json: training.steps: "many" found, ');
    writeFileSync(join(out, 'judge.json'), description.replace('cdsvae judge 2', 'cdsvae judge 1'));
    await expect(loadJudge(out)).rejects.toThrow('another version is another network; train it again');
    writeFileSync(join(out, 'judge.json'), '{');
    await expect(loadJudge(out)).rejects.toThrow('judge.json: not JSON');
    await expect(loadJudge(folder.path)).rejects.toThrow('no judge.json in it');
  });
});

test('a judge of a built-in dataset has a folder among the runs', () => {
  expect(judgeFolder('sm-mnist')).toBe(join('runs', 'judges', 'sm-mnist'));
  expect(judgeFolder('data/x')).toBe(join('data', 'x', 'judge'));
});

test('the judge that comes with the package serves where none was trained', () => {
  expect(usualJudge('sm-mnist')).toBe(join(pretrained('sm-mnist'), 'judge'));
  expect(usualJudge(data)).toBe(report.folder);
  expect(usualJudge('data/x')).toBe(join('data', 'x', 'judge'));
});

test('a judge looks at frames from the first to the last', () => {
  expect(lookedAt({ frames: 15, looks: 6 })).toEqual([0, 3, 6, 8, 11, 14]);
  expect(lookedAt({ frames: 8, looks: 8 })).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(lookedAt({ frames: 15, looks: 1 })).toEqual([7]);
});

test('a finished judge looks at more of them, in several glances', () => {
  expect(glances({ frames: 15, looks: 4 })).toEqual([
    [0, 4, 8, 12],
    [1, 5, 9, 13],
    [2, 6, 10, 14],
  ]);
  expect(glances({ frames: 8, looks: 8 })).toEqual([[0, 1, 2, 3, 4, 5, 6, 7]]);
  expect(glances({ frames: 3, looks: 1 })).toEqual([[0], [1], [2]]);
  expect(glances({ frames: 15, looks: 14 })).toEqual([lookedAt({ frames: 15, looks: 14 })]);
});

test('what a judge says is the mean of what it says at each glance', async () => {
  const out = join(folder.path, 'glancing');
  await trainJudge({ data, steps: 3, looks: 2, threads: 1, out });
  const judge = await loadJudge(out, { threads: 1 });
  const x = new Float32Array(4 * 5);
  openDataset(data).split('test')!.read([7], x);
  const frame = (t: number) => Array.from(x.subarray(5 * t, 5 * t + 5));
  /** The same two frames at every glance, [0, 2] and [1, 3]. */
  const only = async (a: number, b: number) => {
    const [person] = await judge.judge({ shape: [1, 4, 5], data: Float32Array.from([a, a, b, b].flatMap(frame)) });
    return Array.from(person!);
  };
  const [first, second] = [await only(0, 2), await only(1, 3)];
  const [whole] = await judge.judge({ shape: [1, 4, 5], data: x });
  whole!.forEach((p, c) => {
    expect(p).toBeCloseTo((first[c]! + second[c]!) / 2, 6);
  });
  expect(first).not.toEqual(second);
  await judge.release();
});

test('a judge of video has the frame encoder of the model, and a head of two layers for each factor', () => {
  const names = judgeArrays({
    frame: { kind: 'video', size: 16, channels: 1 },
    frames: 3,
    looks: 3,
    width: 2,
    mlp: 1,
    features: 4,
    hidden: 5,
    encoder: 'dense',
    initialization: 'scaled',
    factors: LABELLED.factors,
  }).map((s) => `${s.name} [${s.shape}]`);
  expect(names).toContain('encoder.conv1.weight [2,1,4,4]');
  expect(names).toContain('encoder.norm3.running_var [4]');
  expect(names).toContain('lstm.weight_ih_l0_reverse [20,4]');
  expect(names).toContain('heads.1.linear1.weight [5,14]');
  expect(names).toContain('heads.1.linear2.weight [2,5]');
});

test('a judge takes black that is not quite black for black', async () => {
  const judge = await loadJudge(join(pretrained('sm-mnist'), 'judge'), { threads: 1 });
  try {
    const shape = [1, judge.config.frames, 64, 64, 1];
    const size = shape.reduce((a, b) => a * b);
    // Bars on black, which is nearly black in the second.
    const bars = Float32Array.from({ length: size }, (_, i) => Number(i % 64 < 20 && (i >> 6) % 8 < 3));
    const probabilities = async (black: number) =>
      (await judge.judge({ data: bars.map((v) => Math.max(v, black)), shape })).map((p) => [...p]);
    expect(await probabilities(0.015)).toEqual(await probabilities(0));
    expect(await probabilities(0.1)).not.toEqual(await probabilities(0));
  } finally {
    await judge.release();
  }
});

function largest(p: Float32Array): number {
  return p.indexOf(Math.max(...p));
}
