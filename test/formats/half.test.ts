import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fromHalf, HalfBits, toHalf } from '../../src/formats/half.js';
import { decodeSafetensors } from '../../src/formats/safetensors.js';

const file = new URL('../fixtures/safetensors/half.safetensors', import.meta.url);
const { tensors } = decodeSafetensors(new Uint8Array(readFileSync(file)));
const single = tensors.get('single')!.data as Float32Array;
const half = tensors.get('half')!.data as HalfBits;

test('single precision is rounded to half as NumPy does', () => {
  expect(half).toBeInstanceOf(HalfBits);
  expect(toHalf(single)).toEqual(half);
  expect(fromHalf(half.subarray(4, 8) as HalfBits)).toEqual(Float32Array.of(65504, 65504, Infinity, Infinity));
});

test('every half is a single, which rounds to the same half', () => {
  const all = HalfBits.from({ length: 0x10000 }, (_, bits) => bits) as HalfBits;
  const wide = fromHalf(all);
  const again = toHalf(wide);
  for (let bits = 0; bits < 0x10000; bits++) {
    if (!Number.isNaN(wide[bits]!)) expect(again[bits]).toBe(bits);
  }
  expect(wide.filter(Number.isNaN)).toHaveLength(2 * 1023);
  expect(wide.subarray(0x3c00, 0x3c02)).toEqual(Float32Array.of(1, 1 + 2 ** -10));
  expect(wide[0x0001]).toBe(2 ** -24);
  expect(toHalf(Float32Array.of(Number.NaN))[0]! & 0x7fff).toBeGreaterThan(0x7c00);
});
