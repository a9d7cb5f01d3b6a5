import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { fromHalf, toHalf } from '../../src/formats/half.js';
import { encodeSafetensors, type NamedTensor } from '../../src/formats/safetensors.js';
import { createSession } from '../../src/runtime/web.js';
import { writeModel } from '../../src/trained/export.js';
import { load, readModel } from '../../src/trained/load.js';
import { load as loadWeb } from '../../src/trained/load-web.js';
import { loadWeights } from '../../src/trained/weights.js';
import { FIXTURES, readFixture } from '../model/fixture.js';
import { fixtureBatch, fixtureExport, fixtureWeights, inFolder, worst } from './exported.js';

// The same WebAssembly engine, in the build that finds its files in Node.
vi.mock('onnxruntime-web/wasm', () => import('onnxruntime-web'));

const f = readFixture('features-causal');

/** Loads a run folder whose model has been tampered with, and gives the error. */
function damaged(damage: (model: string) => void): Promise<Error & { code: string }> {
  return inFolder(async (folder) => {
    await writeModel(join(folder, 'model'), fixtureExport(f));
    damage(join(folder, 'model'));
    const error = await load(folder).then(
      () => undefined,
      (e) => e,
    );
    expect(error).toMatchObject({ name: 'CdsvaeError', code: 'input' });
    return error;
  });
}

function edit(path: string, change: (json: Record<string, never>) => unknown): void {
  const json = JSON.parse(readFileSync(path, 'utf8'));
  writeFileSync(path, JSON.stringify(change(json) ?? json));
}

