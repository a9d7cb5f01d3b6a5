import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { logMel } from '../../../src/data/audio/log-mel.js';
import { convertVoice, drawFactors } from '../../../src/data/audio/voice-conversion.js';
import { openFolder } from '../../../src/data/folder.js';
import type { SpeechOptions, SpeechReport } from '../../../src/data/speech.js';
import { Random } from '../../../src/random.js';
import { cdsvae, ROOT, requireDist, startNode, temporaryFolder } from '../../cli/dist.js';
import { fixture, sphere, vowel, wav } from './fixtures.js';

let folder: ReturnType<typeof temporaryFolder>;
const at = (...names: string[]) => join(folder.path, ...names);
let prepareSpeech: (options: SpeechOptions) => Promise<SpeechReport>;
beforeAll(async () => {
  requireDist();
  // Its threads are compiled files.
  ({ prepareSpeech } = await import(pathToFileURL(join(ROOT, 'dist', 'data', 'speech.js')).href));
});

/** Threads and processes are started: seconds on a machine that is quiet, more on one that is not. */
const SLOW = { timeout: 240_000 };
const SECONDS = 0.75;
/** 12 speakers × 2 utterances of 3 segments, in every format. */
function recordings(folder: string): void {
  for (let speaker = 0; speaker < 12; speaker++) {
    mkdirSync(join(folder, `s${speaker}`), { recursive: true });
    for (const take of [0, 1]) {
      const x = vowel(90 + 10 * speaker + take, SECONDS);
      const name = join(folder, `s${speaker}`, `u${take}`);
      if (take === 0) writeFileSync(`${name}.wav`, wav(x));
      else writeFileSync(`${name}.sph`, sphere(Int16Array.from(x, (v) => 32768 * v)));
    }
  }
}

/** Runs the command line until something is so, then kills it. */
async function killedWhen(args: readonly string[], isSo: () => boolean): Promise<void> {
  const { child, ended } = startNode([requireDist(), ...args], { cwd: at() });
  while (child.exitCode === null && !isSo()) await sleep(2);
  child.kill('SIGKILL');
  expect((await ended).signal).toBe('SIGKILL');
}

beforeEach(() => {
  folder = temporaryFolder();
  recordings(at('from'));
});
afterEach(() => folder.remove());

