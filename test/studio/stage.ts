import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect } from 'vitest';
import { writeModel } from '../../src/trained/export.js';
import { readModel } from '../../src/trained/load.js';
import { type Running, requireDist, startNode, temporaryFolder } from '../cli/dist.js';
import { launch } from './chromium.js';

/** A model so little that a step of it takes milliseconds. */
const LITTLE = ['width=4', 'mlp=8', 'features=16', 'hidden=12', 'static=16', 'dynamic=4']
  .flatMap((s) => ['--set', `model.${s}`])
  .concat('--batch', '2', '--threads', '1', '--set', 'train.validateOn=4');

/** A file as it is dropped on a page. */
export interface DroppedFile {
  readonly name: string;
  readonly type: string;
  readonly bytes: Buffer;
}

/** A studio and a page that shows it. Its values are there once the hooks before the tests have run. */
export interface Stage {
  /** A temporary folder, in which the studio runs. */
  readonly folder: string;
  /** The folder of runs in it. */
  readonly runs: string;
  /** The studio's address. */
  readonly url: string;
  readonly browser: Browser;
  readonly context: BrowserContext;
  readonly page: Page;
  /** Another page; what it complains of is an error too. */
  open(where: BrowserContext, address: string): Promise<Page>;
  /** Starts the training of a little model in the folder. */
  train(data: string, out: string, ...flags: string[]): Running;
  /** What a tile shows, as a number that changes with it. The clock must stand still. */
  pixels(label: string, on?: Page): Promise<number>;
  /** Waits until a tile shows something else, and gives its new number. */
  changed(label: string, from: number): Promise<number>;
  /** Waits until a page of a model has drawn its tiles. */
  ready(on?: Page): Promise<unknown>;
  /** Lets files fall on the first clip. */
  drop(...files: readonly DroppedFile[]): Promise<void>;
}

/**
 * Starts a studio and a browser before the tests of a file, and ends both after them: by then no page may have
 * complained, and the studio must end well.
 *
 * @param options `trained`: there is a run of 6 steps named `done`, otherwise no run; `webGpu`: the browser has WebGPU
 */
export function studioOnStage({ trained = true, webGpu = false } = {}): Stage {
  let place: ReturnType<typeof temporaryFolder>;
  let studio: Running;
  let url: string;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  /** What no page may ever say. */
  const complaints: string[] = [];

  const stage: Stage = {
    get folder() {
      return place.path;
    },
    get runs() {
      return join(place.path, 'runs');
    },
    get url() {
      return url;
    },
    get browser() {
      return browser;
    },
    get context() {
      return context;
    },
    get page() {
      return page;
    },

    async open(where, address) {
      const opened = await where.newPage();
      // Long, as the machine may be busy with other tests.
      opened.setDefaultTimeout(120_000);
      opened.on('pageerror', (error) => complaints.push(error.message));
      opened.on('console', (m) => {
        if (m.type() === 'error' || /Content.Security.Policy/i.test(m.text())) complaints.push(m.text());
      });
      // Chromium may hold a visit back while service workers take turns on a busy machine; the next one is served.
      await opened.goto(address, { timeout: 60_000 }).catch(() => opened.goto(address));
      return opened;
    },

    train(data, out, ...flags) {
      const args = ['train', data, '--out', out, '--quiet', ...LITTLE, ...flags];
      return startNode([requireDist(), ...args], { cwd: place.path });
    },

    pixels(label, on = page) {
      return on
        .locator(`canvas[aria-label="${label}"]:not([aria-busy=true])`)
        .first()
        .evaluate((canvas) => {
          const { width, height } = canvas as HTMLCanvasElement;
          const { data } = (canvas as HTMLCanvasElement).getContext('2d')!.getImageData(0, 0, width, height);
          return data.reduce((h, v) => (Math.imul(h, 31) + v) | 0, width);
        });
    },

    async changed(label, from) {
      await expect.poll(() => stage.pixels(label), { timeout: 120_000 }).not.toBe(from);
      return stage.pixels(label);
    },

    ready(on = page) {
      return on.waitForFunction(
        () =>
          document.querySelectorAll('canvas.tile').length > 6 &&
          document.querySelectorAll('.stage canvas[aria-busy=true], .sampling canvas[aria-busy=true]').length === 0,
        undefined,
        { polling: 200 },
      );
    },

    async drop(...files) {
      const packed = files.map(({ name, type, bytes }) => ({ name, type, base64: bytes.toString('base64') }));
      await page
        .locator('.slot')
        .first()
        .evaluate((slot, given) => {
          const dataTransfer = new DataTransfer();
          for (const { name, type, base64 } of given) {
            dataTransfer.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name, { type }));
          }
          slot.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
        }, packed);
    },
  };

  beforeAll(async () => {
    place = temporaryFolder();
    if (trained) {
      const made = stage.train('sm-mnist', 'runs/done', '--steps', '6', '--set', 'train.sampleEvery=3');
      const { code, stderr } = await made.ended;
      expect(code, stderr).toBe(0);
      await amplify(join(stage.runs, 'done'));
    }
    // The usual folder, which need not be there yet, is not named where there are no runs.
    const runs = trained ? ['runs'] : [];
    studio = startNode([requireDist(), 'studio', ...runs, '--port', '0', '--json'], { cwd: place.path });
    await studio.until('}\n');
    url = JSON.parse(studio.output.stdout).url;
    browser = await launch({ webGpu });
    // Who does not want motion sees first frames until they press Play: so clips can be compared.
    context = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce' });
    page = await stage.open(context, url);
  }, 400_000);
  afterAll(async () => {
    await browser?.close();
    studio?.child.kill('SIGINT');
    const ended = await studio?.ended;
    place.remove();
    expect(ended?.code).toBe(0);
    expect(complaints).toEqual([]);
  }, 60_000);

  return stage;
}

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