describe('load', () => {
  test('takes a run folder and a model folder', async () => {
    await inFolder(async (folder) => {
      await writeModel(join(folder, 'model'), { ...fixtureExport(f), objective: 'dsvae' });
      for (const path of [folder, join(folder, 'model')]) {
        const model = await load(path, { threads: 1 });
        expect(model.config).toEqual(f.model);
        expect(model.description).toMatchObject({ data: { name: f.name }, training: { steps: 7, objective: 'dsvae' } });
        await model.release();
      }
      const { description, weights } = readModel(folder);
      expect(description.model).toEqual(f.model);
      expect([...weights.keys()].sort()).toEqual([...fixtureWeights(f).keys()].sort());
    });
  });

  test('takes weights alone, in half precision: the model of the same weights rounded', async () => {
    await inFolder(async (folder) => {
      const whole = fixtureExport(f);
      await writeModel(join(folder, 'half'), whole, { half: true });
      expect(readdirSync(join(folder, 'half')).sort()).toEqual(['model.json', 'weights.safetensors']);
      const weights = new Map(
        [...whole.weights].map(([name, { shape, data }]) => [name, { shape, data: fromHalf(toHalf(data)) }]),
      );
      expect(weights).not.toEqual(whole.weights);
      await writeModel(join(folder, 'rounded'), { ...whole, weights });
      const [half, rounded] = [await load(join(folder, 'half')), await load(join(folder, 'rounded'))];
      const factors = await half.encode(fixtureBatch(f));
      expect(factors).toEqual(await rounded.encode(fixtureBatch(f)));
      expect(await half.decode(factors.s, factors.z)).toEqual(await rounded.decode(factors.s, factors.z));
      expect(await half.sample(2)).toEqual(await rounded.sample(2));
      await Promise.all([half.release(), rounded.release()]);
    });
  });

  test('refuses weights that half precision cannot hold', async () => {
    await inFolder(async (folder) => {
      const whole = fixtureExport(f);
      const [name, first] = [...whole.weights][0]!;
      const weights = new Map(whole.weights).set(name, { ...first, data: first.data.map(() => 7e4) });
      await expect(writeModel(join(folder, 'm'), { ...whole, weights }, { half: true })).rejects.toThrow(
        'holds 70000; half precision ends at 65504',
      );
      expect(readdirSync(folder)).toEqual([]);
    });
  });

  test('says what is wrong with a sequence', async () => {
    await inFolder(async (folder) => {
      await writeModel(folder, fixtureExport(f));
      const model = await load(folder);
      const x = fixtureBatch(f);
      await expect(model.encode({ ...x, shape: [1, ...x.shape.slice(1)] })).rejects.toThrow('[B, 3, 7] with B ≥ 1');
      const { s, z } = await model.encode(x);
      await expect(model.decode({ shape: [1, 4], data: s.data.subarray(0, 4) }, z)).rejects.toThrow('as many');
      await expect(model.swap(x, { shape: [2, 3], data: new Float32Array(6) })).rejects.toMatchObject({
        code: 'usage',
      });
      await model.release();
    });
  });

  test('of a path where nothing is', async () => {
    await expect(load('/nowhere/at/all')).rejects.toThrow('/nowhere/at/all: not found');
    await inFolder(async (folder) => {
      await expect(load(folder)).rejects.toThrow('neither model.json nor model/model.json in it');
      writeFileSync(join(folder, 'config.yaml'), '');
      await expect(load(folder)).rejects.toThrow(
        `the run has no model yet; go on with it (cdsvae train --out ${folder}`,
      );
      writeFileSync(join(folder, 'file'), '');
      await expect(load(join(folder, 'file'))).rejects.toThrow('a file found; a run folder or a model folder');
      mkdirSync(join(folder, 'checkpoints'));
      await expect(load(folder)).rejects.toThrow(`cdsvae export ${folder} --out DIR`);
    });
  });

  const files = ['encoder.onnx', 'decoder.onnx', 'prior.onnx'];
  test.each(files)('%s missing, cut short, longer, changed', async (name) => {
    expect((await damaged((m) => rmSync(join(m, name)))).message).toContain(`model/${name}: not found`);
    const cut = await damaged((m) => truncateSync(join(m, name), 100));
    expect(cut.message).toMatch(new RegExp(`${name}: 100 bytes found, \\d+ expected; the file is cut short`));
    const longer = await damaged((m) => writeFileSync(join(m, name), 'x', { flag: 'a' }));
    expect(longer.message).toMatch(/bytes found, \d+ expected/);
    const changed = await damaged((m) => {
      const bytes = readFileSync(join(m, name));
      bytes[bytes.length >> 1]! ^= 1;
      writeFileSync(join(m, name), bytes);
    });
    expect(changed.message).toMatch(/SHA-256 [0-9a-f]{64} found/);
  });

  test('files that changed places', async () => {
    const error = await damaged((m) => {
      renameSync(join(m, 'encoder.onnx'), join(m, 'x'));
      cpSync(join(m, 'decoder.onnx'), join(m, 'encoder.onnx'));
    });
    expect(error.message).toContain('encoder.onnx');
  });

  const description: [string, (json: Record<string, never>) => unknown, string][] = [
    ['another format', (j) => ({ ...j, format: 'cdsvae model 9' }), 'format: "cdsvae model 9" found'],
    ['no object', () => [1, 2], '[1,2] found, an object expected'],
    ['a field too many', (j) => ({ ...j, extra: 1 }), 'extra'],
    [
      'a size out of range',
      (j) => ({ ...j, model: { ...(j.model as object), hidden: 1e9 } }),
      'model.hidden: 1000000000',
    ],
    [
      'a size that is no number',
      (j) => ({ ...j, model: { ...(j.model as object), frames: '3' } }),
      'model.frames: "3"',
    ],
    [
      'frames no model takes',
      (j) => ({ ...j, model: { ...(j.model as object), frame: { kind: 'video', size: 48, channels: 3 } } }),
      'their side must be 8, 16, 32, 64, 128 or 256',
    ],
    ['a divisor of nothing', (j) => ({ ...j, data: { ...(j.data as object), divisor: 0 } }), 'data.divisor: 0'],
    ['no file that is listed', (j) => ({ ...j, files: {} }), 'weights.safetensors: model.json does not list it'],
    [
      'a file that is not listed',
      (j) => ({ ...j, files: { ...(j.files as object), 'encoder.onnx': undefined } }),
      'encoder.onnx: model.json does not list it',
    ],
    ['paths out of the folder', (j) => ({ ...j, files: { '../x': { bytes: 1, sha256: '0' } } }), 'files'],
  ];
  test.each(description)('model.json with %s', async (_, change, message) => {
    const error = await damaged((m) => edit(join(m, 'model.json'), change));
    expect(error.message).toContain('model.json');
    expect(error.message).toContain(message);
  });

  test('model.json that is cut short', async () => {
    const error = await damaged((m) => truncateSync(join(m, 'model.json'), 50));
    expect(error.message).toMatch(/model\.json: not JSON/);
  });

  test('model.json that is valid but another model’s', async () => {
    for (const change of [{ frames: 4 }, { dynamic: 5 }, { static: 9 }, { hidden: 8 }]) {
      const error = await damaged((m) =>
        edit(join(m, 'model.json'), (j) => ({ ...j, model: { ...(j.model as object), ...change } })),
      );
      expect(error.message, JSON.stringify(change)).toContain('its graphs do not fit its description');
    }
  });

  test('weights.safetensors that is damaged, of a model that is copied', async () => {
    await inFolder(async (folder) => {
      await writeModel(folder, fixtureExport(f));
      truncateSync(join(folder, 'weights.safetensors'), 64);
      expect(() => readModel(folder)).toThrow(
        /weights\.safetensors: 64 bytes found, \d+ expected; the file is cut short/,
      );
    });
  });
});

