import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { framesIn, logMel, melFrequencies, samplesIn } from '../../../src/data/audio/log-mel.js';
import { readSound } from '../../../src/data/audio/read-sound.js';
import { resample } from '../../../src/data/audio/resample.js';
import { BandSums, segments, segmentsIn } from '../../../src/data/audio/segments.js';
import { convertVoice, drawFactors } from '../../../src/data/audio/voice-conversion.js';
import { stretch } from '../../../src/data/audio/wsola.js';
import { Random } from '../../../src/random.js';
import { bursts, distance, numbers, pitchOf, vowel } from './fixtures.js';

const LIBRISPEECH = join(
  import.meta.dirname,
  '..',
  '..',
  '..',
  '..',
  'shared',
  'data',
  'librispeech-mini',
  'flac',
  'test',
);
const tone = numbers('tone.npy');

describe('log-mel spectra', () => {
  it('are what scipy makes of librosa’s recipe', () => {
    expect(distance(logMel(tone), numbers('log-mel.npy'))).toBeLessThan(1e-3);
  });

  it('have librosa’s bands (values printed in the documentation of librosa.mel_frequencies)', () => {
    const published = [
      [0.0, 85.317, 170.635, 255.952, 341.269, 426.586, 511.904, 597.221, 682.538, 767.855],
      [853.173, 938.49, 1024.856, 1119.114, 1222.042, 1334.436, 1457.167, 1591.187, 1737.532, 1897.337],
      [2071.84, 2262.393, 2470.47, 2697.686, 2945.799, 3216.731, 3512.582, 3835.643, 4188.417, 4573.636],
      [4994.285, 5453.621, 5955.205, 6502.92, 7101.009, 7754.107, 8467.272, 9246.028, 10096.408, 11025.0],
    ].flat();
    expect(distance(melFrequencies(40, 11025), published)).toBeLessThan(6e-4);
  });

  it('have frames wherever the transform fits', () => {
    for (const [samples, frames] of [
      [0, 0],
      [511, 0],
      [512, 1],
      [671, 1],
      [672, 2],
      [3552, 20],
      [3551, 19],
    ] as const) {
      expect(framesIn(samples)).toBe(frames);
      expect(logMel(new Float32Array(samples)).length).toBe(frames * 80);
    }
    expect(samplesIn(20)).toBe(3552);
    expect(logMel(new Float32Array(512)).every((v) => v === Math.fround(Math.log(1e-10)))).toBe(true);
  });
});

describe('segments', () => {
  it('follow one another, standardised with the statistics of training data', () => {
    const sums = new BandSums().add(segments(tone));
    const values = segments(tone, sums.statistics());
    expect(segmentsIn(tone.length)).toBe(2);
    expect(values.length).toBe(2 * 20 * 80);
    for (const band of [0, 41, 79]) {
      const column = Array.from({ length: 40 }, (_, t) => values[t * 80 + band]!);
      const mean = column.reduce((a, b) => a + b, 0) / 40;
      expect(mean).toBeCloseTo(0, 5);
      expect(Math.sqrt(column.reduce((a, b) => a + (b - mean) ** 2, 0) / 40)).toBeCloseTo(1, 5);
    }
    expect(segments(tone)).toEqual(logMel(tone).subarray(0, 3200));
  });
});

describe('resampling', () => {
  it.each([
    [2, 1],
    [160, 441],
    [100, 118],
    [100, 83],
  ])('by %i/%i is scipy’s resample_poly', (up, down) => {
    expect(distance(resample(tone.subarray(0, 2000), up, down), numbers(`resampled-${up}-${down}.npy`))).toBeLessThan(
      2e-6,
    );
  });

  it('by 1 changes nothing', () => {
    expect(resample(tone, 7, 7)).toBe(tone);
  });
});

describe('WSOLA', () => {
  it.each([0.75, 1, 1.3, 2])('by %f changes length and not pitch', (factor) => {
    for (const pitch of [85, 130, 220]) {
      const x = vowel(pitch, 0.6);
      const y = stretch(x, factor);
      expect(y.length).toBe(Math.round(x.length * factor));
      expect(pitchOf(y.subarray(2000, 6000)) / pitch).toBeCloseTo(1, 1.5);
    }
  });

  it('by 1 gives the sound back', () => {
    expect(distance(stretch(tone, 1), tone)).toBeLessThan(1e-6);
  });
});

