import { expect, test } from 'vitest';
import { griffinLim } from '../../../src/data/audio/griffin-lim.js';
import { logMel, MEL_BANDS, samplesIn } from '../../../src/data/audio/log-mel.js';
import { voice } from '../../studio/voice.js';

test('the sound of a log-mel spectrum has that spectrum', async () => {
  const wanted = logMel(voice(samplesIn(20)));
  const shares: number[] = [];
  const sound = await griffinLim(wanted, (share) => {
    shares.push(share);
  });
  expect(shares.length).toBeGreaterThan(20);
  expect(shares).toEqual([...new Set(shares)].sort((a, b) => a - b));
  expect(shares.every((share) => share > 0 && share < 1)).toBe(true);
  expect(sound).toHaveLength(samplesIn(20));
  const found = logMel(sound);
  let [error, count] = [0, 0];
  // Of what can be heard: within 40 dB of the loudest band. The first and last frames have no neighbours to agree with.
  const loudest = wanted.reduce((m, v) => Math.max(m, v), Number.NEGATIVE_INFINITY);
  for (let i = 2 * MEL_BANDS; i < 18 * MEL_BANDS; i++) {
    if (wanted[i]! < loudest - 9.2) continue;
    error += Math.abs(found[i]! - wanted[i]!);
    count++;
  }
  expect(count).toBeGreaterThan(200);
  // Nats of power: 0.5 is about 2 dB.
  expect(error / count).toBeLessThan(0.5);
});

test('silence stays silent', async () => {
  const sound = await griffinLim(new Float32Array(20 * MEL_BANDS).fill(Math.log(1e-10)));
  expect(sound.every((v) => Math.abs(v) < 1e-2)).toBe(true);
});
