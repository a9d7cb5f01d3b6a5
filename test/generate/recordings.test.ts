import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { logMel, MEL_BANDS, samplesIn } from '../../src/data/audio/log-mel.js';
import { decodeWav } from '../../src/data/audio/wav.js';
import type { Dataset } from '../../src/data/dataset.js';
import { type ClipContext, readClips } from '../../src/generate/clips.js';
import type { Generated } from '../../src/generate/compose.js';
import { checkSound, writeGenerated } from '../../src/generate/outputs.js';
import type { ModelDescription } from '../../src/trained/description.js';
import { numbers, wav } from '../data/audio/fixtures.js';
import { voice } from '../studio/voice.js';
import { inFolder } from '../trained/exported.js';
import { config } from './samples.js';

const T = 20;
const LENGTH = T * MEL_BANDS;
const audio = {
  features: 'log-mel-80',
  mean: Array.from({ length: MEL_BANDS }, (_, band) => -8 + band / 80),
  deviation: Array.from({ length: MEL_BANDS }, (_, band) => 2 + band / 80),
} as const;
const speech: ClipContext = {
  model: {
    config: { ...config, frame: { kind: 'features', features: MEL_BANDS }, frames: T },
    description: { data: { divisor: 1, audio } } as unknown as ModelDescription,
  },
};

test('a recording is its segments, as values that the model was trained on', async () => {
  await inFolder(async (folder) => {
    const file = join(folder, 'tone.wav');
    writeFileSync(file, wav(numbers('tone.npy')));
    const { x, names } = await readClips([file, `${file}:1`], speech);
    expect(names).toEqual(['tone.wav:0', 'tone.wav:1', 'tone.wav:1']);
    expect(x.shape).toEqual([3, T, MEL_BANDS]);
    // Of scipy, of the tone before it was rounded to 16 bits.
    const expected = numbers('log-mel.npy');
    const heard = Math.max(...expected) - 10;
    let [worst, count] = [0, 0];
    for (let i = 0; i < 2 * LENGTH; i++) {
      if (expected[i]! < heard) continue;
      const band = i % MEL_BANDS;
      worst = Math.max(worst, Math.abs(x.data[i]! - (expected[i]! - audio.mean[band]!) / audio.deviation[band]!));
      count++;
    }
    expect(count).toBeGreaterThan(100);
    expect(worst).toBeLessThan(0.02);
    expect(x.data.subarray(2 * LENGTH)).toEqual(x.data.subarray(LENGTH, 2 * LENGTH));
  });
});

test('items of other recordings are brought to the numbers that the model was trained on', async () => {
  const other = { ...audio, mean: audio.mean.map((m) => m + 2), deviation: audio.deviation.map((d) => 2 * d) };
  const read = async (of: typeof audio) => {
    const values = Float32Array.from({ length: LENGTH }, (_, i) => {
      const band = i % MEL_BANDS;
      return ((i % 7) - 8 - of.mean[band]!) / of.deviation[band]!;
    });
    const info = {
      name: 'other',
      kind: 'audio',
      frames: T,
      frame: [MEL_BANDS],
      dtype: 'float32',
      divisor: 1,
      range: [-9, 9],
      factors: [],
      audio: of,
    };
    const split = {
      name: 'test',
      size: 1,
      read: (_: unknown, out: Float32Array) => out.set(values),
      labels: () => new Int32Array(0),
    };
    const data = { info, split: () => split, close: () => {} } as unknown as Dataset;
    return (await readClips(['test:0'], { ...speech, data: () => data })).x.data;
  };
  const [own, moved] = [await read(audio), await read(other as typeof audio)];
  expect(Math.max(...own.map((v, i) => Math.abs(v - moved[i]!)))).toBeLessThan(1e-5);
});

test('a recording that is no such', async () => {
  await inFolder(async (folder) => {
    const file = join(folder, 'a.wav');
    const says = async (name: string, message: string, context = speech) => {
      const error = await readClips([name], context).catch((e: Error) => e);
      expect(error).toMatchObject({ name: 'CdsvaeError', message: expect.stringContaining(join(folder, message)) });
    };
    await says(file, 'a.wav: not found');
    writeFileSync(file, wav(new Float32Array(samplesIn(T) - 1)));
    await says(file, 'a.wav: 19 frames of 10 ms found, at least 20 expected: too short');
    writeFileSync(file, wav(new Float32Array(samplesIn(T))));
    await says(`${file}:1`, `a.wav:1: ${file} has 1 sequence, ${file}:0`);
    const video = { model: { config } };
    await says(
      file,
      'a.wav: a recording found; the model takes 2 frames of 8×8 pixels in 1 channel, and was not trained on recordings: name the run of one that was',
      video,
    );
  });
});

test('what a model of speech makes can be heard, one sequence after another', async () => {
  await inFolder(async (folder) => {
    const file = join(folder, 'new', 'a.wav');
    const wanted = logMel(voice(samplesIn(2 * T)));
    const values = wanted.map((v, i) => (v - audio.mean[i % MEL_BANDS]!) / audio.deviation[i % MEL_BANDS]!);
    const none = { shape: [2, 1], data: new Float32Array(2) };
    const made: Generated = { x: { shape: [2, T, MEL_BANDS], data: values }, s: none, z: none, groups: [] };
    await writeGenerated([file], made, { audio });
    const { sampleRate, samples } = decodeWav(new Uint8Array(readFileSync(file)), file);
    expect([sampleRate, samples.length]).toEqual([16_000, samplesIn(2 * T)]);
    const found = logMel(samples);
    const loudest = wanted.reduce((m, v) => Math.max(m, v), Number.NEGATIVE_INFINITY);
    const errors = Array.from(found, (v, i) => Math.abs(v - wanted[i]!)).filter(
      (_, i) => i >= 2 * MEL_BANDS && i < (2 * T - 2) * MEL_BANDS && wanted[i]! > loudest - 9.2,
    );
    expect(errors.length).toBeGreaterThan(400);
    expect(errors.reduce((a, b) => a + b) / errors.length).toBeLessThan(0.5);
    await expect(writeGenerated([file], made)).rejects.toThrow(
      'a model that was trained on recordings; this one was not',
    );
    expect(() => checkSound('a.WAV', undefined)).toThrow('a.WAV: sound can be made');
  });
});
