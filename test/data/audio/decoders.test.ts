import { describe, expect, it } from 'vitest';
import { decodeSound } from '../../../src/data/audio/decode-sound.js';
import { decodeFlac } from '../../../src/data/audio/flac.js';
import { decodeSphere } from '../../../src/data/audio/sphere.js';
import { decodeWav } from '../../../src/data/audio/wav.js';
import { expectFailure } from '../folders.js';
import { distance, fixture, numbers, sphere, wav } from './fixtures.js';

const tone = numbers('tone.npy');

describe('WAVE', () => {
  it.each([
    ['int8.wav', 1 / 128],
    ['int16.wav', 1 / 32768],
    ['int24.wav', 2 ** -23],
    ['int32.wav', 2 ** -24],
    ['float32.wav', 0],
    ['float64.wav', 0],
  ])('%s, made by Python, is read to the last bit', (name, step) => {
    const { sampleRate, samples } = decodeWav(fixture(name), name);
    expect(sampleRate).toBe(16000);
    expect(distance(samples, tone.subarray(0, 400))).toBeLessThanOrEqual(step);
  });

  it('channels are averaged', () => {
    const { samples } = decodeWav(fixture('stereo.wav'), 'stereo.wav');
    expect(
      distance(
        samples,
        tone.subarray(0, 400).map((v) => v / 4),
      ),
    ).toBeLessThan(1 / 32768);
  });

  it('of unknown length is read to its end, and other chunks are passed over', () => {
    const bytes = wav([0.5, -0.5, 0.25]);
    new DataView(bytes.buffer).setUint32(40, 0xffffffff, true);
    expect(Array.from(decodeWav(bytes, 'x').samples)).toEqual([0.5, -0.5, 0.25]);
    const extra = new TextEncoder().encode('LIST\x03\0\0\0abc\0');
    const plain = wav([0.5, -0.5]);
    const more = Uint8Array.from([...plain.subarray(0, 12), ...extra, ...plain.subarray(12)]);
    expect(Array.from(decodeWav(more, 'x').samples)).toEqual([0.5, -0.5]);
  });

  it.each<[string, (v: DataView) => void, RegExp]>([
    ['lies about its length', (v) => v.setUint32(40, 100, true), /6 bytes of samples found, 100 expected.*cut short/],
    ['lies about a chunk', (v) => v.setUint32(16, 0x7fffffff, true), /"fmt " chunk of 2147483647 bytes with 30 left/],
    ['is compressed', (v) => v.setUint16(20, 2, true), /x: samples compressed as Microsoft ADPCM/],
    ['has no channels', (v) => v.setUint16(22, 0, true), /0 channels found/],
    ['has a rate of nothing', (v) => v.setUint32(24, 1, true), /1 Hz found/],
    ['has odd samples', (v) => v.setUint16(34, 12, true) ?? v.setUint16(32, 3, true), /12 bits in blocks of 3 bytes/],
    ['has none', (v) => v.setUint32(40, 0, true), /no samples found/],
  ])('that %s is refused', (_, change, message) => {
    const bytes = wav([0.5, -0.5, 0.25]);
    change(new DataView(bytes.buffer));
    expectFailure(() => decodeWav(bytes, 'x'), 'input', message);
  });

  it('with a number that is none says where', () => {
    const bytes = Uint8Array.from(fixture('float32.wav'));
    const at = bytes.length - 400 * 4 + 160 * 4;
    new DataView(bytes.buffer).setFloat32(at, Number.NaN, true);
    expectFailure(() => decodeWav(bytes, 'x.wav'), 'input', /x\.wav: NaN found at 0\.010 s/);
  });
});

