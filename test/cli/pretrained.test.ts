import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { resolveRun, resolveRunAndClips } from '../../src/cli/run-argument.js';
import { pretrained } from '../../src/trained/pretrained.js';
import { cdsvae, requireDist, startNode, temporaryFolder } from './dist.js';

const shipped = pretrained('sm-mnist');
const json = (path: string) => JSON.parse(readFileSync(path, 'utf8'));
const sha256 = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');

let folder: ReturnType<typeof temporaryFolder>;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => folder.remove());

test('what is stated of the pretrained model is of the weights that are there, and of their judge', () => {
  const stated = json(join(shipped, 'evaluation.json'));
  expect(stated.model).toMatchObject({
    folder: 'pretrained/sm-mnist',
    steps: json(join(shipped, 'model.json')).training.steps,
    weights: sha256(join(shipped, 'weights.safetensors')),
  });
  const judge = json(join(shipped, 'judge', 'judge.json'));
  expect(stated.judge).toMatchObject({
    folder: 'pretrained/sm-mnist/judge',
    accuracy: judge.accuracy,
    weights: sha256(join(shipped, 'judge', 'weights.safetensors')),
  });
});

test('one that is interrupted says so, and writes nothing', { timeout: 120_000 }, async () => {
  const args = ['sample', '--count', '1', '--frames', '40000', '--out', 'long/dream.npy'];
  const running = startNode([requireDist(), ...args], { cwd: folder.path });
  await running.until(/phase=decode step=\d+/);
  running.child.kill('SIGINT');
  const { code, stderr } = await running.ended;
  expect([code, stderr]).toEqual([130, expect.stringMatching(/stopped by SIGINT; nothing was written\n$/)]);
  expect(existsSync(join(folder.path, 'long'))).toBe(false);
});

test('commands without a run take it, in an empty folder, and say so', { timeout: 240_000 }, async () => {
  const before = readdirSync(shipped, { recursive: true });
  for (const [args, file] of [
    [['swap'], 'generated/swap-test-0-test-1.png'],
    [['sample', '--count', '2', '--out', 'dreams.gif'], 'dreams.gif'],
    [['interpolate', 'test:2', 'test:3', '--out', 'between.png'], 'between.png'],
    [['reconstruct', 'pretrained', 'test:1', '--out', 'again.png'], 'again.png'],
  ] as const) {
    const ended = await cdsvae([...args, '--quiet'], { cwd: folder.path });
    expect(ended, args.join(' ')).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toContain('by the pretrained model of sm-mnist, after');
    expect(existsSync(join(folder.path, file)), file).toBe(true);
  }
  // What is found of it would stand there as found of that run.
  const ofRun = join(folder.path, 'a-run');
  mkdirSync(ofRun);
  writeFileSync(join(ofRun, 'config.yaml'), '');
  expect(await cdsvae(['evaluate', '--quiet'], { cwd: ofRun })).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('config.yaml found here: evaluation.json would be taken for that of this run'),
  });
  expect(readdirSync(ofRun)).toEqual(['config.yaml']);
  const encoded = await cdsvae(['encode', 'test:0-1', '--out', 'factors', '--quiet'], { cwd: folder.path });
  expect(encoded).toMatchObject({ code: 0, stderr: '' });
  const exported = await cdsvae(['export', '--out', 'model'], { cwd: folder.path });
  expect(exported).toMatchObject({ code: 0, stderr: '' });
  expect(readdirSync(join(folder.path, 'model'))).toContain('encoder.onnx');
  expect(readdirSync(shipped, { recursive: true })).toEqual(before);
});

test('RUN is a folder or the word; items, files and folders of pictures are sequences', async () => {
  expect(await resolveRunAndClips([])).toEqual({ run: { folder: shipped, pretrained: true }, clips: [] });
  const split = async (...args: string[]) => {
    const { run, clips } = await resolveRunAndClips(args);
    return [run.pretrained, ...clips];
  };
  const [file, pictures, run] = ['clip.gif', 'pictures', 'run'].map((name) => join(folder.path, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(file, '');
  for (const [of, ...names] of [
    [pictures, '0.png', '1.png'],
    [run, 'config.yaml', 'sheet.png'],
  ] as const) {
    mkdirSync(of);
    for (const name of names) writeFileSync(join(of, name), '');
  }
  expect(await split('test:3', 'train:1')).toEqual([true, 'test:3', 'train:1']);
  // The split, although this repository has a folder of that name.
  expect(await split('test')).toEqual([true, 'test']);
  expect(await split('./test')).toEqual([false]);
  expect(await split(file, 'test:3')).toEqual([true, file, 'test:3']);
  expect(await split(pictures, file)).toEqual([true, pictures, file]);
  expect(await split('gone.gif', file)).toEqual([true, 'gone.gif', file]);
  expect(await split('pretrained')).toEqual([true]);
  expect(await split('pretrained', 'test:3')).toEqual([true, 'test:3']);
  expect(await split('runs/x', 'test:3')).toEqual([false, 'test:3']);
  expect(await split(run, pictures)).toEqual([false, pictures]);
  expect(resolveRun('./pretrained')).toEqual({ folder: './pretrained', pretrained: false });
});
