import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeSafetensors, encodeSafetensors } from '../../src/formats/safetensors.js';
import { encodeOnnx } from '../../src/graph/index.js';
import { Random } from '../../src/random.js';
import { createSession } from '../../src/runtime/node.js';
import { float32, type Values } from '../../src/runtime/session.js';
import { createModel } from '../../src/trained/create.js';
import { writeModel } from '../../src/trained/export.js';
import { PRIOR_STATE, priorGraph } from '../../src/trained/graphs.js';
import { load } from '../../src/trained/load.js';
import type { Model } from '../../src/trained/model.js';
import { loadWeights } from '../../src/trained/weights.js';
import { FIXTURES, type Fixture, group } from '../model/fixture.js';
import { fixtureBatch, fixtureExport, fixtureWeights, floats, inFolder, take, worst } from './exported.js';

const TOLERANCE = 1e-5;

describe.each(FIXTURES.map((f) => [f.name, f] as const))('%s, exported and loaded', (_, f) => {
  let model: Model;
  beforeAll(async () => {
    model = await inFolder(async (folder) => {
      await writeModel(join(folder, 'model'), fixtureExport(f));
      return load(folder);
    });
  });
  afterAll(() => model.release());

  const held = group(f, 'eval');

  test.each([1, 3, f.batch])('a batch of %i gives the numbers of PyTorch', async (count) => {
    const x = take(fixtureBatch(f), count);
    const { s, z, sLogvar, zLogvar } = await model.encode(x);
    for (const [name, found] of Object.entries({ s_mean: s, s_logvar: sLogvar, z_mean: z, z_logvar: zLogvar })) {
      const { shape, data } = held.get(name)!;
      expect(found.shape.slice(1), name).toEqual(shape.slice(1));
      expect(worst(found.data, data.subarray(0, found.data.length)), name).toBeLessThan(TOLERANCE);
    }
    const again = await model.decode(s, z);
    const expected = held.get('reconstruction')!;
    expect(again.shape).toEqual(x.shape);
    expect(worst(again.data, expected.data.subarray(0, again.data.length))).toBeLessThan(TOLERANCE);
  });

  test('decodes more and fewer frames than T the same, frame by frame', async () => {
    const { s, z } = await model.encode(take(fixtureBatch(f), 2));
    const [, t, d] = z.shape as [number, number, number];
    const whole = await model.decode(s, z);
    const frame = whole.data.length / 2 / t;
    const longer = new Float32Array(2 * (t + 1) * d);
    for (const b of [0, 1]) {
      longer.set(z.data.subarray(b * t * d, (b + 1) * t * d), b * (t + 1) * d);
      longer.set(z.data.subarray(b * t * d, b * t * d + d), (b * (t + 1) + t) * d);
    }
    const more = await model.decode(s, { shape: [2, t + 1, d], data: longer });
    expect(more.shape.slice(0, 2)).toEqual([2, t + 1]);
    for (const b of [0, 1]) {
      const from = b * (t + 1) * frame;
      const own = whole.data.subarray(b * t * frame, (b + 1) * t * frame);
      expect(worst(more.data.subarray(from, from + t * frame), own)).toBeLessThan(TOLERANCE);
      expect(worst(more.data.subarray(from + t * frame, from + (t + 1) * frame), own.subarray(0, frame))).toBeLessThan(
        TOLERANCE,
      );
    }
    const firsts = Float32Array.from([...z.data.subarray(0, d), ...z.data.subarray(t * d, t * d + d)]);
    const fewer = await model.decode(s, { shape: [2, 1, d], data: firsts });
    expect(worst(fewer.data.subarray(frame), whole.data.subarray(t * frame, (t + 1) * frame))).toBeLessThan(TOLERANCE);
  });
});

const mixed = FIXTURES.find((f) => f.model.priorComponents > 1)!;

