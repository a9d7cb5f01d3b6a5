import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeNpy } from '../../src/formats/npy.js';
import { sizeOf } from '../../src/graph/index.js';
import type { ModelConfig } from '../../src/model/index.js';
import { Random } from '../../src/random.js';
import { writeModel } from '../../src/trained/export.js';
import { modelArrays } from '../../src/trained/graphs.js';
import { CONFIG, LABELLED, writeLabelled } from '../evaluate/labelled.js';
import { temporaryFolder } from './dist.js';
import { cdsvaeHere as run } from './in-process.js';

/** A model with its first weights. */
async function writeUntrained(folder: string, config: ModelConfig = CONFIG): Promise<void> {
  const weights = new Map(
    modelArrays(config).map(({ name, shape, initializer }) => [
      name,
      { shape, data: Float32Array.from(initializer(sizeOf(shape), Random.of(1, name))) },
    ]),
  );
  await writeModel(folder, { config, weights, steps: 3, data: LABELLED });
}

let folder: ReturnType<typeof temporaryFolder>;
let [data, model] = ['', ''];
beforeAll(async () => {
  folder = temporaryFolder();
  data = join(folder.path, 'labelled');
  model = join(folder.path, 'model');
  writeLabelled(data);
  await writeUntrained(model);
}, 60_000);
afterAll(() => folder.remove());

const QUICK = ['--repeats', '2', '--threads', '1', '--quiet'];

describe('cdsvae evaluate', () => {
  test('without a judge gives what needs none, and says what makes one', async () => {
    const { code, stdout } = await run('evaluate', model, '--data', data, ...QUICK);
    expect(code).toBe(0);
    expect(stdout).toContain(`train one with cdsvae judge ${data}`);
    expect(stdout).toContain('squared error of a value');
    expect(stdout).toContain('Linear probes');
    expect(stdout).not.toContain('kept');
    expect(JSON.parse(readFileSync(join(model, 'evaluation.json'), 'utf8'))).toMatchObject({
      format: 'cdsvae evaluation 1',
      data: { name: 'labelled', split: 'test', sequences: 60 },
      judge: null,
      dynamicFixed: null,
    });
  });

  test('with one judges; JSON is what is written', async () => {
    const trained = await run('judge', data, '--steps', '2', '--threads', '1', '--quiet');
    expect(trained.code).toBe(0);
    expect(trained.stdout).toMatch(/Right on 60 real test sequences:\n {2}person +[\d.]+ %\n {2}move +[\d.]+ %/);
    expect(trained.stdout).toContain(`Folder: ${join(data, 'judge')}`);
    const { code, stdout, stderr } = await run(
      'evaluate',
      model,
      '--data',
      data,
      ...QUICK,
      '--json',
      '--sequences',
      '20',
    );
    expect(code).toBe(0);
    // Two steps are not enough for this judge.
    expect(stderr).toMatch(/warning: the judge is right about (person|move) in only/);
    expect(stdout.trim().split('\n')).toHaveLength(1);
    const found = JSON.parse(stdout);
    expect(found).toEqual(JSON.parse(readFileSync(join(model, 'evaluation.json'), 'utf8')));
    expect(found.data.sequences).toBe(20);
    expect(found.judge.factors).toEqual(['person', 'move']);
    expect(found.swap.pairs).toBe(20);
  });

  test('goes into a folder that is made for it', async () => {
    const plain = join(folder.path, 'plain');
    await writeUntrained(plain);
    const out = join(folder.path, 'new', 'folder', 'found.json');
    expect(await run('evaluate', plain, '--data', data, '--out', out, ...QUICK)).toMatchObject({ code: 0 });
    expect(existsSync(out)).toBe(true);
  });

  test('leaves no evaluation where it cannot be made, and says why', async () => {
    const longer = join(folder.path, 'longer');
    await writeUntrained(longer, { ...CONFIG, frames: 6 });
    const other = join(folder.path, 'other');
    writeLabelled(other, {
      ...LABELLED,
      factors: [{ name: 'mood', type: 'static', classes: ['a', 'b', 'c'] }, LABELLED.factors[1]!],
    });
    const clean = join(folder.path, 'clean');
    await writeUntrained(clean);
    const unfinished = join(folder.path, 'unfinished');
    mkdirSync(join(unfinished, 'checkpoints'), { recursive: true });
    const cases: [string[], number, string][] = [
      [[clean], 2, 'a model folder does not say where its data are; give them by --data'],
      [[clean, '--data', data, '--split', 'best'], 2, '--split: "best" found'],
      [[clean, '--data', data, '--judge', folder.path], 3, 'no judge.json in it'],
      [
        [clean, '--data', other, '--judge', join(data, 'judge')],
        3,
        'a judge of person, which "labelled" has no labels of',
      ],
      [[longer, '--data', data], 3, 'sequences [4,5] found; the model of'],
      [[unfinished, '--data', data], 3, 'the run has not ended'],
      [[join(folder.path, 'nothing')], 3, 'not found'],
      [[clean, '--data', data, '--out', other], 3, `${other} cannot be written: it is a folder`],
    ];
    for (const [args, exit, message] of cases) {
      const { code, stderr, stdout } = await run('evaluate', ...args, ...QUICK);
      expect(stderr).toContain(message);
      expect([code, stdout]).toEqual([exit, '']);
    }
    for (const path of [clean, longer]) expect(existsSync(join(path, 'evaluation.json'))).toBe(false);
    expect(readdirSync(folder.path).filter((name) => name.startsWith('.'))).toEqual([]);
  });
});

