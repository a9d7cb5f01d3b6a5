/** Sounds made by `test/fixtures/audio/make_audio.py`, and sounds made here. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Random } from '../../../src/random.js';
import { parseNpy } from '../../formats/parse-npy.js';

const FOLDER = join(import.meta.dirname, '..', '..', 'fixtures', 'audio');

export function fixture(name: string): Uint8Array {
  return readFileSync(join(FOLDER, name));
}

export function numbers(name: string): Float32Array {
  return parseNpy(fixture(name), name).data as Float32Array;
}

/** Largest absolute difference. */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i]! - b[i]!));
  return most;
}

/** A voice of one pitch at 16 kHz: a pulse train through a resonance, as a vowel is. */
export function vowel(pitch: number, seconds: number): Float32Array {
  const out = new Float32Array(Math.round(16000 * seconds));
  const [radius, angle] = [0.97, (2 * Math.PI * 700) / 16000];
  let [a, b, phase] = [0, 0, 0];
  for (let i = 0; i < out.length; i++) {
    phase += pitch / 16000;
    const pulse = phase >= 1 ? 1 : 0;
    phase -= pulse;
    const y = pulse + 2 * radius * Math.cos(angle) * a - radius ** 2 * b;
    [a, b] = [y, a];
    out[i] = 0.1 * y;
  }
  return out;
}

/** Pitch in Hz of a stretch of sound at 16 kHz by its autocorrelation, 60 to 500 Hz; 0 where there is none. */
export function pitchOf(x: Float32Array): number {
  const product = (lag: number) => {
    let [sum, left, right] = [0, 1e-12, 1e-12];
    for (let i = 0; i + lag < x.length; i++) {
      sum += x[i]! * x[i + lag]!;
      left += x[i]! ** 2;
      right += x[i + lag]! ** 2;
    }
    return sum / Math.sqrt(left * right);
  };
  const lags = Array.from({ length: 235 }, (_, i) => i + 32);
  const values = lags.map(product);
  const best = Math.max(...values);
  if (best < 0.7) return 0;
  // The first peak that is nearly the best: later ones are whole multiples of the period.
  const k = values.findIndex((v, i) => i > 0 && v > 0.9 * best && v >= values[i - 1]! && v >= (values[i + 1] ?? 0));
  if (k < 1 || k + 1 >= values.length) return 0;
  const [l, m, r] = values.slice(k - 1, k + 2) as [number, number, number];
  return 16000 / (lags[k]! + (0.5 * (l - r)) / (l - 2 * m + r));
}

/** White noise with a loud burst now and then: its moments can be found again. */
export function bursts(seconds: number, every: number): Float32Array {
  const random = Random.of(3, 'bursts');
  return Float32Array.from({ length: Math.round(16000 * seconds) }, (_, i) => {
    const loud = i % Math.round(16000 * every) < 800;
    return (loud ? 0.5 : 0.001) * random.normal();
  });
}

/** A 16-bit mono WAVE file. */
export function wav(samples: ArrayLike<number>, rate = 16000): Uint8Array {
  const out = new Uint8Array(44 + 2 * samples.length);
  const view = new DataView(out.buffer);
  const text = (at: number, s: string) => out.set(new TextEncoder().encode(s), at);
  text(0, 'RIFF');
  view.setUint32(4, out.length - 8, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, 2 * rate, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, 'data');
  view.setUint32(40, 2 * samples.length, true);
  for (let i = 0; i < samples.length; i++) {
    view.setInt16(44 + 2 * i, Math.max(-32768, Math.min(32767, Math.round(32768 * samples[i]!))), true);
  }
  return out;
}

/** A SPHERE file as TIMIT has them, with fields changed. */
export function sphere(samples: Int16Array, fields: Record<string, string> = {}, big = false): Uint8Array {
  const all: Record<string, string> = {
    database_id: '-s5 TIMIT',
    channel_count: '-i 1',
    sample_count: `-i ${samples.length}`,
    sample_rate: '-i 16000',
    sample_n_bytes: '-i 2',
    sample_byte_format: `-s2 ${big ? '10' : '01'}`,
    sample_sig_bits: '-i 16',
    ...fields,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name} ${value}\n`);
  const out = new Uint8Array(1024 + 2 * samples.length).fill(32, 0, 1024);
  out.set(new TextEncoder().encode(`NIST_1A\n   1024\n${lines.join('')}end_head\n`));
  const view = new DataView(out.buffer, 1024);
  samples.forEach((v, i) => {
    view.setInt16(2 * i, v, !big);
  });
  return out;
}