describe.each([FIXTURES[0]!, mixed].map((f) => [f.name, f] as const))('the prior of %s', (_, f) => {
  const { frames: t, static: ds, dynamic: d, hidden, priorComponents } = f.model;
  const zeros = (count: number): Values =>
    Object.fromEntries(
      PRIOR_STATE.map((name) => {
        const width = name === 'z' ? d : hidden;
        return [`state.${name}`, float32(new Float32Array(count * width), [count, width])];
      }),
    );
  /** Of the component of z_1: sequence b has number `of(b)`. */
  const component = (count: number, of: (b: number) => number): Values => {
    if (priorComponents === 1) return {};
    const noise = new Float32Array(count * priorComponents);
    for (let b = 0; b < count; b++) noise[b * priorComponents + of(b)] = 1e30;
    return { 'noise.first': float32(noise, [count, priorComponents]) };
  };
  const prior = (frames: number) => createSession(encodeOnnx(priorGraph({ ...f.model, frames }, fixtureWeights(f))));

  test('goes on where it ended: three calls give what one long call gives, at any batch size', async () => {
    const [short, long] = [await prior(t), await prior(3 * t)];
    for (const count of [1, 3]) {
      const noiseS = float32(Random.of(1, 's').normals(new Float32Array(count * ds)), [count, ds]);
      const noise = Random.of(1, 'z').normals(new Float32Array(count * 3 * t * d));
      const whole = await long.run({
        'noise.s': noiseS,
        'noise.z': float32(noise, [count, 3 * t, d]),
        ...zeros(count),
        ...component(count, (b) => b % priorComponents),
      });
      let state = zeros(count);
      for (let call = 0; call < 3; call++) {
        const part = (all: Float32Array) => {
          const piece = new Float32Array(count * t * d);
          for (let b = 0; b < count; b++) {
            const from = (b * 3 + call) * t * d;
            piece.set(all.subarray(from, from + t * d), b * t * d);
          }
          return piece;
        };
        const out = await short.run({
          'noise.s': noiseS,
          'noise.z': float32(part(noise), [count, t, d]),
          ...state,
          ...component(count, (b) => (call === 0 ? b % priorComponents : 0)),
        });
        expect(worst(out.z!.data as Float32Array, part(whole.z!.data as Float32Array))).toBeLessThan(1e-6);
        state = Object.fromEntries(PRIOR_STATE.map((name) => [`state.${name}`, out[`next.${name}`]!]));
      }
      for (const name of PRIOR_STATE) {
        const end = whole[`next.${name}`]!.data as Float32Array;
        expect(worst(state[`state.${name}`]!.data as Float32Array, end), name).toBeLessThan(1e-6);
      }
    }
    await Promise.all([short.release(), long.release()]);
  });

  test('follows eq. 1: with the noise that makes the fixture’s z, its means and log-variances come out', async () => {
    // z = μ + σ·ε, so ε = (z − μ)/σ must give z back.
    const [mean, logvar, z] = ['prior_mean', 'prior_logvar', 'z'].map((n) => floats(group(f, 'forward').get(n)!));
    const noise = z!.map((v, i) => (v - mean![i]!) / Math.exp(logvar![i]! / 2));
    const session = await prior(t);
    const out = await session.run({
      'noise.s': float32(new Float32Array(f.batch * ds), [f.batch, ds]),
      'noise.z': float32(noise, [f.batch, t, d]),
      ...zeros(f.batch),
      ...component(f.batch, () => 0),
    });
    expect(worst(out.z!.data as Float32Array, z!)).toBeLessThan(TOLERANCE);
    await session.release();
  });

  test.skipIf(priorComponents === 1)(
    'draws z_1 with the mean and the variance that PyTorch’s mixture has',
    async () => {
      const model = await createModel(f.model, fixtureWeights(f), createSession);
      const count = 40_000;
      const { z } = await model.sample(count, { frames: 1 });
      const [mean, variance] = ['mean', 'variance'].map((n) => floats(group(f, 'mixture').get(n)!));
      for (let k = 0; k < d; k++) {
        const values = Array.from({ length: count }, (_, b) => z.data[b * d + k]! - mean![k]!);
        const moment = (power: number) => values.reduce((sum, v) => sum + v ** power, 0) / count;
        expect(Math.abs(moment(1))).toBeLessThan(4 * Math.sqrt(variance![k]! / count));
        expect(Math.abs(moment(2) - variance![k]!)).toBeLessThan(4 * Math.sqrt((moment(4) - moment(2) ** 2) / count));
      }
      await model.release();
    },
  );

  test('is sampled by seed, a longer trajectory beginning as a shorter one does', async () => {
    const model = await createModel(f.model, fixtureWeights(f), createSession);
    const drawn: (readonly [number, number])[] = [];
    const onDrawn = (done: number, total: number) => drawn.push([done, total]);
    const long = await model.sample(1, { frames: 2 * t + 1, seed: 3, onDrawn });
    expect(drawn).toEqual([t, 2 * t, 2 * t + 1].map((done) => [done, 2 * t + 1]));
    const short = await model.sample(1, { frames: t - 1, seed: 3 });
    const other = await model.sample(1, { frames: t - 1, seed: 4 });
    expect(long.z.shape).toEqual([1, 2 * t + 1, d]);
    expect(Array.from(long.z.data.subarray(0, (t - 1) * d))).toEqual(Array.from(short.z.data));
    expect(Array.from(other.z.data)).not.toEqual(Array.from(short.z.data));
    expect((await model.decode(long.s, long.z)).shape.slice(0, 2)).toEqual([1, 2 * t + 1]);
    await expect(model.sample(0)).rejects.toThrow('count is 0');
    await expect(model.sample(1, { frames: 1.5 })).rejects.toThrow('frames is 1.5');
    await model.release();
  });
});