/** Median pitch of the voiced stretches of speech, 40 ms each. */
function pitchOfSpeech(x: Float32Array): number[] {
  const frames = Array.from({ length: Math.floor(x.length / 640) - 1 }, (_, i) => x.subarray(i * 640, i * 640 + 1024));
  return frames.map((frame) => (frame.reduce((e, v) => e + v * v, 0) / frame.length > 1e-4 ? pitchOf(frame) : 0));
}

describe('voice conversion', () => {
  const factors = [0.77, 0.9, 1.12, 1.3];

  it.each(factors)('by %f moves the pitch of tones by it, give or take 3 percent', (factor) => {
    for (const pitch of [100, 150, 230]) {
      const y = convertVoice(vowel(pitch, 0.8), factor);
      expect(Math.abs(pitchOf(y.subarray(3000, 9000)) / (pitch * factor) - 1)).toBeLessThan(0.03);
    }
  });

  it.each(factors)('by %f moves formants by it', (factor) => {
    const centre = (x: Float32Array) => {
      const mel = logMel(x);
      const bands = Array.from({ length: 60 }, (_, m) => {
        let sum = 0;
        for (let t = 10; t < 60; t++) sum += Math.exp(mel[t * 80 + m]!);
        return sum;
      });
      const hz = melFrequencies(82, 8000);
      return bands.reduce((a, v, m) => a + v * hz[m + 1]!, 0) / bands.reduce((a, v) => a + v, 0);
    };
    const x = vowel(120, 0.8);
    expect(Math.abs(centre(convertVoice(x, factor)) / (centre(x) * factor) - 1)).toBeLessThan(0.1);
  });

  it.each(factors)('by %f leaves every moment where it is, within a frame', (factor) => {
    const every = 0.2;
    const x = bursts(2, every);
    const y = convertVoice(x, factor);
    expect(y.length).toBe(x.length);
    for (let n = 1; n < 9; n++) {
      // Where the power of 5 ms first comes near that of a burst.
      const at = Math.round(16000 * every * n);
      const onset = (v: Float32Array) => {
        for (let i = at - 1600; i < at + 1600; i += 8) {
          let power = 0;
          for (let k = 0; k < 80; k++) power += v[i + k]! ** 2;
          if (power / 80 > 0.03) return i;
        }
        return Number.NaN;
      };
      expect(Math.abs(onset(y) - onset(x))).toBeLessThan(160);
    }
  });

  it.skipIf(!existsSync(LIBRISPEECH))(
    'moves the pitch of real speech within 3 % (skipped without LibriSpeech)',
    async () => {
      const files = readdirSync(LIBRISPEECH).filter((_, i) => i % 25 === 0);
      expect(files.length).toBe(4);
      for (const file of files) {
        const x = (await readSound(join(LIBRISPEECH, file))).samples.subarray(0, 48000);
        const before = pitchOfSpeech(x);
        for (const factor of [0.8, 1.2]) {
          const after = pitchOfSpeech(convertVoice(x, factor));
          const ratios = before
            .flatMap((p, i) => (p > 0 && after[i]! > 0 ? [after[i]! / p] : []))
            .sort((a, b) => a - b);
          expect(ratios.length).toBeGreaterThan(10);
          expect(Math.abs(ratios[Math.floor(ratios.length / 2)]! / factor - 1)).toBeLessThan(0.03);
        }
      }
    },
  );

  it('draws factors below and above 1 in turn, none near 1, always the same', () => {
    const draw = () => drawFactors(200, 0.3, Random.of(1, 'voice a'));
    expect(draw()).toEqual(draw());
    draw().forEach((f, k) => {
      const size = Math.abs(Math.log(f));
      expect(Math.sign(Math.log(f))).toBe(k % 2 === 0 ? -1 : 1);
      expect(size).toBeGreaterThan(Math.log(1.3) / 3 - 0.01);
      expect(size).toBeLessThan(Math.log(1.3) + 0.01);
      expect(f * 100).toBeCloseTo(Math.round(f * 100), 9);
    });
  });
});
