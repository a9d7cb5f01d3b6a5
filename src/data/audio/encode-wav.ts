import type { Sound } from './sound.js';

const HEADER = 44;

/** A WAVE file of 16 bits, one channel. What is louder than it can hold is made quieter as a whole. */
export function encodeWav({ sampleRate, samples }: Sound): Uint8Array {
  const out = new Uint8Array(HEADER + 2 * samples.length);
  const view = new DataView(out.buffer);
  const text = (at: number, s: string) => out.set(new TextEncoder().encode(s), at);
  text(0, 'RIFF');
  view.setUint32(4, out.length - 8, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  // Whole numbers (format 1), one channel.
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, 2 * sampleRate, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, 'data');
  view.setUint32(40, 2 * samples.length, true);
  const scale = 32_767 / samples.reduce((most, v) => Math.max(most, Math.abs(v)), 1);
  samples.forEach((v, i) => {
    view.setInt16(HEADER + 2 * i, Math.round(v * scale), true);
  });
  return out;
}