describe('a model folder', () => {
  const f = FIXTURES[0]!;

  test('holds the five files of the contract, and its description says what they are', async () => {
    await inFolder(async (folder) => {
      const target = join(folder, 'deep', 'model');
      await writeModel(target, { ...fixtureExport(f), objective: 'cdsvae-mws' });
      expect(readdirSync(target).sort()).toEqual([
        'decoder.onnx',
        'encoder.onnx',
        'model.json',
        'prior.onnx',
        'weights.safetensors',
      ]);
      expect(readdirSync(join(folder, 'deep'))).toEqual(['model']);
      const json = JSON.parse(readFileSync(join(target, 'model.json'), 'utf8'));
      expect(json).toMatchObject({
        format: 'cdsvae model 1',
        model: f.model,
        data: { name: f.name, kind: 'video', divisor: 255 },
        training: { steps: 7, objective: 'cdsvae-mws' },
      });
      for (const [name, { bytes }] of Object.entries(json.files as Record<string, { bytes: number }>)) {
        expect(readFileSync(join(target, name)).length).toBe(bytes);
      }
    });
  });

  test('has the names of a state dict, counts of batches included', async () => {
    await inFolder(async (folder) => {
      await writeModel(join(folder, 'model'), fixtureExport(f));
      const { tensors } = decodeSafetensors(readFileSync(join(folder, 'model', 'weights.safetensors')));
      const expected = [...group(f, 'weights').keys(), ...group(f, 'buffers').keys()].sort();
      expect([...tensors.keys()].sort()).toEqual(expected);
      const counts = [...tensors].filter(([name]) => name.endsWith('num_batches_tracked'));
      expect(counts.length).toBeGreaterThan(3);
      for (const [, t] of counts) expect(t).toEqual({ shape: [], data: BigInt64Array.of(7n) });
    });
  });

  test('replaces an older one, and what a crash left, but nothing else', async () => {
    await inFolder(async (folder) => {
      const target = join(folder, 'model');
      mkdirSync(join(folder, '.saving-model'));
      writeFileSync(join(folder, '.saving-model', 'half'), '');
      await writeModel(target, fixtureExport(f));
      await writeModel(target, { ...fixtureExport(f), steps: 8 });
      expect(readdirSync(folder)).toEqual(['model']);
      expect(JSON.parse(readFileSync(join(target, 'model.json'), 'utf8')).training.steps).toBe(8);

      writeFileSync(join(target, 'notes.txt'), 'mine');
      await expect(writeModel(target, fixtureExport(f))).rejects.toThrow('a folder with other things (notes.txt)');
      expect(readFileSync(join(target, 'notes.txt'), 'utf8')).toBe('mine');
      rmSync(join(target, 'notes.txt'));
      rmSync(join(target, 'model.json'));
      await expect(writeModel(target, fixtureExport(f))).rejects.toThrow('a folder with other things (decoder.onnx');
      writeFileSync(join(folder, 'file'), 'mine');
      await expect(writeModel(join(folder, 'file'), fixtureExport(f))).rejects.toMatchObject({ code: 'usage' });
      expect(readFileSync(join(folder, 'file'), 'utf8')).toBe('mine');
    });
  });

  test('that could not be loaded again does not replace what can', async () => {
    await inFolder(async (folder) => {
      const target = join(folder, 'model');
      await writeModel(target, fixtureExport(f));
      const good = fixtureExport(f);
      const unranged = { ...good, data: { ...good.data, range: [Number.NaN, 1] as const } };
      await expect(writeModel(target, unranged)).rejects.toThrow('data.range');
      await expect(writeModel(target, { ...good, steps: 1.5 })).rejects.toThrow('steps is 1.5');
      expect(readdirSync(folder)).toEqual(['model']);
      await (await load(target)).release();
    });
  });

  test('is not begun with weights that are not the model’s', async () => {
    await inFolder(async (folder) => {
      const target = join(folder, 'model');
      const weights = new Map(fixtureWeights(f));
      const [name, array] = [...weights][0]!;
      weights.set(name, { ...array, data: array.data.map((v, i) => (i === 2 ? Number.NaN : v)) });
      await expect(writeModel(target, { ...fixtureExport(f), weights })).rejects.toThrow(`"${name}" holds NaN at 2`);
      weights.delete(name);
      await expect(writeModel(target, { ...fixtureExport(f), weights })).rejects.toThrow(`no "${name}"`);
      expect(readdirSync(folder)).toEqual([]);
    });
  });

  test('that cannot be written is an error with its path', async () => {
    await inFolder(async (folder) => {
      writeFileSync(join(folder, 'file'), '');
      const target = join(folder, 'file', 'model');
      await expect(writeModel(target, fixtureExport(f))).rejects.toMatchObject({
        code: 'io',
        message: expect.stringContaining(target),
      });
    });
  });
});

