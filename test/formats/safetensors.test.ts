import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CdsvaeError } from '../../src/errors.js';
import { HalfBits } from '../../src/formats/half.js';
import { decodeSafetensors, encodeSafetensors, type NamedTensor } from '../../src/formats/safetensors.js';

const fixture = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../fixtures/safetensors/${name}.safetensors`, import.meta.url)));

/** A file with this header text, header length and data, right or wrong. */
function file(header: string | Uint8Array, data = 0, length?: bigint): Uint8Array {
  const text = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const bytes = new Uint8Array(8 + text.length + data);
  new DataView(bytes.buffer).setBigUint64(0, length ?? BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

function f32(shape: string, begin: number | string, end: number | string, dtype = 'F32'): string {
  return `{"dtype":"${dtype}","shape":${shape},"data_offsets":[${begin},${end}]}`;
}

describe('files of the reference implementation', () => {
  test('every type, shape, name and value of a mixed file', () => {
    const { tensors, metadata } = decodeSafetensors(fixture('mixed'));
    expect(metadata).toEqual({ format: 'pt', né: '名' });
    expect([...tensors]).toEqual([
      ['bn.num_batches_tracked', { shape: [], data: BigInt64Array.of(1234567890123n) }],
      ['double', { shape: [4], data: Float64Array.of(Math.PI, -Infinity, 5e-324, Number.MAX_VALUE) }],
      ['encoder.conv1.weight', { shape: [2, 3, 1], data: Float32Array.of(-0.5, -0.25, 0, 0.25, 0.5, 0.75) }],
      ['no rows', { shape: [0, 5], data: new Float32Array(0) }],
      ['né "quoted" \\ 名', { shape: [1], data: Float32Array.of(1.5) }],
      ['labels', { shape: [2, 2], data: Int32Array.of(-1, 2147483647, 0, -2147483648) }],
      ['pixels', { shape: [3], data: Uint8Array.of(0, 1, 255) }],
    ]);
  });

  test('encoding it again gives the same bytes', () => {
    const { tensors, metadata } = decodeSafetensors(fixture('mixed'));
    // The reference keeps metadata in a hash map and so in no order of its own; ours follows the file.
    expect(encodeSafetensors(tensors, metadata)).toEqual(fixture('mixed'));
  });

  test('an empty file', () => {
    expect(decodeSafetensors(fixture('empty')).tensors.size).toBe(0);
    expect(encodeSafetensors(new Map())).toEqual(fixture('empty'));
  });

  test('unpadded header, unaligned tensors, names that look like numbers, in their order', () => {
    expect([...decodeSafetensors(fixture('plain')).tensors]).toEqual([
      ['z', { shape: [1], data: Uint8Array.of(7) }],
      ['10', { shape: [1, 2], data: Float32Array.of(1.25, -2.5) }],
      ['2', { shape: [], data: Float64Array.of(0.1) }],
    ]);
  });
});

describe('round trip', () => {
  const tensor: fc.Arbitrary<NamedTensor> = fc.array(fc.nat(4), { maxLength: 4 }).chain((shape) => {
    const length = shape.reduce((a, b) => a * b, 1);
    const exactly = { minLength: length, maxLength: length };
    return fc
      .oneof(
        fc.float32Array(exactly),
        fc.float64Array(exactly),
        fc.int32Array(exactly),
        fc.uint16Array(exactly).map((bits) => new HalfBits(bits)),
        fc.uint8Array(exactly),
        fc.bigInt64Array(exactly),
      )
      .map((data) => ({ shape, data }));
  });
  const name = fc.string({ unit: 'grapheme' }).filter((n) => n !== '__metadata__');

  test('names, order, shapes, types, bits and metadata are kept', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(name, tensor)),
        fc.dictionary(name, fc.string()),
        fc.nat(7),
        (list, meta, shift) => {
          const tensors = new Map(list);
          const encoded = encodeSafetensors(tensors, meta);
          expect(new DataView(encoded.buffer).getUint32(0, true) % 8).toBe(0);
          // Read at an odd place in memory too, where views are impossible.
          const shifted = new Uint8Array(shift + encoded.length).subarray(shift);
          shifted.set(encoded);
          const decoded = decodeSafetensors(shift % 2 ? shifted : Buffer.from(shifted.buffer, shift));
          expect([...decoded.tensors]).toEqual([...tensors]);
          expect({ ...decoded.metadata }).toEqual({ ...meta });
        },
      ),
    );
  });

  test('tensors are views of the file', () => {
    const bytes = encodeSafetensors(
      new Map<string, NamedTensor>([
        ['u', { shape: [1], data: Uint8Array.of(1) }],
        ['d', { shape: [1], data: Float64Array.of(1) }],
      ]),
    );
    for (const { data } of decodeSafetensors(bytes).tensors.values()) expect(data.buffer).toBe(bytes.buffer);
  });

  test('one tensor under two names', () => {
    const tensor = { shape: [2], data: Float32Array.of(1, 2) };
    const tensors = new Map([
      ['a', tensor],
      ['b', tensor],
    ]);
    expect([...decodeSafetensors(encodeSafetensors(tensors)).tensors]).toEqual([...tensors]);
  });

  test('a shape that does not match its data, and a reserved name, are refused', () => {
    const data = Float32Array.of(1, 2, 3);
    expect(() => encodeSafetensors(new Map([['w', { shape: [2], data }]]))).toThrow('"w": shape [2] with 3 numbers');
    expect(() => encodeSafetensors(new Map([['__metadata__', { shape: [3], data }]]))).toThrow('__metadata__');
  });
});

/** Each attack, and what the error must say of it. */
const ATTACKS: Record<string, [bytes: Uint8Array, says: string]> = {
  'nothing at all': [new Uint8Array(0), '0 bytes found, at least 8 expected'],
  'fewer than 8 bytes': [new Uint8Array(7), '7 bytes found'],
  'header length beyond the file': [file('{}', 0, 3n), 'a header of 3 bytes found in a file of 10 bytes'],
  'header length of 2^64 − 1': [file('{}', 0, 2n ** 64n - 1n), 'at most 100000000 expected'],
  'header length of 2^63': [file('{}', 0, 2n ** 63n), 'at most 100000000 expected'],
  'deep nesting': [file(`{"a":${'['.repeat(100_000)}`), 'more than 16 levels'],
  'empty header': [file(''), 'does not begin with "{"'],
  'header not an object': [file('[]'), 'does not begin with "{"'],
  'header with a byte-order mark': [file('\ufeff{}'), 'does not begin with "{"'],
  'header not JSON': [file('{tensors}'), 'a string expected at character 1'],
  'header in Python syntax': [file("{'a':1}"), 'a string expected'],
  'header not UTF-8': [file(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d)), 'not UTF-8'],
  'two headers': [file('{}{}'), 'the end expected'],
  'duplicate tensor': [file(`{"a":${f32('[1]', 0, 4)},"a":${f32('[1]', 4, 8)}}`, 8), 'the key "a" a second time'],
  'duplicate tensor, escaped': [file(`{"a":${f32('[1]', 0, 4)},"\\u0061":${f32('[1]', 4, 8)}}`, 8), 'a second time'],
  'duplicate field': [
    file('{"a":{"dtype":"F32","dtype":"U8","shape":[4],"data_offsets":[0,4]}}', 4),
    '"dtype" a second',
  ],
  'missing field': [file('{"a":{"dtype":"F32","data_offsets":[0,4]}}', 4), 'its shape is not a list of sizes'],
  'type of another kind': [file('{"a":{"dtype":1,"shape":[4],"data_offsets":[0,4]}}', 4), 'dtype 1 found'],
  'type from the prototype': [file(`{"a":${f32('[1]', 0, 4, 'constructor')}}`, 4), 'dtype "constructor" found'],
  'type we do not read': [file(`{"a":${f32('[2]', 0, 4, 'BF16')}}`, 4), 'dtype "BF16" found, one of F32, F64'],
  'overlapping offsets': [file(`{"a":${f32('[2]', 0, 8)},"b":${f32('[2]', 4, 12)}}`, 12), 'overlaps'],
  'the same bytes many times': [file(`{"a":${f32('[2]', 0, 8)},"b":${f32('[2]', 0, 8)}}`, 8), 'overlaps'],
  'hole between tensors': [file(`{"a":${f32('[1]', 0, 4)},"b":${f32('[1]', 8, 12)}}`, 12), 'a hole before it'],
  'hole at the start': [file(`{"a":${f32('[1]', 4, 8)}}`, 8), 'a hole before it'],
  'trailing bytes': [file(`{"a":${f32('[1]', 0, 4)}}`, 5), '5 bytes of tensors found, 4 expected'],
  'trailing bytes, no tensors': [file('{}', 1), '1 bytes of tensors found, 0 expected'],
  'file cut short': [
    file(`{"a":${f32('[2]', 0, 8)}}`, 7),
    '7 bytes of tensors found, 8 expected; the file is cut short',
  ],
  'offsets negative': [file(`{"a":${f32('[1]', -4, 0)}}`, 4), 'data_offsets are not two positions'],
  'offsets reversed': [file(`{"a":${f32('[1]', 4, 0)}}`, 4), '4 bytes expected'],
  'offsets fractional': [file(`{"a":${f32('[1]', 0.5, 4.5)}}`, 4), 'data_offsets are not two positions'],
  'offsets of 10^300': [file(`{"a":${f32('[1]', '1e300', '1e300')}}`, 4), 'data_offsets are not two positions'],
  'three offsets': [file('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]}}', 4), 'not two positions'],
  'offsets not of the shape': [file(`{"a":${f32('[3]', 0, 8)}}`, 8), '12 bytes expected for shape [3] of F32'],
  'offsets not of the type': [file(`{"a":${f32('[2]', 0, 8, 'F64')}}`, 8), '16 bytes expected for shape [2] of F64'],
  'shape negative': [file(`{"a":${f32('[-1]', 0, 4)}}`, 4), 'its shape is not a list of sizes'],
  'shape doubly negative': [file(`{"a":${f32('[-1,-1]', 0, 4)}}`, 4), 'its shape is not a list of sizes'],
  'shape as text': [file(`{"a":${f32('"1"', 0, 4)}}`, 4), 'its shape is not a list of sizes'],
  'shape product overflows': [
    file(`{"a":${f32('[4294967296,4294967296,4294967296]', 0, 4)}}`, 4),
    'more numbers than can be counted',
  ],
  'shape product overflows, then 0': [
    file(`{"a":${f32('[4503599627370496,4503599627370496,0]', 0, 0)}}`),
    'more numbers than can be counted',
  ],
  'bytes overflow': [file(`{"a":${f32('[4503599627370496]', 0, 4, 'F64')}}`, 4), 'more numbers than can be counted'],
  'metadata not text': [file('{"__metadata__":{"a":1}}'), '__metadata__ is not an object of strings'],
  'metadata not an object': [file('{"__metadata__":[]}'), '__metadata__ is not an object of strings'],
};

describe('attacks', () => {
  test.each(Object.entries(ATTACKS))('%s', (_, [bytes, says]) => {
    try {
      decodeSafetensors(bytes, 'weights.safetensors');
    } catch (error) {
      expect(error).toBeInstanceOf(CdsvaeError);
      expect(error).toMatchObject({ code: 'input' });
      expect((error as Error).message).toContain('weights.safetensors: ');
      expect((error as Error).message).toContain(says);
      return;
    }
    expect.unreachable('the file was taken');
  });

  test('huge header, huge name, huge number: refused without exhausting memory or stack', () => {
    const inner = f32('[]', 0, 4);
    expect(() => decodeSafetensors(file(`{"a":${inner}${' '.repeat(100_000_000)}}`, 4))).toThrow('at most 100000000');
    expect(() => decodeSafetensors(file(`{"${'a'.repeat(50_000_000)}`))).toThrow('a string without an end');
    expect(() => decodeSafetensors(file(`{"a":${'9'.repeat(50_000_000)}}`))).toThrow('an object with dtype');
  });

  test('__proto__ is a name like any other', () => {
    const bytes = file(`{"__metadata__":{"__proto__":"x"},"__proto__":${f32('[1]', 0, 4)}}`, 4);
    const { tensors, metadata } = decodeSafetensors(bytes);
    expect([...tensors.keys()]).toEqual(['__proto__']);
    expect(Object.entries(metadata)).toEqual([['__proto__', 'x']]);
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });

  test('bytes at random, and a good file with any byte changed, give an error or tensors that fit', () => {
    const good = fixture('mixed');
    const check = (bytes: Uint8Array) => {
      try {
        for (const { shape, data } of decodeSafetensors(bytes).tensors.values()) {
          expect(data.length).toBe(shape.reduce((a, b) => a * b, 1));
        }
      } catch (error) {
        expect(error).toBeInstanceOf(CdsvaeError);
      }
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), check));
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), (at, value) => check(good.with(at, value))),
      { numRuns: 2000 },
    );
  });
});
