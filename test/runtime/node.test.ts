import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CdsvaeError } from '../../src/errors.js';
import { add, encodeOnnx, exp, Graph, gemm, mul, permute, type Real, sum, tanh } from '../../src/graph/index.js';
import { Random } from '../../src/random.js';
import { createSession } from '../../src/runtime/node.js';
import { float32, type Session, type Value } from '../../src/runtime/session.js';

/** y = tanh(x·w) + 1 and its sum. */
function model(real: Real = 'float32'): Uint8Array {
  const graph = new Graph(real);
  const [x, w] = [graph.input('x', [4, 8]), graph.input('w', [8, 8])];
  const y = add(tanh(gemm(x, w)), 1);
  graph.output('y', y);
  graph.output('total', sum(y));
  return encodeOnnx(graph);
}

const values = (seed: number, size: number) => Random.of(seed, 'runtime test').normals(new Float32Array(size));
const inputs = () => ({ x: float32(values(1, 32), [4, 8]), w: float32(values(2, 64), [8, 8]) });

async function runtimeError(promise: Promise<unknown>): Promise<CdsvaeError> {
  const error = await promise.then(
    () => undefined,
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(CdsvaeError);
  expect((error as CdsvaeError).code).toBe('runtime');
  expect((error as CdsvaeError).message).toMatch(/^ONNX Runtime: /);
  return error as CdsvaeError;
}

test('the engine tells its makers nothing, and keeps no identifier of the machine', () => {
  const home = mkdtempSync(join(tmpdir(), 'cdsvae-home-'));
  try {
    const { CDSVAE_X: _, ORT_DISABLE_TELEMETRY: __, ...env } = process.env;
    const made = `import { createSession } from ${JSON.stringify(new URL('../../dist/runtime/node.js', import.meta.url).href)};
      const session = await createSession(Buffer.from(process.argv[1], 'base64'), { threads: 1 });
      await session.release();`;
    const bytes = Buffer.from(model()).toString('base64');
    execFileSync(process.execPath, ['--input-type=module', '-e', made, bytes], { env: { ...env, HOME: home } });
    expect(readdirSync(home, { recursive: true })).toEqual([]);
  } finally {
    rmSync(home, { recursive: true });
  }
});

describe('a session', () => {
  let session: Session;
  beforeAll(async () => {
    session = await createSession(model(), { threads: 1 });
  });
  afterAll(() => session.release());

  test('gives every output with its type and shape', async () => {
    const { y, total } = await session.run(inputs());
    expect(y).toMatchObject({ type: 'float32', shape: [4, 8] });
    expect(total).toMatchObject({ type: 'float32', shape: [] });
    const [x, w] = [values(1, 32), values(2, 64)];
    for (let i = 0; i < 4; i++)
      for (let j = 0; j < 8; j++) {
        let s = 0;
        for (let k = 0; k < 8; k++) s += x[i * 8 + k]! * w[k * 8 + j]!;
        expect(y!.data[i * 8 + j]).toBeCloseTo(Math.tanh(s) + 1, 5);
      }
  });

  test('writes into the arrays given and makes new ones for the rest', async () => {
    const expected = await session.run(inputs());
    const into = { y: float32(new Float32Array(32).fill(-7), [4, 8]) };
    const found = await session.run(inputs(), into);
    expect(found.y).toBe(into.y);
    expect(into.y.data).toEqual(expected.y!.data);
    expect(found.total).toEqual(expected.total);
  });

  test('an array given once is not written to by later runs', async () => {
    const first = float32(new Float32Array(32), [4, 8]);
    const second = float32(new Float32Array(32), [4, 8]);
    await session.run(inputs(), { y: first });
    const kept = first.data.slice();
    await session.run({ ...inputs(), x: float32(values(3, 32), [4, 8]) }, { y: second });
    expect(first.data).toEqual(kept);
    expect(second.data).not.toEqual(kept);
  });

  test('writes into a part of a larger array, as the parameters are held', async () => {
    const flat = new Float32Array(100).fill(-7);
    const [expected] = [await session.run(inputs())];
    await session.run(inputs(), { y: float32(flat.subarray(10, 42), [4, 8]) });
    expect(flat.subarray(10, 42)).toEqual(expected.y!.data);
    expect(flat[9]).toBe(-7);
    expect(flat[42]).toBe(-7);
  });

  test('an input may be a part of a larger array', async () => {
    const { x, w } = inputs();
    const flat = new Float32Array(200);
    flat.set(x.data as Float32Array, 5);
    flat.set(w.data as Float32Array, 90);
    const parts = { x: float32(flat.subarray(5, 37), [4, 8]), w: float32(flat.subarray(90, 154), [8, 8]) };
    expect(await session.run(parts)).toEqual(await session.run({ x, w }));
  });

  test('inputs stay as they are', async () => {
    const given = inputs();
    await session.run(given);
    expect(given).toEqual(inputs());
  });

  test('values that the graph does not take are ignored', async () => {
    const more = { ...inputs(), other: float32(new Float32Array(1), [1]) };
    expect(await session.run(more)).toEqual(await session.run(inputs()));
  });

  describe('errors are CdsvaeErrors of the kind runtime', () => {
    test('an input is missing', async () => {
      expect((await runtimeError(session.run({ x: inputs().x }))).message).toContain("'w'");
    });

    test('an input of another shape', async () => {
      const wrong = { ...inputs(), x: float32(new Float32Array(32), [8, 4]) };
      expect((await runtimeError(session.run(wrong))).message).toMatch(/invalid dimensions for input: x/);
    });

    test('an input of another type', async () => {
      const wrong: Value = { type: 'float64', shape: [4, 8], data: new Float64Array(32) };
      await runtimeError(session.run({ ...inputs(), x: wrong }));
    });

    test('an array whose length is not that of its shape', async () => {
      await runtimeError(session.run({ ...inputs(), x: float32(new Float32Array(31), [4, 8]) }));
    });

    test('an array to write into of another shape', async () => {
      await runtimeError(session.run(inputs(), { y: float32(new Float32Array(16), [4, 4]) }));
    });

    test('bytes that are no model, with their cause', async () => {
      const error = await runtimeError(createSession(Uint8Array.of(1, 2, 3)));
      expect(error.cause).toBeInstanceOf(Error);
    });

    test('a model with an operation that does not exist', async () => {
      const graph = new Graph();
      const x = graph.input('x', [1]);
      graph.output('y', graph.node({ op: 'NoSuchOperation', inputs: [x], shapes: [[1]] })[0]!);
      expect((await runtimeError(createSession(encodeOnnx(graph)))).message).toContain('NoSuchOperation');
    });

    test('an index out of range as the graph runs', async () => {
      const graph = new Graph();
      const order = graph.input('order', [2], 'int32');
      graph.output('y', permute(graph.input('x', [2]), 0, order, order));
      const gather = await createSession(encodeOnnx(graph), { threads: 1 });
      const x = float32(new Float32Array(2), [2]);
      await runtimeError(gather.run({ x, order: { type: 'int32', shape: [2], data: Int32Array.of(0, 5) } }));
      // The session still works.
      const good = await gather.run({ x, order: { type: 'int32', shape: [2], data: Int32Array.of(1, 0) } });
      expect(good.y!.data).toEqual(new Float32Array(2));
      await gather.release();
    });
  });
});

describe('repeatability', () => {
  /** Large enough that the runtime divides the work between threads. */
  function large(): Uint8Array {
    const graph = new Graph();
    const [x, w] = [graph.input('x', [300, 200]), graph.input('w', [200, 250])];
    const y = exp(mul(gemm(x, w), 0.01));
    graph.output('y', y);
    graph.output('total', sum(y));
    return encodeOnnx(graph);
  }

  test.each([0, -1, 1.5, Number.NaN])('%d threads are refused', async (threads) => {
    await expect(createSession(model(), { threads })).rejects.toMatchObject({ code: 'usage' });
  });

  test.each([1, 2])('the same bits each time and from each session, with %i threads', async (threads) => {
    const given = { x: float32(values(4, 60_000), [300, 200]), w: float32(values(5, 50_000), [200, 250]) };
    const sessions = await Promise.all([createSession(large(), { threads }), createSession(large(), { threads })]);
    const first = await sessions[0]!.run(given);
    for (let i = 0; i < 5; i++) {
      for (const session of sessions) {
        const again = await session.run(given);
        expect(Buffer.compare(bytes(again.y!), bytes(first.y!))).toBe(0);
        expect(Buffer.compare(bytes(again.total!), bytes(first.total!))).toBe(0);
      }
    }
    for (const session of sessions) await session.release();
  });

  const bytes = (v: Value) => Buffer.from(v.data.buffer, v.data.byteOffset, v.data.byteLength);
});

test('computes in float64', async () => {
  const session = await createSession(model('float64'), { threads: 1 });
  const double = ({ shape, data }: Value): Value => ({
    type: 'float64',
    shape,
    data: Float64Array.from(data as Float32Array),
  });
  const { x, w } = inputs();
  const { y } = await session.run({ x: double(x), w: double(w) });
  let s = 0;
  for (let k = 0; k < 8; k++) s += (x.data[k] as number) * (w.data[k * 8] as number);
  expect(y!.data).toBeInstanceOf(Float64Array);
  expect(Math.abs((y!.data[0] as number) - Math.tanh(s) - 1)).toBeLessThan(1e-14);
  await session.release();
});

test('writes a profile where asked', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cdsvae-profile-'));
  try {
    const session = await createSession(model(), { threads: 1, profile: join(folder, 'step') });
    await session.run(inputs());
    await session.release();
    expect(readdirSync(folder).filter((f) => f.startsWith('step'))).toHaveLength(1);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('released while it runs, it gives the results first', async () => {
  const session = await createSession(model());
  const runs = [session.run(inputs()), session.run(inputs())];
  const released = session.release();
  const [a, b] = await Promise.all(runs);
  expect(a!.total).toEqual(b!.total);
  await released;
  await runtimeError(session.run(inputs()));
});