describe('loadWeights', () => {
  const v = FIXTURES[0]!;
  const saved = (change: (all: Map<string, NamedTensor>) => void): Uint8Array => {
    const all = new Map<string, NamedTensor>(fixtureWeights(v));
    change(all);
    return encodeSafetensors(all);
  };
  const first = [...fixtureWeights(v).keys()][0]!;

  test('takes float64 and counts of batches', () => {
    const bytes = saved((all) => {
      for (const [name, t] of all) all.set(name, { ...t, data: Float64Array.from(t.data as Float32Array) });
      const norm = [...all.keys()].find((n) => n.endsWith('.running_mean'))!.replace('running_mean', '');
      all.set(`${norm}num_batches_tracked`, { shape: [], data: BigInt64Array.of(3n) });
    });
    expect(new Map(loadWeights(v.model, bytes))).toEqual(
      new Map(
        [
          ...loadWeights(
            v.model,
            saved(() => {}),
          ),
        ].map(([n, t]) => [n, t]),
      ),
    );
  });

  test.each<[string, (all: Map<string, NamedTensor>) => void, string]>([
    ['missing', (all) => all.delete(first), `w.safetensors: no "${first}"; an array of shape [`],
    [
      'unknown',
      (all) => all.set('encoder.conv9.weight', all.get(first)!),
      '"encoder.conv9.weight" is no array of this model; did you mean',
    ],
    [
      'a count of no norm',
      (all) => all.set('x.num_batches_tracked', { shape: [], data: BigInt64Array.of(1n) }),
      '"x.num_batches_tracked"',
    ],
    ['wrong shape', (all) => all.set(first, { shape: [1], data: Float32Array.of(1) }), `"${first}" has shape [1]; [`],
    [
      'wrong type',
      (all) => all.set(first, { ...all.get(first)!, data: Int32Array.from(all.get(first)!.data as Float32Array) }),
      `"${first}" holds values of Int32Array`,
    ],
    [
      'not finite',
      (all) => all.set(first, { ...all.get(first)!, data: (all.get(first)!.data as Float32Array).map(() => Infinity) }),
      `"${first}" holds Infinity at 0`,
    ],
  ])('refuses an array that is %s', (_, change, message) => {
    const load = () => loadWeights(v.model, saved(change), 'w.safetensors');
    expect(load).toThrow(message);
    expect(load).toThrow(expect.objectContaining({ code: 'input' }));
  });

  test('refuses what is no safetensors file', () => {
    expect(() => loadWeights(v.model, new Uint8Array(3), 'w.safetensors')).toThrow(
      'w.safetensors: not a safetensors file',
    );
  });
});