describe('SPHERE', () => {
  const samples = Int16Array.from({ length: 50 }, (_, i) => 600 * i - 15000);

  it.each([false, true])('is read in either byte order (big: %s)', (big) => {
    const sound = decodeSphere(sphere(samples, {}, big), 'x');
    expect(sound.sampleRate).toBe(16000);
    expect(Array.from(sound.samples)).toEqual(Array.from(samples, (v) => v / 32768));
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ['shorten', { sample_coding: '-s26 pcm,embedded-shorten-v2.00' }, /compressed with shorten.*w_decode -o pcm/],
    ['µ-law', { sample_coding: '-s4 ulaw' }, /compressed as "ulaw"/],
    ['too few samples', { sample_count: '-i 51' }, /50 samples found, 51 expected.*cut short/],
    ['no samples', { sample_count: '-i 0' }, /no samples/],
    ['no rate', { sample_rate: '-s4 fast' }, /sample_rate fast found, a whole number expected/],
    ['an unknown order', { sample_byte_format: '-s2 11' }, /order "11"/],
    ['too many channels', { channel_count: '-i 99' }, /99 channels/],
  ])('with %s is refused', (_, fields, message) => {
    expectFailure(() => decodeSphere(sphere(samples, fields), 'x.WAV'), 'input', /x\.WAV/, message);
  });

  it('with a header that lies or ends early is refused', () => {
    const whole = sphere(samples);
    expectFailure(() => decodeSphere(whole.subarray(0, 700), 'x'), 'input', /header cut short/);
    expectFailure(() => decodeSphere(whole.subarray(0, 12), 'x'), 'input', /header cut short/);
    const endless = Uint8Array.from(whole).fill(32, 16, 1024);
    expectFailure(() => decodeSphere(endless, 'x'), 'input', /without end_head/);
  });
});

describe('FLAC', () => {
  it.each(['mono16', 'stereo16', 'fixed16', 'noise16', 'silence16', 'wasted16', 'short16'])(
    '%s of the reference encoder is read to the last bit',
    (name) => {
      const { sampleRate, samples } = decodeFlac(fixture(`${name}.flac`), name);
      expect(sampleRate).toBe(16000);
      expect(distance(samples, numbers(`${name}.npy`))).toBe(0);
    },
  );

  it('of 24 bits at another rate is read', () => {
    const { sampleRate, samples } = decodeFlac(fixture('mono24.flac'), 'x');
    expect(sampleRate).toBe(44100);
    expect(distance(samples, tone.subarray(0, 2000))).toBeLessThan(2 ** -23);
  });

  it('that is cut short or changed is refused', () => {
    const whole = fixture('mono16.flac');
    for (const length of [0, 4, 20, 60, 100, 2000, whole.length - 1]) {
      expectFailure(() => decodeFlac(whole.subarray(0, length), 'x'), 'input', /x: FLAC that is damaged or cut short/);
    }
    for (const at of [500, 1000, 3000]) {
      const changed = Uint8Array.from(whole);
      changed[at]! ^= 4;
      expectFailure(() => decodeFlac(changed, 'x'), 'input', /damaged or cut short/);
    }
  });

  it('with more or fewer samples than it claims is refused, before memory is taken for them', () => {
    const claim = (samples: number) => {
      const bytes = Uint8Array.from(fixture('short16.flac'));
      new DataView(bytes.buffer).setUint32(22, samples);
      return bytes;
    };
    expectFailure(() => decodeFlac(claim(8), 'x'), 'input', /7 samples of 8/);
    expectFailure(() => decodeFlac(claim(6), 'x'), 'input', /7 samples of 6/);
    expectFailure(() => decodeFlac(claim(2 ** 31), 'x'), 'input', /at most 268435456 expected/);
    // 0: not known.
    expect(decodeFlac(claim(0), 'x').samples.length).toBe(7);
  });
});

it('the kind of a file is told by its first bytes', () => {
  expect(decodeSound(fixture('int16.wav'), 'x').samples.length).toBe(400);
  expect(decodeSound(fixture('short16.flac'), 'x').samples.length).toBe(7);
  expect(decodeSound(sphere(Int16Array.of(1, 2)), 'x').samples.length).toBe(2);
  expectFailure(() => decodeSound(new Uint8Array(0), 'x'), 'input', /x: an empty file found/);
  expectFailure(() => decodeSound(new Uint8Array(100), 'x'), 'input', /x: a file of another kind found/);
});
