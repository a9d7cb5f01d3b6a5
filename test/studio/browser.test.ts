import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { logMel, MEL_BANDS, samplesIn } from '../../src/data/audio/log-mel.js';
import { DatasetWriter } from '../../src/data/writer.js';
import { Random } from '../../src/random.js';
import { writeModel } from '../../src/trained/export.js';
import { load, readModel } from '../../src/trained/load.js';
import { cdsvae, type Running, requireDist, startNode, temporaryFolder } from '../cli/dist.js';
import { worst } from '../trained/exported.js';
import { hasChromium, launch } from './chromium.js';
import { servePlain } from './plain-server.js';
import { voice, wavBytes } from './voice.js';

/** A model so little that a step of it takes milliseconds. */
const LITTLE = ['width=4', 'mlp=8', 'features=16', 'hidden=12', 'static=16', 'dynamic=4']
  .flatMap((s) => ['--set', `model.${s}`])
  .concat('--batch', '2', '--threads', '1', '--set', 'train.validateOn=4');
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Makes a model that has hardly been trained one in which every factor shows. */
async function amplify(run: string): Promise<void> {
  const { description, weights } = readModel(run);
  const { model: config, data, training } = description;
  const louder = new Map(
    [...weights].map(([name, { shape, data }]) => {
      const factor = /deconv\d\.weight$/.test(name) ? 12 : 1;
      return [name, { shape, data: data.map((v) => v * factor) }];
    }),
  );
  await writeModel(join(run, 'model'), { config, data, weights: louder, steps: training.steps });
}