describe('prepareSpeech', () => {
  it('makes standardised segments, labels and conversions, the same whatever the number of threads', SLOW, async () => {
    const phases = new Set<string>();
    const report = await prepareSpeech({
      from: at('from'),
      out: at('out'),
      conversions: 2,
      threads: 2,
      onProgress: (done, total, phase) => phases.add(`${phase} ${done <= total && total === 24}`),
    });
    expect(phases).toEqual(new Set(['survey true', 'extract true']));
    expect(report).toMatchObject({
      splits: { train: 60, validation: 6, test: 6 },
      speakers: { train: 10, validation: 1, test: 1 },
      sharedSpeakers: 0,
      utterances: 24,
      sampleRates: { 16000: 24 },
      tooShort: [],
      bad: [],
      conversions: 2,
    });
    expect(report.seconds).toBeCloseTo(24 * SECONDS, 5);

    const data = openFolder(at('out'));
    const { info } = data;
    expect(info).toMatchObject({ name: 'from', kind: 'audio', frames: 20, frame: [80], conversions: 2 });
    expect(info.factors.map((f) => [f.name, f.type, f.classes.length])).toEqual([
      ['speaker', 'static', 12],
      ['utterance', 'static', 24],
    ]);
    const train = data.split('train')!;
    const all = Array.from({ length: 60 }, (_, i) => i);
    const values = new Float32Array(60 * 1600);
    train.read(all, values);
    const { mean, deviation } = info.audio!;
    for (const band of [0, 50]) {
      const column = values.filter((_, i) => i % 80 === band);
      expect(column.reduce((a, b) => a + b, 0) / column.length).toBeCloseTo(0, 3);
      expect(Math.sqrt(column.reduce((a, b) => a + b * b, 0) / column.length)).toBeCloseTo(1, 3);
    }
    const everything = (['train', 'validation', 'test'] as const).flatMap((name) => {
      const split = data.split(name)!;
      const its = new Float32Array(split.size * 1600);
      split.read(
        Array.from({ length: split.size }, (_, i) => i),
        its,
      );
      return Array.from(its);
    });
    const extremes = [Math.min, Math.max].map((of) => everything.reduce((a, b) => of(a, b)));
    expect(info.range).toEqual(extremes);

    // Sequence 4 is the second segment of an utterance that its label names: from the sound itself come the same numbers.
    const [speaker, utterance] = Array.from(train.labels([4]));
    const name = info.factors[1]!.classes[utterance!]!;
    expect(name.split('/')[0]).toBe(info.factors[0]!.classes[speaker!]);
    const path = join(at('from'), name);
    const bytes = readFileSync(existsSync(`${path}.wav`) ? `${path}.wav` : `${path}.sph`);
    const start = existsSync(`${path}.wav`) ? 44 : 1024;
    const x = Float32Array.from(new Int16Array(bytes.buffer.slice(bytes.byteOffset + start)), (v) => v / 32768);
    const standard = (spectrum: Float32Array) =>
      spectrum.subarray(1600, 3200).map((v, i) => (v - mean[i % 80]!) / deviation[i % 80]!);
    expect(values.subarray(4 * 1600, 5 * 1600)).toEqual(standard(logMel(x)));
    const factors = drawFactors(2, 0.3, Random.of(0, `voice ${name}`));
    const converted = new Float32Array(2 * 1600);
    train.readConversions!([4, 4], [0, 1], converted);
    for (const k of [0, 1]) {
      expect(converted.subarray(k * 1600, (k + 1) * 1600)).toEqual(standard(logMel(convertVoice(x, factors[k]!))));
    }
    data.close();

    await prepareSpeech({ from: at('from'), out: at('again'), conversions: 2, threads: 1 });
    for (const file of readdirSync(at('out'))) {
      expect(readFileSync(at('again', file)).equals(readFileSync(at('out', file))), file).toBe(true);
    }
  });

  it('resamples mixed rates, and leaves out what is too short', SLOW, async () => {
    writeFileSync(at('from', 's0', 'u2.wav'), wav(vowel(200, 1.5), 8000));
    writeFileSync(at('from', 's0', 'u3.wav'), wav(vowel(200, 0.2)));
    const report = await prepareSpeech({ from: at('from'), out: at('out'), conversions: 0 });
    expect(report.sampleRates).toEqual({ 8000: 1, 16000: 24 });
    expect(report.tooShort).toEqual([at('from', 's0', 'u3.wav')]);
    expect(readdirSync(at('out')).sort()).toEqual(['dataset.json', 'labels.npy', 'sequences.npy']);
  });

  it('ends at a bad file, or leaves it out and says why; a fault leaves nothing behind', SLOW, async () => {
    writeFileSync(at('from', 's1', 'empty.wav'), '');
    writeFileSync(at('from', 's1', 'cut.flac'), fixture('mono16.flac').subarray(0, 900));
    const options = { from: at('from'), out: at('out'), conversions: 0 };
    const nested = { ...options, out: at('zz', 'a', 'b'), onBadFile: 'fail' } as const;
    await expect(prepareSpeech(nested)).rejects.toThrow(
      /cut\.flac: FLAC that is damaged or cut short|empty\.wav: an empty/,
    );
    expect(readdirSync(at())).toEqual(['from']);
    const report = await prepareSpeech(options);
    expect(report.bad.length).toBe(2);
    expect(report.bad[0]).toMatch(/cut\.flac: FLAC that is damaged or cut short/);
    expect(report.bad[1]).toMatch(/empty\.wav: an empty file found/);
  });

  it('takes silence, and speakers of any name', SLOW, async () => {
    for (const name of ['constructor', '__proto__']) {
      mkdirSync(at('quiet', name), { recursive: true });
      for (const take of [0, 1, 2]) writeFileSync(at('quiet', name, `${take}.wav`), wav(new Float32Array(8000)));
    }
    await prepareSpeech({ from: at('quiet'), out: at('out'), conversions: 0 });
    const data = openFolder(at('out'));
    expect(data.info.factors[0]!.classes).toEqual(['__proto__', 'constructor']);
    expect(data.info.range[1]).toBe(data.info.range[0] + 1);
    data.close();
  });

  it('refuses what is out of range before it begins', async () => {
    const options = { from: at('from'), out: at('out') };
    for (const threads of [0, 0.5, Number.NaN, 257]) {
      await expect(prepareSpeech({ ...options, threads })).rejects.toMatchObject({
        code: 'usage',
        message: expect.stringMatching(/^threads is .+ from 1 to 256 is expected$/),
      });
    }
    await expect(prepareSpeech({ ...options, conversions: 2.5 })).rejects.toThrow(
      'conversions is 2.5; a whole number from 0 to 64',
    );
    expect(readdirSync(at())).toEqual(['from']);
  });

  it('says what is wrong with the files where none is left to train on', SLOW, async () => {
    mkdirSync(at('bad'));
    writeFileSync(at('bad', 'a.wav'), '');
    writeFileSync(at('bad', 'b.wav'), 'not a WAVE file');
    writeFileSync(at('bad', 'c.wav'), wav(vowel(200, 0.2)));
    await expect(prepareSpeech({ from: at('bad'), out: at('out') })).rejects.toMatchObject({
      code: 'input',
      message: expect.stringMatching(
        /^bad: no recording of 222 ms .*a\.wav: an empty file .*b\.wav: .*c\.wav: shorter/,
      ),
    });
    mkdirSync(at('held', 'test'), { recursive: true });
    writeFileSync(at('held', 'test', 'a.wav'), wav(vowel(200, 1)));
    await expect(prepareSpeech({ from: at('held'), out: at('out') })).rejects.toThrow(
      /; 1 recording found for .* test only$/,
    );
    expect(readdirSync(at()).sort()).toEqual(['bad', 'from', 'held']);
  });

  it('a preparation that is killed or stopped goes on where it was: the same bytes as without', SLOW, async () => {
    writeFileSync(at('from', 's1', 'empty.wav'), '');
    const args = ['data', 'speech', at('from'), '--conversions', '16', '--threads', '2', '--json'];
    const whole = JSON.parse((await cdsvae([...args, '--out', at('whole')], { cwd: at() })).stdout);
    expect(whole).toMatchObject({ resumed: 0, conversions: 16 });
    // Killed in its first pass, killed in its second, stopped; each time with something safe on disk.
    const log = at('.out.partial', 'scratch', 'survey.jsonl');
    const lines = () => (existsSync(log) ? readFileSync(log, 'utf8').split('\n').length - 1 : 0);
    await killedWhen([...args, '--out', at('out')], () => lines() > 2);
    expect(lines()).toBeLessThan(25);
    appendFileSync(log, '{"result":{"segm');
    const journal = at('.out.partial', 'journal.json');
    await killedWhen([...args, '--out', at('out')], () => JSON.parse(readFileSync(journal, 'utf8')).jobs > 0);
    expect(existsSync(at('out'))).toBe(false);
    const options = { from: at('from'), out: at('out'), conversions: 16 };
    const stop = new AbortController();
    let surveyed = 0;
    const stopped = prepareSpeech({
      ...options,
      signal: stop.signal,
      onProgress: (done, _, phase) => {
        if (phase === 'survey') surveyed++;
        if (phase === 'extract' && done >= 20) stop.abort();
      },
    });
    await expect(stopped).rejects.toThrow('from: stopped; run it again to go on from there');
    expect(surveyed).toBe(25);
    const { resumed, ...report } = await prepareSpeech(options);
    expect(resumed).toBeGreaterThanOrEqual(20);
    const { resumed: _, seconds: __, ...expected } = { ...whole, folder: at('out') };
    expect({ ...report, seconds: undefined }).toEqual({ ...expected, seconds: undefined });
    expect(readdirSync(at('out')).sort()).toEqual(['conversions.npy', 'dataset.json', 'labels.npy', 'sequences.npy']);
    for (const file of readdirSync(at('out')))
      expect(readFileSync(at('out', file)).equals(readFileSync(at('whole', file))), file).toBe(true);
    expect(readdirSync(at()).sort()).toEqual(['from', 'out', 'whole']);
  });
});