describe('cdsvae measure', () => {
  const save = (name: string, values: Float64Array | Int32Array, shape: number[]) => {
    const path = join(folder.path, name);
    writeFileSync(path, encodeNpy(values, shape));
    return path;
  };

  test('predictions in a file', async () => {
    const p = save('p.npy', Float64Array.of(1, 0, 0, 1, 1, 0, 0, 1), [4, 2]);
    const y = save('y.npy', Int32Array.of(0, 1, 1, -1), [4]);
    const { stdout } = await run('measure', 'probabilities', p, '--labels', y, '--json');
    const found = JSON.parse(stdout);
    expect(found.accuracy).toBeCloseTo(2 / 3, 12);
    expect(found.score).toBeCloseTo(2, 12);
  });

  test('vectors and scores in files', async () => {
    const v = save('v.npy', Float64Array.of(1, 0, 0, 1, 0, 1, 1, 0, 1, 0, 0, 1), [6, 1, 2]);
    const y = save('vy.npy', Int32Array.of(0, 1, 1, 0, 0, 1), [6]);
    expect(JSON.parse((await run('measure', 'vectors', v, '--labels', y, '--json')).stdout)).toEqual({
      equalErrorRate: 0,
      linearProbe: 1,
      chance: 1 / 3,
    });
    const scores = save('scores.npy', Float64Array.of(1, 2, 3), [3]);
    expect((await run('measure', 'scores', scores, scores)).stdout).toBe('equalErrorRate  0.5000\n');
  });

  test('labels of several factors, by name or by number', async () => {
    const v = save('f.npy', Float64Array.of(1, 0, 0, 1, 0, 1, 1, 0, 1, 0, 0, 1), [6, 2]);
    const y = save('fy.npy', Int32Array.of(2, 0, 2, 1, 2, 1, 2, 0, 2, 0, 2, 1), [6, 2]);
    const column = save('fy1.npy', Int32Array.of(0, 1, 1, 0, 0, 1), [6, 1]);
    const measured = { equalErrorRate: 0, linearProbe: 1, chance: 1 / 3 };
    const of = (labels: string, ...more: string[]) =>
      run('measure', 'vectors', v, '--labels', labels, '--json', ...more);
    expect(JSON.parse((await of(column)).stdout)).toEqual(measured);
    expect(JSON.parse((await of(y, '--factor', '1')).stdout)).toEqual(measured);
    expect((await of(y)).stderr).toContain(`${y}: labels of 2 factors; say which by --factor: 0, 1`);
    const names = join(folder.path, 'sequences.json');
    writeFileSync(names, JSON.stringify({ factors: [{ name: 'all' }, { name: 'kind' }], sequences: [] }));
    expect(JSON.parse((await of(y, '--factor', 'kind')).stdout)).toEqual(measured);
    expect(await of(y)).toMatchObject({ code: 2, stderr: expect.stringContaining('by --factor: all, kind') });
    expect(await of(y, '--factor', 'knd')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('did you mean "kind"?'),
    });
    const p = save('fp.npy', Float64Array.of(1, 0, 0, 1, 0, 1, 1, 0, 1, 0, 0, 1), [6, 2]);
    const predicted = await run('measure', 'probabilities', p, '--labels', y, '--factor', 'kind', '--json');
    expect(JSON.parse(predicted.stdout).accuracy).toBe(1);
    const short = save('short.npy', Int32Array.of(0, 1), [2]);
    expect((await of(short)).stderr).toContain('shape [2] found, labels [6] or [6, factors] expected');
  });

  test('labels may be any whole numbers, but must tell two classes apart', async () => {
    const v = save('any.npy', Float64Array.of(1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1), [8, 2]);
    const of = (...labels: number[]) =>
      run('measure', 'vectors', v, '--labels', save('any-y.npy', Float64Array.from(labels), [8]), '--json');
    const [small, large] = [await of(0, 1, 0, 1, 0, 1, 0, 1), await of(7, 2 ** 33, 7, 2 ** 33, 7, 2 ** 33, 7, 2 ** 33)];
    expect(JSON.parse(small.stdout)).toMatchObject({ equalErrorRate: 0, linearProbe: 1 });
    expect(large.stdout).toBe(small.stdout);
    expect(await of(1, 1, 1, 1, 1, -1, 1, 1)).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('all known labels are of one class'),
    });
    const p = save('any-p.npy', Float64Array.of(1, 0, 0, 1), [2, 2]);
    const unknown = await run('measure', 'probabilities', p, '--labels', save('none.npy', Int32Array.of(-1, -1), [2]));
    expect(unknown).toMatchObject({ code: 3, stderr: expect.stringMatching(/none\.npy: no label is known/) });
    const beyond = await run('measure', 'probabilities', p, '--labels', save('any-b.npy', Int32Array.of(0, 2), [2]));
    expect(beyond).toMatchObject({ code: 3, stderr: expect.stringContaining('label 1 is 2; ') });
    const tiny = save('tiny.npy', Float64Array.of(1, 5e-324, 1, 0), [2, 2]);
    expect(await run('measure', 'probabilities', tiny)).toMatchObject({ code: 0 });
  });

  test('says what is wrong with a file', async () => {
    const flat = save('flat.npy', Float64Array.of(1, 2), [2]);
    const { code, stderr } = await run('measure', 'probabilities', flat);
    expect([code, stderr]).toEqual([3, `error: ${flat}: shape [2] found, [N, classes] expected\n`]);
    expect((await run('measure', 'vectors', flat)).code).toBe(2);
    const none = save('none.npy', Float64Array.of(0.5, Number.NaN), [1, 2]);
    expect((await run('measure', 'probabilities', none)).stderr).toBe(
      `error: ${none}: row 0 has NaN in it; probabilities from 0 to 1 that add up to 1 are expected\n`,
    );
    const labels = save('two.npy', Float64Array.of(0, 1), [2]);
    const odd = save('odd.npy', Float64Array.of(1, Number.NaN), [2, 1]);
    expect((await run('measure', 'vectors', odd, '--labels', labels)).stderr).toContain(`${odd}: vectors: NaN found`);
    expect((await run('measure', 'scores', flat, none)).stderr).toContain(`error: ${flat}, ${none}: impostor score`);
  });
});
