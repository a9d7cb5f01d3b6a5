import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hasChromium } from './chromium.js';
import { studioOnStage } from './stage.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

describe.skipIf(!hasChromium())('everyone can use every page', { timeout: 400_000 }, () => {
  const stage = studioOnStage();
  const { train, ready } = stage;

  test('nothing is serious to axe, in light and in dark, and nothing is cut off at three widths', async () => {
    const { page, runs, url } = stage;
    // A run that was stopped and one that cannot be read: what is said of them is looked at too.
    const stopped = train('sm-mnist', 'runs/stopped', '--steps', '100000', '--checkpoint-every', '20');
    try {
      await page.getByLabel('Play with stopped').waitFor();
    } finally {
      stopped.child.kill('SIGKILL');
      await stopped.ended;
    }
    await page.locator('.state.stopped').waitFor();
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
    const there = (selector: string) => page.locator(selector).first().waitFor();
    const addresses = [
      ['#/', () => there('.run')],
      ['#/runs/done', () => there('.samples img')],
      ['#/runs/done,broken', () => page.getByText('This run cannot be read').waitFor()],
      ['#/runs/none', () => page.getByRole('heading', { name: 'No such run' }).waitFor()],
      ['#/play/done?clips=0-1-2-3', ready],
    ] as const;
    for (const [address, seen] of addresses) {
      await page.goto(url + address);
      await seen();
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
        if (address.includes('play') && width < 1100) {
          // Four clips stand two by two.
          const [a, b, c] = await page.locator('.slot').evaluateAll((all) =>
            all.map((slot) => {
              const { x, y } = slot.getBoundingClientRect();
              return [x, y];
            }),
          );
          expect([b![1], c![0]], `at ${width}`).toEqual([a![1], a![0]]);
          expect(b![0]).toBeGreaterThan(a![0]!);
        }
      }
    }
    await page.goto(`${url}#/`);
    await page.getByText('broken/config.yaml: not YAML').waitFor();
  });
});
