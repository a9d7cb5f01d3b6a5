import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  crc32c,
  fileVersionRecord,
  imageRecord,
  maskCrc,
  scalarsRecord,
  sessionStartRecord,
  tfRecord,
} from '../../src/formats/tensorboard.js';
import { readEvents } from './read-events.js';

const fixture = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../fixtures/tensorboard/${name}`, import.meta.url)));
const text = (s: string) => new TextEncoder().encode(s);

describe('CRC-32C', () => {
  // RFC 3720 appendix B.4, and the usual check value.
  test.each([
    ['32 zeros', new Uint8Array(32), 0x8a9136aa],
    ['32 times 0xff', new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ['0 to 31', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
    ['31 to 0', Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
    ['"123456789"', text('123456789'), 0xe3069283],
    ['nothing', new Uint8Array(0), 0],
  ])('of %s', (_, bytes, crc) => {
    expect(crc32c(bytes)).toBe(crc);
  });

  test('masked', () => {
    // Its definition, in exact integers.
    for (const crc of [0, 1, 0x8a9136aa, 0xffffffff]) {
      const c = BigInt(crc);
      expect(BigInt(maskCrc(crc))).toBe((((c >> 15n) | ((c << 17n) & 0xffffffffn)) + 0xa282ead8n) & 0xffffffffn);
    }
  });
});

const values = { 'train/loss': 0.1, né: -Infinity, zero: 0 };
const records = () => [
  fileVersionRecord(1700000000.25),
  scalarsRecord({ wallTime: 1700000001.5, step: 0 }, values),
  scalarsRecord({ wallTime: 1700000002.5, step: Number.MAX_SAFE_INTEGER }, values),
  imageRecord({ wallTime: 1700000003, step: 300 }, 'samples/swap', fixture('dot.png')),
  sessionStartRecord({ wallTime: 1700000004, step: 300 }),
];

test('the bytes are those of TensorBoard’s own writer', () => {
  expect(Buffer.concat(records()).toString('hex')).toBe(Buffer.from(fixture('reference.tfevents')).toString('hex'));
});

test('a reader that shares no code reads everything back', () => {
  const f32 = { 'train/loss': Math.fround(0.1), né: -Infinity, zero: 0 };
  expect(readEvents(Buffer.concat(records()))).toEqual([
    { wallTime: 1700000000.25, step: 0, fileVersion: 'brain.Event:2' },
    { wallTime: 1700000001.5, step: 0, scalars: f32 },
    { wallTime: 1700000002.5, step: Number.MAX_SAFE_INTEGER, scalars: f32 },
    {
      wallTime: 1700000003,
      step: 300,
      image: { tag: 'samples/swap', width: 3, height: 2, channels: 3, png: fixture('dot.png') },
    },
    { wallTime: 1700000004, step: 300, sessionStart: true },
  ]);
});

test('a changed byte anywhere is noticed by the checksums', () => {
  const record = tfRecord(text('some bytes'));
  for (let i = 0; i < record.length; i++) {
    expect(() => readEvents(record.with(i, record[i]! ^ 4)), `byte ${i}`).toThrow(/checksum|cut short/);
  }
});

test('numbers that float32 cannot hold become infinite, NaN stays', () => {
  const event = readEvents(scalarsRecord({ wallTime: 0, step: 1 }, { big: 1e300, nan: Number.NaN }))[0]!;
  expect(event.scalars).toEqual({ big: Infinity, nan: Number.NaN });
});

test('what is not a PNG file is refused', () => {
  const time = { wallTime: 0, step: 1 };
  for (const bytes of [new Uint8Array(0), text('GIF89a'), fixture('dot.png').subarray(0, 20)]) {
    expect(() => imageRecord(time, 'swap', bytes)).toThrow('picture "swap": a PNG file expected');
  }
});
