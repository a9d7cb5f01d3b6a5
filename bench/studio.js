/**
 * How fast the studio answers in a browser, how large an export is and how fast it opens.
 *
 *     npm run build && node bench/studio.js RUN
 *     node bench/studio.js RUN --pictures docs     also takes the pictures of the README
 *
 * Needs Debian's Chromium (apt-get install chromium). Times are medians in ms, from the hand's event to the first changed picture
 * and to the last one: a clip comes whole, with all its frames.
 */
import { createReadStream, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { availableParallelism, tmpdir } from 'node:os';
import { basename, extname, join, resolve } from 'node:path';
import { chromium } from 'playwright-core';
import { exportStudio, serveStudio } from '../dist/studio/index.js';

const [run, flag, pictures] = process.argv.slice(2);
if (run === undefined || (flag !== undefined && flag !== '--pictures')) {
  console.error('usage: node bench/studio.js RUN [--pictures DIR]');
  process.exit(2);
}
const folder = mkdtempSync(join(tmpdir(), 'cdsvae-bench-studio-'));
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync'.split(
    ' ',
  ),
});
try {
  const { bytes, steps } = await exportStudio(run, join(folder, 'site'), { version: 'bench' });
  const mb = (n) => `${(n / 1e6).toFixed(1)} MB`;
  console.log(
    `${basename(resolve(run))}, ${steps} steps; ${availableParallelism()} cores, Chromium ${browser.version()}`,
  );
  console.log(
    `export ${mb(bytes.all)}; a visit ${mb(bytes.visit)}: model ${mb(bytes.model)}, runtime ${mb(bytes.runtime)}`,
  );

  const site = await serveFolder(join(folder, 'site'));
  report('export, 1 thread', await measure(`${site.url}#/play/${basename(resolve(run))}`));
  site.close();
  const studio = await serveStudio(run, { port: 0, version: 'bench' });
  report('served, threads', await measure(`${studio.url}#/play/${basename(resolve(run))}`));
  if (pictures) await takePictures(studio.url);
  await studio.close();
} finally {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
}

async function openPage(address, options = {}) {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    reducedMotion: 'reduce',
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(300_000);
  await page.goto(address);
  return page;
}

async function allThere(page) {
  await page.waitForFunction(
    () =>
      document.querySelectorAll('.matrix canvas').length > 3 &&
      document.querySelectorAll('.stage canvas[aria-busy=true], .sampling canvas[aria-busy=true]').length === 0,
  );
}

async function measure(address) {
  const begun = performance.now();
  const page = await openPage(address);
  await page.waitForFunction(
    () =>
      document.querySelectorAll('.matrix canvas').length === 4 &&
      document.querySelectorAll('.matrix canvas[aria-busy=true]').length === 0,
  );
  const opened = performance.now() - begun;
  await allThere(page);
  const times = await page.evaluate(async () => {
    const canvas = (label) => document.querySelector(`canvas[aria-label="${label}"]`);
    const seen = (label) => {
      const { width, height } = canvas(label);
      const { data } = canvas(label).getContext('2d').getImageData(0, 0, width, height);
      let hash = 0;
      // Some of the values: looking must not take the time that is measured.
      for (let i = 0; i < data.length; i += 37) hash = (Math.imul(hash, 31) + data[i]) | 0;
      return hash;
    };
    /** From an event to the first and to the last of the pictures that it changes. */
    const timed = async (labels, act) => {
      const waited = new Map(labels.map((label) => [label, seen(label)]));
      const begun = performance.now();
      let first;
      act();
      while (waited.size > 0 && performance.now() - begun < 20_000) {
        await new Promise(requestAnimationFrame);
        for (const [label, before] of waited) if (seen(label) !== before) waited.delete(label);
        if (waited.size < labels.length) first ??= performance.now() - begun;
      }
      return { first, all: performance.now() - begun };
    };
    const pause = () => new Promise((done) => setTimeout(done, 300));
    const slide = (name, value) => {
      const input = document.querySelector(`input[aria-label="${name}"]`);
      input.value = value;
      input.dispatchEvent(new Event('input', { bubbles: true }));
    };
    const press = (text) => [...document.querySelectorAll('button')].find((b) => b.textContent === text).click();
    const middle = (list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)];
    const median = (list) => ({ first: middle(list.map((t) => t.first)), all: middle(list.map((t) => t.all)) });
    const slider = [];
    for (const value of [0.1, 0.3, 0.5, 0.7, 0.9, 0.2, 0.4, 0.6, 0.8, 1]) {
      slider.push(await timed(['Between the clips in hand'], () => slide('Motion from A to B', value)));
      await pause();
    }
    const swap = [];
    for (const index of [3, 5, 7, 9, 11]) {
      [...document.querySelectorAll('.slot')][1].querySelector('button').click();
      await pause();
      while (document.querySelectorAll('.gallery .pick').length <= index) await pause();
      swap.push(
        await timed(
          [
            'Between the clips in hand',
            'Reconstruction of B',
            'Content of A with the motion of B',
            'Content of B with the motion of A',
          ],
          () => document.querySelectorAll('.gallery .pick')[index].click(),
        ),
      );
      await pause();
    }
    const sample = [];
    for (let k = 0; k < 5; k++) {
      const tiles = [...document.querySelectorAll('.sampling canvas')].map((c) => c.getAttribute('aria-label'));
      sample.push(await timed(tiles, () => press('Draw again')));
      await pause();
    }
    return { slider: median(slider), swap: median(swap), sample: median(sample) };
  });
  await page.context().close();
  return { opened, ...times };
}

function report(name, { opened, slider, swap, sample }) {
  const ms = ({ first, all }) => `${first.toFixed(0)} ms (all ${all.toFixed(0)} ms)`;
  console.log(
    `${name}: first swaps after ${(opened / 1000).toFixed(1)} s; slider ${ms(slider)}, swap ${ms(swap)}, new sample ${ms(sample)}`,
  );
}

async function takePictures(url) {
  const name = basename(resolve(run));
  const shots = [
    ['studio-play', `#/play/${name}?clips=0-3&content=0.5_0&motion=0_0`, 1440, 'light'],
    ['studio-runs', `#/runs/${name}`, 1440, 'dark'],
    ['studio-phone', `#/play/${name}?clips=0-3`, 360, 'light'],
  ];
  for (const [file, address, width, colorScheme] of shots) {
    const page = await openPage(url + address, { viewport: { width, height: 900 }, colorScheme });
    if (address.includes('play')) {
      await page.locator('.map').scrollIntoViewIfNeeded();
      await page.locator('.scatter canvas').waitFor();
      await allThere(page);
      const box = await page.locator('.scatter canvas').boundingBox();
      await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
      await page.evaluate(() => scrollTo(0, 0));
    } else await page.locator('.plot').first().waitFor();
    await page.waitForTimeout(1000);
    await page.screenshot({ path: join(pictures, `${file}.png`), fullPage: file === 'studio-play' });
    await page.context().close();
  }
}

/** The simplest of web servers. */
async function serveFolder(root) {
  const types = {
    '.html': 'text/html',
    '.js': 'text/javascript',
    '.mjs': 'text/javascript',
    '.css': 'text/css',
    '.wasm': 'application/wasm',
  };
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url, 'http://x').pathname);
    const file = join(root, path === '/' ? 'index.html' : path);
    if (path.includes('..') || !existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'Content-Type': types[extname(file)] ?? 'application/octet-stream' });
    createReadStream(file).pipe(response);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