describe.skipIf(!hasChromium())('the studio in a browser', { timeout: 400_000 }, () => {
  const place = temporaryFolder();
  const runs = join(place.path, 'runs');
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let studio: Running;
  let url: string;
  /** What no page may ever say. */
  const complaints: string[] = [];

  /** A page whose complaints are kept. */
  const open = async (where: BrowserContext, address: string) => {
    const opened = await where.newPage();
    // Long, as the machine may be busy with other tests.
    opened.setDefaultTimeout(120_000);
    opened.on('pageerror', (error) => complaints.push(error.message));
    opened.on('console', (m) => {
      if (m.type() === 'error' || /Content.Security.Policy/i.test(m.text())) complaints.push(m.text());
    });
    await opened.goto(address);
    return opened;
  };
  const train = (out: string, ...flags: string[]) => [
    requireDist(),
    ...['train', 'sm-mnist', '--out', out, '--quiet', ...LITTLE, ...flags],
  ];

  beforeAll(async () => {
    const made = startNode(train('runs/done', '--steps', '6', '--set', 'train.sampleEvery=3'), { cwd: place.path });
    const { code, stderr } = await made.ended;
    expect(code, stderr).toBe(0);
    await amplify(join(runs, 'done'));
    studio = startNode([requireDist(), 'studio', 'runs', '--port', '0', '--json'], { cwd: place.path });
    await studio.until('}\n');
    url = JSON.parse(studio.output.stdout).url;
    browser = await launch();
    // Who does not want motion sees first frames until they press Play: so clips can be compared.
    context = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce' });
    page = await open(context, url);
  }, 400_000);
  afterAll(async () => {
    await browser?.close();
    studio?.child.kill('SIGINT');
    const ended = await studio?.ended;
    place.remove();
    expect(ended?.code).toBe(0);
    expect(complaints).toEqual([]);
  });

  /** What a tile shows, as a number that changes with it. The clock must stand still. */
  const pixels = (label: string, on = page) =>
    on
      .locator(`canvas[aria-label="${label}"]:not([aria-busy=true])`)
      .first()
      .evaluate((canvas) => {
        const { width, height } = canvas as HTMLCanvasElement;
        const { data } = (canvas as HTMLCanvasElement).getContext('2d')!.getImageData(0, 0, width, height);
        return data.reduce((h, v) => (Math.imul(h, 31) + v) | 0, width);
      });
  const changed = async (label: string, from: number) => {
    await expect.poll(() => pixels(label), { timeout: 120_000 }).not.toBe(from);
    return pixels(label);
  };
  const ready = (on = page) =>
    on.waitForFunction(
      () =>
        document.querySelectorAll('canvas.tile').length > 6 &&
        document.querySelectorAll('.stage canvas[aria-busy=true], .sampling canvas[aria-busy=true]').length === 0,
      undefined,
      { polling: 200 },
    );

  /** Lets a file fall on the first clip. */
  const drop = (name: string, type: string, bytes: Buffer) =>
    page
      .locator('.slot')
      .first()
      .evaluate(
        (slot, file) => {
          const dataTransfer = new DataTransfer();
          dataTransfer.items.add(
            new File([Uint8Array.from(atob(file.base64), (c) => c.charCodeAt(0))], file.name, { type: file.type }),
          );
          slot.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
        },
        { name, type, base64: bytes.toString('base64') },
      );

  test('a run advances while a training writes it, and can be compared', async () => {
    const live = startNode(
      train('runs/live', '--steps', '100000', '--checkpoint-every', '20', '--set', 'train.sampleEvery=20'),
      {
        cwd: place.path,
      },
    );
    try {
      await page.locator('.run', { hasText: 'live' }).locator('.state.training').waitFor();
      await page.getByRole('link', { name: 'live', exact: true }).click();
      await page.getByRole('heading', { name: 'live', level: 1 }).waitFor();
      const step = async () =>
        Number((await page.locator('.progress').first().textContent())!.replace(/ of.*/, '').replace(/\D/g, ''));
      const before = await step();
      await expect.poll(step, { timeout: 120_000 }).toBeGreaterThan(before);
      const last = () => page.getByLabel('Last step seen').inputValue().then(Number);
      const seen = await last();
      await expect.poll(last, { timeout: 120_000 }).toBeGreaterThan(seen);
      await page.locator('.samples img').waitFor();
      expect(await page.locator('.plot').count()).toBe(13);

      await page.getByRole('link', { name: 'All runs' }).click();
      for (const name of ['live', 'done']) await page.getByLabel(`Compare ${name}`).check();
      await page.getByRole('link', { name: 'Compare 2 runs' }).click();
      await page.locator('.plot-value').nth(1).waitFor();
      // The model of a run that goes on is that of its newest checkpoint.
      const detail = await (await fetch(`${url}api/runs/live/run.json`)).json();
      expect(detail).toMatchObject({ state: 'training', data: 'sm-mnist', preset: 'compact', steps: 100000 });
      const description = await (await fetch(`${url}api/runs/live/model-${detail.model}/model.json`)).json();
      expect(description.training.steps).toBe(detail.model);
    } finally {
      live.child.kill('SIGKILL');
      await live.ended;
    }
    await page.locator('.state.stopped').waitFor();
  });

  test('zoom shows a part in full resolution, the double click all of it', async () => {
    await page.goto(`${url}#/runs/done`);
    const plot = page.locator('.plot-host').first();
    const box = (await plot.boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.5, box.y + 60);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.9, box.y + 60, { steps: 4 });
    await page.mouse.up();
    await page.getByRole('button', { name: 'Show all' }).waitFor();
    expect(Number(await page.getByLabel('First step seen').inputValue())).toBeGreaterThan(1);
    await page.mouse.dblclick(box.x + box.width * 0.5, box.y + 60);
    await page.getByText('Drag across a plot', { exact: false }).waitFor();
    await page.getByLabel('Logarithmic').check();
    await page.getByLabel('Smoothing').fill('0');
  });

  test('numbers of the browser’s model are those of Node’s', async () => {
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

  test('clips are swapped, sampled and gone between', async () => {
    await page.goto(`${url}#/play/done`);
    await ready();
    const first = await pixels('Clip A: 6 · 7');
    await page.getByRole('button', { name: 'Next frame' }).click();
    await changed('Clip A: 6 · 7', first);
    await page.getByRole('button', { name: 'Play', exact: true }).click();
    for (let seen = first, k = 0; k < 3; k++) seen = await changed('Clip A: 6 · 7', seen);
    await page.getByRole('button', { name: 'Pause' }).click();
    const swap = await pixels('Content of A with the motion of B');
    const own = await pixels('Reconstruction of A');

    await page.getByRole('button', { name: 'Pick' }).nth(1).click();
    await page.locator('.gallery-tiles .pick').nth(7).click();
    await changed('Content of A with the motion of B', swap);
    expect(await pixels('Reconstruction of A')).toBe(own);

    const drawn = await pixels('New content 1');
    await page.getByRole('button', { name: 'Draw again' }).click();
    await changed('New content 1', drawn);
    await page.getByRole('button', { name: 'More' }).click();
    await pixels('All new 16');

    const between = await pixels('Between the clips in hand');
    await page.getByLabel('Content from A to B').fill('1');
    const atB = await changed('Between the clips in hand', between);
    await page.getByLabel('Motion from A to B').fill('1');
    await changed('Between the clips in hand', atB);
    expect(await pixels('Between the clips in hand')).toBe(await pixels('Reconstruction of B'));

    await page.getByRole('button', { name: 'Add a clip' }).click();
    await page.locator('.gallery-tiles .pick').nth(3).click();
    await pixels('Content of C with the motion of A');
    expect(await page.locator('.matrix canvas').count()).toBe(9);
  });

  test('a link shows the same', async () => {
    const again = await open(context, page.url());
    await ready(again);
    // Both at the same frame.
    for (let k = 0; k < 15 && (await pixels('Clip A: 6 · 7')) !== (await pixels('Clip A: 6 · 7', again)); k++) {
      await again.getByRole('button', { name: 'Next frame' }).click();
    }
    for (const label of ['Between the clips in hand', 'Content of C with the motion of A', 'New content 1']) {
      expect(await pixels(label, again), label).toBe(await pixels(label));
    }
    await again.close();
  });

  test('a map of content is played by click and by key', async () => {
    await page.locator('.map').scrollIntoViewIfNeeded();
    const map = page.getByRole('application');
    await map.waitFor();
    await map.focus();
    await page.keyboard.press('Enter');
    const one = await pixels('The chosen point');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await changed('The chosen point', one);
    await page.getByLabel('Content from the first point to the second').fill('1');
    await page.getByLabel('Place by').selectOption('umap');
    await page.getByText('Placing').waitFor({ state: 'hidden' });
    await page.getByLabel('Colour by').selectOption('1');
    await page.getByRole('button', { name: 'Take as B' }).click();
    await expect.poll(() => page.url()).toMatch(/clips=0-(?!7-).*map=umap.*colour=1/);
  });

  test('a clip of one’s own is dropped, and a wrong one told of', async () => {
    const before = await pixels('Reconstruction of A');
    const frames = await Promise.all(
      Array.from({ length: 20 }, (_, t) =>
        sharp({ create: { width: 96, height: 64, channels: 3, background: '#000' } })
          .composite([
            {
              input: { create: { width: 20, height: 20, channels: 3, background: '#fff' } },
              left: 20 + 2 * t,
              top: 20,
            },
          ])
          .removeAlpha()
          .raw()
          .toBuffer(),
      ),
    );
    const gif = await sharp(Buffer.concat(frames), { raw: { width: 96, height: 64 * 20, channels: 3, pageHeight: 64 } })
      .gif()
      .toBuffer();
    await drop('square.gif', 'image/gif', gif);
    await page.locator('.slot-name', { hasText: 'square.gif' }).waitFor();
    await changed('Reconstruction of A', before);
    // The middle square of the first frame: 64 of 96 pixels from 16 on, so the white square begins at 4.
    const values = await page
      .locator('.slot canvas')
      .first()
      .evaluate((canvas) => {
        const { data } = (canvas as HTMLCanvasElement).getContext('2d')!.getImageData(0, 0, 64, 64);
        return [data[4 * (30 * 64 + 60)], data[4 * (5 * 64 + 5)]];
      });
    expect(values[1]).toBeLessThan(9);
    expect(page.url()).not.toMatch(/clips=/);

    await drop('words.txt', 'text/plain', Buffer.from('not a clip'));
    await page.getByRole('alert').filter({ hasText: 'words.txt: a GIF, a WebP' }).waitFor();
    await drop('broken.gif', 'image/gif', Buffer.from('GIF89a and then nothing'));
    await page.getByRole('alert').filter({ hasText: 'broken.gif is not a picture' }).waitFor();
    await drop(
      'still.png',
      'image/png',
      await sharp({ create: { width: 9, height: 9, channels: 3, background: '#123' } })
        .png()
        .toBuffer(),
    );
    await page.getByRole('alert').filter({ hasText: 'still picture' }).waitFor();
  });

  test.each([
    ['GIF', 'gif', 15],
    ['WebP', 'webp', 15],
    ['PNG sheet', 'png', undefined],
  ] as const)('what is seen is saved as %s', async (button, format, pages) => {
    const section = page.locator('.swap');
    await section.locator('summary').click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      section.getByRole('button', { name: button, exact: true }).click(),
    ]);
    expect(download.suggestedFilename()).toBe(`done-swap.${format}`);
    const meta = await sharp(await download.path(), { animated: true }).metadata();
    expect(meta).toMatchObject({ format, ...(pages !== undefined && { pages }) });
    expect(meta.width).toBeGreaterThan(400);
    expect(await section.locator('details').getAttribute('open')).toBeNull();
  });

  test('a model of speech is seen and heard', async () => {
    const writer = new DatasetWriter(join(place.path, 'voices'), {
      info: {
        name: 'voices',
        kind: 'audio',
        frames: 20,
        frame: [MEL_BANDS],
        dtype: 'float32',
        divisor: 1,
        range: [-24, 10],
        factors: [],
        audio: { features: 'log-mel-80', mean: Array(MEL_BANDS).fill(-8), deviation: Array(MEL_BANDS).fill(4) },
      },
      count: 12,
      splits: { train: [0, 8], validation: [8, 12] },
    });
    for (let i = 0; i < 12; i++) {
      writer.write(
        i,
        logMel(voice(samplesIn(20), 100 + 20 * i)).map((v) => (v + 8) / 4),
      );
    }
    writer.finish();
    const made = startNode(
      [requireDist(), 'train', 'voices', '--out', 'runs/speech', '--quiet', ...LITTLE, '--steps', '4'],
      {
        cwd: place.path,
      },
    );
    const { code, stderr } = await made.ended;
    expect(code, stderr).toBe(0);
    await page.goto(`${url}#/play/speech`);
    await ready();
    const before = await pixels('Reconstruction of A');
    await page.getByRole('button', { name: 'Listen: Content of A with the motion of B' }).click();
    await drop('voice.wav', 'audio/wav', wavBytes(voice(16_000)));
    await page.locator('.slot-name', { hasText: 'voice.wav' }).waitFor();
    await changed('Reconstruction of A', before);
    await drop('short.wav', 'audio/wav', wavBytes(voice(1600)));
    await page.getByRole('alert').filter({ hasText: 'short.wav is too short' }).waitFor();
    await drop('square.gif', 'image/gif', Buffer.from('GIF89a'));
    await page.getByRole('alert').filter({ hasText: 'not a RIFF WAVE file' }).waitFor();
    await page.locator('.swap summary').click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.locator('.swap').getByRole('button', { name: 'PNG sheet' }).click(),
    ]);
    expect((await sharp(await download.path()).metadata()).format).toBe('png');
  });

  test('nothing is serious to axe, in light and in dark, and nothing is cut off at three widths', async () => {
    mkdirSync(join(runs, 'broken'));
    writeFileSync(join(runs, 'broken', 'config.yaml'), 'data: [');
    const serious = () =>
      page.evaluate(async () => {
        // biome-ignore lint/suspicious/noExplicitAny: axe is put into the page as it is
        const { violations } = await (globalThis as any).axe.run();
        return violations
          .filter((v: { impact: string }) => v.impact === 'serious' || v.impact === 'critical')
          .map((v: { id: string; nodes: { html: string }[] }) => `${v.id}: ${v.nodes.map((n) => n.html).join(' | ')}`);
      });
    for (const address of ['#/', '#/runs/done', '#/runs/done,broken', '#/runs/none', '#/play/done?clips=0-1-2-3']) {
      await page.goto(url + address);
      await page.waitForTimeout(300);
      if (address.includes('play')) await ready();
      await page.evaluate(AXE);
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        expect(await serious(), `${address} ${colorScheme}`).toEqual([]);
      }
      for (const width of [360, 800, 1440]) {
        await page.setViewportSize({ width, height: 900 });
        await page.waitForTimeout(100);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        expect(over, `${address} at ${width}`).toBeLessThanOrEqual(0);
      }
    }
    await page.goto(`${url}#/`);
    await page.getByText('broken/config.yaml: not YAML').waitFor();
  });

  test('an empty folder says what to do; one that is not there is an error', async () => {
    const missing = await cdsvae(['studio', 'nowhere', '--port', '0'], { cwd: place.path });
    expect(missing).toMatchObject({ code: 3, stdout: '' });
    expect(missing.stderr).toBe('error: nowhere: not found; a folder of runs, or one run, expected\n');
    mkdirSync(join(place.path, 'none'));
    const empty = startNode([requireDist(), 'studio', 'none', '--port', '0', '--json'], { cwd: place.path });
    await empty.until('}\n');
    const opened = await open(context, JSON.parse(empty.output.stdout).url);
    await opened.getByText('cdsvae train sm-mnist').waitFor();
    await opened.close();
    empty.child.kill('SIGINT');
    expect((await empty.ended).code).toBe(0);
  });

  test('an export works from a plain server under any path, and then without one', async () => {
    const made = await cdsvae(['studio', 'runs/done', '--export', 'site', '--json'], { cwd: place.path });
    expect(made.code, made.stderr).toBe(0);
    const { bytes } = JSON.parse(made.stdout);
    expect(bytes.visit).toBeLessThan(25e6);
    expect(bytes.runtime).toBeGreaterThan(1e6);
    expect(existsSync(join(place.path, 'site', 'index.html'))).toBe(true);
    const again = await cdsvae(['studio', 'runs/done', '--export', 'site', '--json'], { cwd: place.path });
    expect(again.code, again.stderr).toBe(0);
    const other = await cdsvae(['studio', 'runs/done', '--export', 'runs'], { cwd: place.path });
    expect(other).toMatchObject({ code: 2, stderr: expect.stringContaining('holds other things') });

    const host = await servePlain(join(place.path, 'site'), '/some where/deep/');
    const visitor = await browser.newContext({ reducedMotion: 'reduce' });
    const opened = await open(visitor, host.url);
    await ready(opened);
    await opened.waitForFunction(
      async () =>
        (await caches.keys()).length > 0 && (await navigator.serviceWorker.ready).active?.state === 'activated',
    );
    expect(host.asked.filter((p) => !p.startsWith('/some where/deep/'))).toEqual([]);
    expect(host.asked.filter((p) => p.includes('asyncify'))).toEqual([]);
    await opened.close();
    host.close();

    const offline = await open(visitor, host.url);
    await ready(offline);
    await offline.getByRole('link', { name: 'Training' }).click();
    await offline.locator('.plot').first().waitFor();
    await offline.locator('.samples img').waitFor();
    await visitor.close();
  });
});
