import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { encodeWav } from '../../src/data/audio/encode-wav.js';
import { logMel, MEL_BANDS, SAMPLE_RATE, samplesIn } from '../../src/data/audio/log-mel.js';
import { DatasetWriter } from '../../src/data/writer.js';
import { hasChromium } from './chromium.js';
import { studioOnStage } from './stage.js';
import { voice } from './voice.js';

const recording = (length: number) => Buffer.from(encodeWav({ sampleRate: SAMPLE_RATE, samples: voice(length) }));

describe.skipIf(!hasChromium())('speech', { timeout: 400_000 }, () => {
  const stage = studioOnStage({ trained: false });
  const { train, pixels, changed, ready, drop } = stage;

  test('a model of speech is seen and heard', async () => {
    const { folder, page, url } = stage;
    const writer = new DatasetWriter(join(folder, 'voices'), {
      info: {
        name: 'voices',
        kind: 'audio',
        frames: 20,
        frame: [MEL_BANDS],
        dtype: 'float32',
        divisor: 1,
        range: [-24, 10],
        factors: [],
        audio: { features: 'log-mel-80', mean: Array(MEL_BANDS).fill(-8), deviation: Array(MEL_BANDS).fill(4) },
      },
      count: 12,
      splits: { train: [0, 8], validation: [8, 12] },
    });
    for (let i = 0; i < 12; i++) {
      writer.write(
        i,
        logMel(voice(samplesIn(20), 100 + 20 * i)).map((v) => (v + 8) / 4),
      );
    }
    writer.finish();
    const { code, stderr } = await train('voices', 'runs/speech', '--steps', '4').ended;
    expect(code, stderr).toBe(0);
    await page.goto(`${url}#/play/speech`);
    await ready();
    const before = await pixels('Reconstruction of A');
    await page.getByRole('button', { name: 'Listen: Content of A with the motion of B' }).click();
    await drop({ name: 'voice.wav', type: 'audio/wav', bytes: recording(16_000) });
    await page.locator('.slot-name', { hasText: 'voice.wav' }).waitFor();
    await changed('Reconstruction of A', before);
    await drop({ name: 'short.wav', type: 'audio/wav', bytes: recording(1600) });
    await page.getByRole('alert').filter({ hasText: 'short.wav is too short' }).waitFor();
    await drop({ name: 'square.gif', type: 'image/gif', bytes: Buffer.from('GIF89a') });
    await page.getByRole('alert').filter({ hasText: 'WAVE, FLAC or NIST SPHERE expected' }).waitFor();
    await page.locator('.swap summary').click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.locator('.swap').getByRole('button', { name: 'PNG sheet' }).click(),
    ]);
    expect((await sharp(await download.path()).metadata()).format).toBe('png');
  });
});