it('cdsvae data speech says that few speakers are in more than one split', SLOW, async () => {
  for (let speaker = 3; speaker < 12; speaker++) rmSync(at('from', `s${speaker}`), { recursive: true });
  const { code, stdout } = await cdsvae(['data', 'speech', at('from'), '--out', at('data')], { cwd: at() });
  expect(code).toBe(0);
  // A recording of the six is tested on, and one validated, of at most two of the three.
  expect(stdout).toMatch(/^Shared: {2}[12] speakers? heard in train and in another split/m);
});

it('cdsvae data speech, then train: a model that carries its normalisation', SLOW, async () => {
  const made = await cdsvae(['data', 'speech', at('from'), '--out', at('data'), '--conversions', '1'], { cwd: at() });
  expect(made.code).toBe(0);
  expect(made.stdout).toContain('1 conversion of each but those to test');
  expect(made.stdout).toMatch(/60 segments by 10 speakers to train on, 6 segments by 1 speaker to validate/);
  const sizes = ['hidden=8', 'mlp=8', 'features=8', 'static=4', 'dynamic=4'].flatMap((s) => ['--set', `model.${s}`]);
  const trained = await cdsvae(
    ['train', at('data'), '--out', at('run'), '--steps', '2', '--batch', '4', '--threads', '1', ...sizes],
    { cwd: at() },
  );
  expect(trained.stderr).toMatch(/phase=train/);
  expect(trained.code).toBe(0);
  const { data } = JSON.parse(readFileSync(at('run', 'model', 'model.json'), 'utf8'));
  expect(data.audio).toEqual(JSON.parse(readFileSync(at('data', 'dataset.json'), 'utf8')).audio);
  // Without being prepared: found out, prepared in its own folder, and the next time found there.
  for (const run of ['one', 'two']) {
    const own = ['train', at('from'), '--out', at(run), '--steps', '1', '--batch', '4', '--threads', '1', ...sizes];
    const { code, stderr } = await cdsvae(own, { cwd: at() });
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/Speech: {2}60 segments by 10 speakers to train on/);
    expect(/phase=extract/.test(stderr)).toBe(run === 'one');
  }
  const bad = await cdsvae(['data', 'speech', at('from'), '--out', at('x'), '--layout', 'timit'], { cwd: at() });
  expect(bad.code).toBe(3);
  expect(bad.stderr).toMatch(/none named as in timit/);
});
