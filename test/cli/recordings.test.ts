import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { MEL_BANDS, samplesIn } from '../../src/data/audio/log-mel.js';
import { decodeWav } from '../../src/data/audio/wav.js';
import { openClips, readPairs } from '../../src/generate/clips.js';
import { codersOf } from '../../src/model/index.js';
import { modelLayout } from '../../src/train/step.js';
import { writeModel } from '../../src/trained/export.js';
import { load } from '../../src/trained/load.js';
import { wav } from '../data/audio/fixtures.js';
import { config as small } from '../generate/samples.js';
import { readFixture } from '../model/fixture.js';
import { voice } from '../studio/voice.js';
import { fixtureExport, inFolder } from '../trained/exported.js';
import { cdsvaeHere as cdsvae } from './in-process.js';

const T = 20;

/** A model of speech that has learned nothing. */
async function speechModel(folder: string): Promise<string> {
  const config = { ...small, frame: { kind: 'features', features: MEL_BANDS } as const, frames: T };
  const { parameters } = modelLayout(config, codersOf(config));
  const weights = new Map(parameters.toNamed(Float32Array.from(parameters.initialize(0))));
  const bands = (value: number) => Array<number>(MEL_BANDS).fill(value);
  const audio = { features: 'log-mel-80', mean: bands(-8), deviation: bands(4) } as const;
  const data = { name: 'voices', kind: 'audio', divisor: 1, range: [-4, 4], factors: [], audio } as const;
  await writeModel(folder, { config, weights, steps: 0, data });
  return folder;
}

test('recordings are swapped, and what is made of them is heard', async () => {
  await inFolder(async (folder) => {
    const at = (name: string) => join(folder, name);
    const model = await speechModel(at('model'));
    writeFileSync(at('a.wav'), wav(voice(samplesIn(3 * T))));
    writeFileSync(at('b.wav'), wav(voice(samplesIn(2 * T), 220)));
    const names = [`${at('a.wav')}:2`, at('b.wav')];
    const made = await cdsvae('swap', model, ...names, '--fix', 'static', '--out', at('new.wav'), '--quiet', '--json');
    expect(made.stderr).toBe('');
    const { files, sequences, rows } = JSON.parse(made.stdout);
    expect([files, sequences]).toEqual([[at('new.wav')], 2]);
    expect(rows.map((r: { s: string; z: string }) => r.s + r.z)).toEqual(['AB', 'AC']);
    const { samples } = decodeWav(new Uint8Array(readFileSync(at('new.wav'))), 'new.wav');
    expect(samples).toHaveLength(samplesIn(2 * T));
    expect(await cdsvae('encode', model, at('b.wav'), '--out', at('factors'), '--quiet')).toMatchObject({ code: 0 });
    const { sequences: told } = JSON.parse(readFileSync(at('factors/sequences.json'), 'utf8'));
    expect(told).toEqual(['b.wav:0', 'b.wav:1']);
  });
});

test('two recordings are swapped segment by segment, as many of each', async () => {
  await inFolder(async (folder) => {
    const at = (name: string) => join(folder, name);
    const model = await speechModel(at('model'));
    writeFileSync(at('a.wav'), wav(voice(samplesIn(3 * T))));
    writeFileSync(at('b.wav'), wav(voice(samplesIn(2 * T), 220)));
    const out = ['--out', at('made.npy'), '--quiet', '--json'];
    const unlike = await cdsvae('swap', model, at('a.wav'), at('b.wav'), ...out);
    expect(unlike.stdout + unlike.stderr).toContain(
      '3 and 2 sequences, from a.wav:0 and from b.wav:0 on, given as pairs',
    );
    const made = await cdsvae('swap', model, `${at('a.wav')}:0-1`, at('b.wav'), ...out);
    expect(JSON.parse(made.stdout).sequences).toBe(4);
    const clips = await openClips([`${at('a.wav')}:1-2`, at('b.wav')], { model: await load(model) });
    expect((await readPairs(clips)).names).toEqual(['a.wav:1', 'b.wav:0', 'a.wav:2', 'b.wav:1']);
    // What is read is not written over, and what has no pictures is not played.
    for (const [file, why] of [
      ['b.wav', 'a sequence is read from it'],
      ['b.gif', 'only video can be animated'],
    ] as const) {
      const before = readFileSync(at('b.wav'));
      const { code, stderr } = await cdsvae('reconstruct', model, `${at('b.wav')}:0`, '--out', at(file), '--quiet');
      expect([code, stderr]).toEqual([2, expect.stringContaining(why)]);
      expect(readFileSync(at('b.wav'))).toEqual(before);
    }
  });
});

test('sound of a model of pictures is refused, and nothing is written', async () => {
  await inFolder(async (folder) => {
    const model = join(folder, 'model');
    await writeModel(model, fixtureExport(readFixture('video-causal')));
    const before = readdirSync(folder);
    const { code, stderr } = await cdsvae('sample', model, '--out', join(folder, 'a.wav'));
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining('a.wav: sound can be made by a model that was trained on recordings'),
    ]);
    expect(readdirSync(folder)).toEqual(before);
  });
});
