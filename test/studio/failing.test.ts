import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { requireDist, startNode } from '../cli/dist.js';
import { hasChromium } from './chromium.js';
import { studioOnStage } from './stage.js';

describe.skipIf(!hasChromium())('what fails is said to', { timeout: 400_000 }, () => {
  const stage = studioOnStage();

  test('an evaluation that cannot be shown hides nothing else of its run', async () => {
    const { page, runs, url } = stage;
    for (const content of ['{"format":', '{"format":"cdsvae evaluation 1"}']) {
      writeFileSync(join(runs, 'done', 'evaluation.json'), content);
      await page.goto(`${url}#/runs/done`);
      await page.reload();
      await page.getByText('The evaluation of done cannot be shown').waitFor();
      await page.locator('.samples img').waitFor();
      await page.getByText('done/config.yaml').waitFor();
      expect(await page.getByText('Not evaluated yet').count()).toBe(0);
    }
    rmSync(join(runs, 'done', 'evaluation.json'));
  });

  test('a model without a log does not wait for steps, and has no settings', async () => {
    const { page, runs, url } = stage;
    cpSync(join(runs, 'done', 'model'), join(runs, 'bare'), { recursive: true });
    await page.goto(`${url}#/runs/bare`);
    await page.getByText('It is a model without the log of its training.').waitFor();
    await page.getByText('There are none: a training makes them').waitFor();
    for (const words of ['No steps yet', 'Settings', 'The first picture', 'Drag across a plot']) {
      expect(await page.getByText(words, { exact: false }).count(), words).toBe(0);
    }
  });

  test('a run that is not there is not taken for one without a model', async () => {
    const { page, url } = stage;
    await page.goto(`${url}#/play/nosuch`);
    await page.getByRole('heading', { name: 'No such run' }).waitFor();
    await page.getByText('nosuch is not among the runs.').waitFor();
  });

  test('a studio that ended is said to have, beside what was last seen', async () => {
    const { context, folder } = stage;
    const other = startNode([requireDist(), 'studio', 'runs', '--port', '0', '--json'], { cwd: folder });
    await other.until('}\n');
    // Not by the stage: that its requests fail is no complaint.
    const page = await context.newPage();
    await page.goto(`${JSON.parse(other.output.stdout).url}#/runs/done`);
    await page.locator('.plot-value').first().waitFor();
    await page.locator('.samples img').waitFor();
    expect(await page.locator('.stale').count()).toBe(0);
    other.child.kill('SIGINT');
    await other.ended;
    await page
      .getByText(/The studio does not answer\. .* What is shown is of \d\d:\d\d\./)
      .waitFor({ timeout: 60_000 });
    expect(await page.locator('.plot').count()).toBeGreaterThan(1);
    await page.close();
  });
});
