import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CdsvaeError, type ErrorCode } from '../../src/errors.js';
import {
  encodeNpy,
  encodeNpyHeader,
  expectNpy,
  type NpyData,
  type NpyDtype,
  parseNpyHeader,
} from '../../src/formats/npy.js';
import { NpyFile, NpyWriter } from '../../src/formats/npy-file.js';
import { parseNpy } from './parse-npy.js';

const FIXTURES = join(import.meta.dirname, '..', 'fixtures', 'npy');
const fixture = (name: string) => new Uint8Array(readFileSync(join(FIXTURES, `${name}.npy`)));
const grid = Array.from({ length: 24 }, (_, i) => i);

function failure(run: () => unknown): CdsvaeError {
  try {
    run();
  } catch (error) {
    if (error instanceof CdsvaeError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

function expectFailure(run: () => unknown, code: ErrorCode, ...parts: (string | RegExp)[]) {
  const error = failure(run);
  expect(error.code).toBe(code);
  for (const part of parts) expect(error.message).toMatch(part);
}

describe('files of NumPy', () => {
  const cases: [string, NpyDtype, NpyData][] = [
    ['uint8', 'uint8', Uint8Array.from(grid, (i) => i * 10)],
    ['int32', 'int32', Int32Array.from(grid, (i) => i - 12)],
    ['int64', 'int64', BigInt64Array.from(grid, (i) => BigInt(i - 12))],
    ['float32', 'float32', Float32Array.from(grid, (i) => i / 7)],
    ['float64', 'float64', Float64Array.from(grid, (i) => i / 7)],
    ['version2', 'float32', Float32Array.from(grid, (i) => i / 7)],
    ['version3', 'float32', Float32Array.from(grid, (i) => i / 7)],
  ];
  it.each(cases)('reads %s', (name, dtype, data) => {
    const read = parseNpy(fixture(name), name);
    expect(read.header.dtype).toBe(dtype);
    expect(read.header.shape).toEqual([2, 3, 4]);
    expect(read.data).toEqual(data);
  });

  it('reads a vector, a single number, and no values at all', () => {
    expect(parseNpy(fixture('vector'), '').data).toEqual(Float32Array.of(1.5, -2.5, Number.POSITIVE_INFINITY));
    expect(parseNpy(fixture('scalar'), '')).toMatchObject({ header: { shape: [] }, data: Int32Array.of(42) });
    expect(parseNpy(fixture('empty'), '').header.shape).toEqual([0, 3]);
  });

  it.each(['uint8', 'int32', 'int64', 'float32', 'float64', 'vector', 'scalar', 'empty'])('writes %s alike', (name) => {
    const { header, data } = parseNpy(fixture(name), name);
    expect(encodeNpy(data, header.shape)).toEqual(fixture(name));
  });

  const numpy = spawnSync('/usr/bin/python3', ['-c', 'import numpy']).status === 0;
  it.skipIf(!numpy)('is understood by NumPy (skipped where there is none)', () => {
    const script = 'import sys, io, numpy as np; print(np.load(io.BytesIO(sys.stdin.buffer.read())).tolist())';
    const { stdout } = spawnSync('/usr/bin/python3', ['-c', script], {
      input: encodeNpy(Float32Array.of(1, 2.5, -3, 0), [2, 2]),
    });
    expect(JSON.parse(stdout.toString())).toEqual([
      [1, 2.5],
      [-3, 0],
    ]);
  });
});

describe('bytes', () => {
  it('come back as they were', () => {
    const dims = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 4 });
    fc.assert(
      fc.property(dims, fc.constantFrom('uint8', 'int32', 'float32'), fc.integer(), (shape, dtype, seed) => {
        const size = shape.reduce((n, d) => n * d, 1);
        const values = Array.from({ length: size }, (_, i) => (seed + i * 31) % 251);
        const data =
          dtype === 'uint8'
            ? Uint8Array.from(values)
            : dtype === 'int32'
              ? Int32Array.from(values)
              : Float32Array.from(values);
        const bytes = encodeNpy(data, shape);
        const read = parseNpy(bytes, 'x.npy');
        expect(read.header).toEqual({
          dtype,
          shape,
          dataOffset: bytes.length - data.byteLength,
          dataLength: data.byteLength,
        });
        expect(read.header.dataOffset % 64).toBe(0);
        expect(read.data).toEqual(data);
      }),
    );
  });

  it('that start anywhere in a buffer are read', () => {
    const bytes = fixture('float32');
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    expect(parseNpy(shifted.subarray(3), '').data).toEqual(parseNpy(bytes, '').data);
  });

  it('damaged anywhere in the header never give anything but a CdsvaeError or a header', () => {
    const whole = fixture('float32');
    fc.assert(
      fc.property(fc.nat(127), fc.nat(255), (at, value) => {
        const bytes = whole.slice();
        bytes[at] = value;
        try {
          parseNpy(bytes, 'x.npy');
        } catch (error) {
          expect(error).toBeInstanceOf(CdsvaeError);
          expect(failure(() => parseNpy(bytes, 'x.npy')).message).toMatch(/^x\.npy: /);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('cut short anywhere are refused', () => {
    const whole = fixture('float32');
    for (let length = 0; length < whole.length; length++) {
      expectFailure(
        () => parseNpy(whole.subarray(0, length), 'x.npy'),
        'input',
        /^x\.npy: /,
        /cut short|empty|first bytes/,
      );
    }
  });
});

describe('damage is named', () => {
  const text = (dict: string) => {
    const bytes = encodeNpyHeader('float32', [2, 3, 4]);
    bytes.fill(0x20, 10);
    bytes.set(new TextEncoder().encode(dict), 10);
    return bytes;
  };
  const cases: [string, Uint8Array, RegExp[]][] = [
    ['an empty file', new Uint8Array(), [/empty file found/]],
    ['another kind of file', new TextEncoder().encode('\x89PNG and more'), [/first bytes c2 89/, /93 4e 55/]],
    ['data cut short', fixture('float32').subarray(0, -5), [/91 bytes of data found, 96 expected/, /copy/]],
    ['data to spare', new Uint8Array([...fixture('uint8'), 1]), [/25 bytes of data found, 24 expected/, /appended/]],
    ['column order', fixture('fortran'), [/Fortran/, /ascontiguousarray/]],
    ['big-endian', fixture('big-endian'), [/">f4", big-endian, found/, /<f4 \(float32\)/]],
    ['records', fixture('record'), [/a record type/]],
    ['booleans', fixture('bool'), [/"\|b1"/, /astype/]],
    ['a header of nonsense', text('hello'), [/header "hello" found/]],
    [
      'a shape of nonsense',
      text("{'descr': '<f4', 'fortran_order': False, 'shape': (2, x), }"),
      [/shape \(2, x\) found/],
    ],
    ['a version to come', Object.assign(fixture('uint8'), { 6: 9 }), [/version 9 found, 1, 2 or 3 expected/]],
    ['a header too long', Object.assign(fixture('version2'), { 11: 127 }), [/header of \d+ bytes found/]],
  ];
  it.each(cases)('%s', (_, bytes, parts) => {
    expectFailure(() => parseNpy(bytes, 'clips.npy'), 'input', /^clips\.npy: /, ...parts);
  });

  it('another type or shape than needed', () => {
    const header = parseNpyHeader(fixture('float64'), 'x');
    const shape = ['N', 3, 4];
    expectFailure(
      () => expectNpy(header, { dtypes: ['float32'], shape }, 'x'),
      'input',
      /float64 found, float32 expected; save x.astype\(np.float32\)/,
    );
    expectFailure(
      () => expectNpy(header, { dtypes: ['float64'], shape: ['N', 5, 4] }, 'x'),
      'input',
      /shape \[2, 3, 4\] found, \[N, 5, 4\] expected/,
    );
    expectFailure(() => expectNpy(header, { dtypes: ['float64'], shape: ['N', 3] }, 'x'), 'input', /\[N, 3\] expected/);
    expect(() => expectNpy(header, { dtypes: ['float32', 'float64'], shape }, 'x')).not.toThrow();
    expectFailure(() => encodeNpy(new Uint8Array(5), [2, 3]), 'usage', /5 values found, 6 expected/);
  });
});

describe('files', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cdsvae-npy-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('are read by range', () => {
    const file = new NpyFile(join(FIXTURES, 'int32.npy'));
    expect([file.rows, file.rowLength]).toEqual([2, 12]);
    const out = new Int32Array(15);
    file.readRows(1, 1, out, 2);
    expect(Array.from(out)).toEqual([0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0]);
    file.readValues(0, 15, out);
    expect(Array.from(out)).toEqual(Array.from({ length: 15 }, (_, i) => i - 12));
    expect(file.readAll()).toEqual(Int32Array.from(grid, (i) => i - 12));
    expectFailure(() => file.readRows(1, 2, new Int32Array(24)), 'usage', /from row 1 of 2/);
    expectFailure(() => file.readRows(0, 1, new Int32Array(11)), 'usage', /into 11/);
    expectFailure(() => file.readRows(0, 1, new Float32Array(12)), 'usage', /holds int32/);
    file.close();
    file.close();
    expectFailure(() => file.readAll(), 'usage', /closed/);
  });

  it('that are missing, folders or damaged are refused by name', () => {
    expectFailure(() => new NpyFile(join(folder, 'none.npy')), 'input', /none\.npy: not found/);
    expectFailure(() => new NpyFile(folder), 'input', /a folder found|cannot be read: it is a folder/);
    const path = join(folder, 'cut.npy');
    for (const length of [0, 3, 9, 40, 130]) {
      writeFileSync(path, fixture('float32').subarray(0, length));
      expectFailure(() => new NpyFile(path), 'input', /cut\.npy: /, /cut short|empty/);
    }
    writeFileSync(path, fixture('float32'));
    const file = new NpyFile(path);
    writeFileSync(path, fixture('float32').subarray(0, 140));
    expectFailure(() => file.readAll(), 'input', /became shorter/);
    file.close();
  });

  it('are written in any order and take their name only when whole', () => {
    const path = join(folder, 'x.npy');
    const writer = new NpyWriter(path, 'float32', [4, 2]);
    writer.writeRows(2, Float32Array.of(4, 5, 6, 7));
    expect(existsSync(path)).toBe(false);
    writer.writeRows(0, Float32Array.of(0, 1));
    writer.writeRows(1, Float32Array.of(2, 3));
    writer.finish();
    expect(readdirSync(folder)).toEqual(['x.npy']);
    expect(parseNpy(readFileSync(path), path).data).toEqual(Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7));
    expect(new Uint8Array(readFileSync(path))).toEqual(encodeNpy(Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7), [4, 2]));
    writer.abort();
    expect(existsSync(path)).toBe(true);
  });

  it('leave nothing behind when given up or incomplete, and the older one untouched', () => {
    const path = join(folder, 'x.npy');
    writeFileSync(path, 'older');
    const writer = new NpyWriter(path, 'uint8', [3, 2]);
    writer.writeRows(0, Uint8Array.of(1, 2));
    expectFailure(() => writer.writeRows(0, Uint8Array.of(1, 2)), 'usage', /row 0 written twice/);
    expectFailure(() => writer.writeRows(1, Uint8Array.of(1)), 'usage', /rows of 2 uint8/);
    expectFailure(() => writer.writeRows(2, Uint8Array.of(1, 2, 3, 4)), 'usage', /numbered 0 to 2/);
    expectFailure(() => writer.writeRows(1, Float32Array.of(1, 2)), 'usage', /float32/);
    expectFailure(() => writer.finish(), 'usage', /2 of 3 rows were not written/);
    expect(readFileSync(path, 'utf8')).toBe('older');
    expect(readdirSync(folder)).toEqual(['x.npy']);
    expectFailure(() => writer.writeRows(1, Uint8Array.of(1, 2)), 'usage', /closed/);
    // What cannot be given its name, either.
    const whole = new NpyWriter(join(folder, 'taken'), 'uint8', [1]);
    whole.writeRows(0, Uint8Array.of(1));
    mkdirSync(join(folder, 'taken', 'by'), { recursive: true });
    expectFailure(() => whole.finish(), 'io', /taken cannot be written/);
    expect(readdirSync(folder).sort()).toEqual(['taken', 'x.npy']);
  });

  it('that cannot be written say where', () => {
    expectFailure(() => new NpyWriter(join(folder, 'no', 'x.npy'), 'uint8', [1]), 'io', /no[/\\]x\.npy/);
  });
});
