import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Random } from '../../src/random.js';
import { load } from '../../src/trained/load.js';
import { requireDist } from '../cli/dist.js';
import { worst } from '../trained/exported.js';
import { hasChromium } from './chromium.js';
import { studioOnStage } from './stage.js';

describe.skipIf(!hasChromium())('a model gives the same everywhere', { timeout: 400_000 }, () => {
  const stage = studioOnStage({ webGpu: true });

  test('numbers of the browser’s model are those of Node’s', async () => {
    const { page, runs } = stage;
    const model = await load(join(runs, 'done'));
    const { config } = model;
    const random = Random.of(1, 'browser');
    const shape = [1, config.frames, 64, 64, 1];
    const x = { shape, data: Float32Array.from({ length: config.frames * 4096 }, () => random.uniform()) };
    const encoded = await model.encode(x);
    const decoded = await model.decode(encoded.s, encoded.z);
    const drawn = await model.sample(2, { seed: 3 });
    await model.release();
    const worker = readdirSync(join(requireDist(), '../../studio/page/assets')).find((f) =>
      f.startsWith('model-worker'),
    )!;
    const found = await page.evaluate(
      async ({ worker, values, shape }) => {
        const port = new Worker(`assets/${worker}`, { type: 'module' });
        let id = 0;
        const ask = (call: object) =>
          // biome-ignore lint/suspicious/noExplicitAny: what the worker answers
          new Promise<any>((resolve, reject) => {
            port.onmessage = ({ data }) => (data.problem ? reject(new Error(data.problem)) : resolve(data.value));
            port.postMessage({ id: ++id, call });
          });
        const at = (path: string) => new URL(path, location.href).href;
        const loaded = await ask({
          name: 'load',
          url: at('api/runs/done/model-6/'),
          runtime: at('runtime/'),
          threads: 1,
          device: 'auto',
        });
        const { s, z } = await ask({ name: 'encode', x: { shape, data: Float32Array.from(values) } });
        const { x } = await ask({ name: 'decode', s, z });
        const drawn = await ask({ name: 'sample', count: 2, seed: 3, frames: shape[1] });
        port.terminate();
        const list = (b: { data: Float32Array }) => [...b.data];
        return { device: loaded.device, s: list(s), z: list(z), x: list(x), ds: list(drawn.s), dz: list(drawn.z) };
      },
      { worker, values: [...x.data], shape },
    );
    expect(found.device).toBe('wasm');
    for (const [name, mine] of Object.entries({ s: encoded.s, z: encoded.z, x: decoded, ds: drawn.s, dz: drawn.z })) {
      expect(worst(found[name as 's'], mine.data), name).toBeLessThan(1e-4);
    }
  });

  test('all graphs of a model run on WebGPU, and give what WebAssembly gives', async () => {
    const { page, url } = stage;
    expect(await page.evaluate(`navigator.gpu.requestAdapter().then((adapter) => adapter !== null)`)).toBe(true);
    await page.goto(`${url}#/play/done`);
    const runsOn = page.getByLabel('Runs on');
    // A software adapter is not what it would choose by itself.
    await page.getByText('automatic (WebAssembly)').waitFor({ state: 'attached' });
    await runsOn.selectOption('webgpu');
    // Named only once encoder, decoder and prior have run there and agree; otherwise the page says why not.
    await page.getByText('automatic (WebGPU)').waitFor({ state: 'attached', timeout: 380_000 });
    expect(await page.getByText(/WebGPU was tried|WebGPU failed/).count()).toBe(0);
  });
});