describe('load of the browser', () => {
  let server: Server;
  let url: string;
  const served = new Map<string, Uint8Array>();
  beforeAll(async () => {
    await inFolder(async (folder) => {
      await writeModel(folder, fixtureExport(f));
      for (const name of ['model.json', 'encoder.onnx', 'decoder.onnx', 'prior.onnx']) {
        served.set(`/models/m/${name}`, readFileSync(join(folder, name)));
      }
      await writeModel(join(folder, 'half'), fixtureExport(f), { half: true });
      for (const name of ['model.json', 'weights.safetensors']) {
        served.set(`/models/half/${name}`, readFileSync(join(folder, 'half', name)));
      }
    });
    server = createServer((request, response) => {
      const found = served.get(request.url!);
      // As hosts of pages do for what they do not know.
      if (request.url!.startsWith('/pages/')) {
        response.setHeader('Content-Type', 'text/html; charset=utf-8').end('<html>');
        return;
      }
      response.statusCode = found ? 200 : 404;
      response.end(found);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/models/m`;
  });
  afterAll(() => server.close());

  test('gives the numbers of the native engine, from WebAssembly', async () => {
    const web = await loadWeb(url, { threads: 1 });
    const x = fixtureBatch(f);
    const { s, z } = await web.encode(x);
    const again = await web.decode(s, z);
    await inFolder(async (folder) => {
      await writeModel(folder, fixtureExport(f));
      const native = await load(folder);
      const expected = await native.encode(x);
      expect(worst(s.data, expected.s.data)).toBeLessThan(1e-5);
      expect(worst(z.data, expected.z.data)).toBeLessThan(1e-5);
      expect(worst(again.data, (await native.decode(expected.s, expected.z)).data)).toBeLessThan(1e-5);
      await native.release();
    });
    await web.release();
  });

  test('builds the graphs of weights alone', async () => {
    const web = await loadWeb(url.replace(/m$/, 'half'), { threads: 1 });
    await inFolder(async (folder) => {
      await writeModel(folder, fixtureExport(f), { half: true });
      const native = await load(folder);
      const [found, expected] = [await web.encode(fixtureBatch(f)), await native.encode(fixtureBatch(f))];
      expect(worst(found.s.data, expected.s.data)).toBeLessThan(1e-5);
      await native.release();
    });
    await web.release();
  });

  test('says which file is missing or damaged', async () => {
    await expect(loadWeb(`${url}/nothing/`)).rejects.toThrow(`${url}/nothing/model.json: 404`);
    await expect(loadWeb('http://127.0.0.1:1/')).rejects.toThrow('could not be fetched');
    const bytes = served.get('/models/m/prior.onnx')!;
    const with_ = (b: Uint8Array) => {
      served.set('/models/m/prior.onnx', b);
      return loadWeb(url);
    };
    await expect(with_(bytes.subarray(0, 9))).rejects.toThrow(`${url}/prior.onnx: 9 bytes found`);
    await expect(with_(bytes.map((b, i) => (i === 9 ? b ^ 1 : b)))).rejects.toThrow('SHA-256');
    served.set('/models/m/prior.onnx', bytes);
  });

  test('a page in the place of a file is called one', async () => {
    await expect(loadWeb(url.replace('/models/', '/pages/'))).rejects.toMatchObject({
      code: 'input',
      message: expect.stringContaining('/pages/m/model.json: a page found (text/html); a file of a model is expected'),
    });
  });

  test('refuses WebGPU where there is none', async () => {
    const none = { requestAdapter: async () => null };
    const barred = { requestAdapter: () => Promise.reject(new Error('barred')) };
    for (const navigator of [{}, { gpu: none }, { gpu: barred }]) {
      vi.stubGlobal('navigator', navigator);
      const session = createSession(new Uint8Array(), { device: 'webgpu' });
      await expect(session).rejects.toMatchObject({ code: 'usage', message: expect.stringContaining('no WebGPU') });
    }
    vi.unstubAllGlobals();
  });
});
