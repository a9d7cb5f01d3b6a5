import { mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cdsvae, requireDist, startNode } from '../cli/dist.js';
import { hasChromium } from './chromium.js';
import { studioOnStage } from './stage.js';

const EVALUATED = join(import.meta.dirname, '../../docs/results/sprites-cdsvae-13000-steps-seed0.json');

describe.skipIf(!hasChromium())('runs are watched', { timeout: 400_000 }, () => {
  const stage = studioOnStage();
  const { open, train } = stage;

  test('a run advances while a training writes it, and can be compared', async () => {
    const { page, url } = stage;
    const flags = ['--steps', '100000', '--checkpoint-every', '20', '--set', 'train.sampleEvery=20'];
    const live = train('sm-mnist', 'runs/live', ...flags);
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
    const { page, url } = stage;
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

  test('a pointer that moves over a plot changes the values above all of them, and draws none of them again', async () => {
    const { page, url } = stage;
    await page.goto(`${url}#/runs/done`);
    await page.locator('.plot').nth(12).waitFor();
    const box = (await page.locator('.plot-host').first().boundingBox())!;
    const drawn = () => page.evaluate(() => (globalThis as { drawn?: number }).drawn);
    await page.evaluate(() => {
      const { prototype } = CanvasRenderingContext2D;
      const { clearRect } = prototype;
      const counted = globalThis as { drawn?: number };
      counted.drawn = 0;
      prototype.clearRect = function (...args) {
        counted.drawn!++;
        clearRect.apply(this, args);
      };
    });
    for (let i = 0; i < 10; i++) await page.mouse.move(box.x + box.width * (0.5 + i / 25), box.y + 60);
    await expect.poll(() => page.locator('.plot-values .muted').count()).toBe(13);
    await page.mouse.move(0, 0);
    await expect.poll(() => page.locator('.plot-values .muted').count()).toBe(0);
    expect(await drawn()).toBe(0);
    // The count counts: another smoothing draws them all.
    await page.getByLabel('Smoothing').fill('5');
    await expect.poll(drawn).toBeGreaterThan(12);
  });

  test('of what does not change the age is told anew, and an evaluation made meanwhile appears', async () => {
    const { context, runs, url } = stage;
    const run = join(runs, 'done');
    const now = new Date();
    utimesSync(join(run, 'metrics.jsonl'), now, now);
    const page = await open(context, url);
    await page.clock.install();
    await page.reload();
    const row = page.locator('.run', { hasText: 'done' });
    await row.getByText('just now').waitFor();
    await page.clock.fastForward(45_000);
    await row.getByText(/\d\d s ago/).waitFor();
    await page.goto(`${url}#/runs/done`);
    await page.getByText('Not evaluated yet').waitFor();
    const { evaluation } = JSON.parse(readFileSync(EVALUATED, 'utf8'));
    writeFileSync(join(run, 'evaluation.json'), JSON.stringify(evaluation));
    await page.clock.fastForward(16_000);
    await page.getByRole('heading', { name: 'Linear probes' }).waitFor();
    rmSync(join(run, 'evaluation.json'));
    await page.close();
  });

  test('an empty folder says what to do; one that is not there is an error', async () => {
    const { context, folder } = stage;
    const missing = await cdsvae(['studio', 'nowhere', '--port', '0'], { cwd: folder });
    expect(missing).toMatchObject({ code: 3, stdout: '' });
    expect(missing.stderr).toBe('error: nowhere: not found; a folder of runs, or one run, expected\n');
    mkdirSync(join(folder, 'none'));
    const empty = startNode([requireDist(), 'studio', 'none', '--port', '0', '--json'], { cwd: folder });
    await empty.until('}\n');
    const opened = await open(context, JSON.parse(empty.output.stdout).url);
    await opened.getByText('cdsvae train sm-mnist').waitFor();
    await opened.close();
    empty.child.kill('SIGINT');
    expect((await empty.ended).code).toBe(0);
  });
});