const python = '/usr/bin/python3';
const script = fileURLToPath(new URL('../fixtures/pytorch/load_state.py', import.meta.url));
const hasTorch = (() => {
  try {
    execFileSync(python, ['-c', 'import torch, numpy'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();
if (!hasTorch)
  console.warn('PyTorch is not there: the exchange of weights with it is not tested (apt install python3-torch)');

describe.skipIf(!hasTorch)('PyTorch', () => {
  const config = (f: Fixture) => fileURLToPath(new URL(`../fixtures/pytorch/${f.name}.config.json`, import.meta.url));
  const run = (...args: string[]) =>
    execFileSync(python, ['-B', script, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });

  test.each(FIXTURES.slice(0, 4).map((f) => [f.name, f] as const))(
    'takes our weights of %s, strictly',
    async (_, f) => {
      await inFolder(async (folder) => {
        const at = (name: string) => join(folder, name);
        await writeModel(at('model'), fixtureExport(f));
        const x = fixtureBatch(f);
        writeFileSync(at('x'), encodeSafetensors(new Map([['x', x]])));
        run(
          at('model/weights.safetensors'),
          config(f),
          '--inputs',
          at('x'),
          '--outputs',
          at('y'),
          '--save',
          at('copy'),
        );
        const theirs = decodeSafetensors(readFileSync(at('y'))).tensors;
        const model = await load(folder);
        const { s, z, sLogvar, zLogvar } = await model.encode(x);
        const ours = {
          s_mean: s,
          s_logvar: sLogvar,
          z_mean: z,
          z_logvar: zLogvar,
          reconstruction: await model.decode(s, z),
        };
        for (const [name, { data }] of Object.entries(ours)) {
          expect(worst(data, theirs.get(name)!.data), name).toBeLessThan(TOLERANCE);
        }
        const copy = decodeSafetensors(readFileSync(at('copy'))).tensors;
        expect(copy).toEqual(decodeSafetensors(readFileSync(at('model/weights.safetensors'))).tensors);
        await model.release();
      });
    },
  );

  test.each(FIXTURES.slice(0, 4).map((f) => [f.name, f] as const))('gives us weights of %s', async (_, f) => {
    await inFolder(async (folder) => {
      const at = (name: string) => join(folder, name);
      const x = fixtureBatch(f);
      writeFileSync(at('x'), encodeSafetensors(new Map([['x', x]])));
      run('random:5', config(f), '--save', at('w'), '--inputs', at('x'), '--outputs', at('y'));
      expect(existsSync(at('w'))).toBe(true);
      const theirs = decodeSafetensors(readFileSync(at('y'))).tensors;
      const model = await createModel(f.model, loadWeights(f.model, readFileSync(at('w')), at('w')), createSession);
      const { s, z } = await model.encode(x);
      const again = await model.decode(s, z);
      for (const [name, { data }] of Object.entries({ s_mean: s, z_mean: z, reconstruction: again })) {
        expect(worst(data, theirs.get(name)!.data), name).toBeLessThan(TOLERANCE);
      }
      await model.release();
    });
  });
});
