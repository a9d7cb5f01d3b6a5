import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hasChromium } from './chromium.js';
import { studioOnStage } from './stage.js';

const STYLE = readFileSync(join(import.meta.dirname, '../../src/studio/page/style.css'), 'utf8');

/** Colours of style.css by name, in light and in dark. */
const COLOURS = new Map(
  [...STYLE.matchAll(/--([\w-]+): light-dark\((#\w{6}), (#\w{6})\);/g)].map(([, name, ...of]) => [name!, of]),
);

/** Of two colours `#rrggbb`, as WCAG 2 has it. */
function contrast(a: string, b: string): number {
  const luminance = (colour: string) =>
    [1, 3, 5]
      .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
      .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
      .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i]!, 0);
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

test.each([
  ['run', 6],
  ['class', 10],
])('the colours of each %s stand out from cards, in light and in dark', (what, count) => {
  expect(contrast('#ffffff', '#000000')).toBeCloseTo(21);
  const names = [...COLOURS.keys()].filter((name) => name.startsWith(`${what}-`));
  expect(names).toHaveLength(count);
  for (const theme of [0, 1]) {
    const of = (name: string) => COLOURS.get(name)![theme]!;
    expect(new Set(names.map(of)).size).toBe(count);
    for (const name of names) expect(contrast(of(name), of('card')), `${name} ${of(name)}`).toBeGreaterThan(3);
  }
});

describe.skipIf(!hasChromium())('runs are compared', { timeout: 400_000 }, () => {
  const stage = studioOnStage();

  test('a run has one colour on its card, its values and its curves, whatever is wrong with another', async () => {
    const { page, runs, url } = stage;
    mkdirSync(join(runs, 'aaa'));
    writeFileSync(join(runs, 'aaa', 'config.yaml'), 'data: [');
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.goto(`${url}#/runs/aaa,done`);
    await page.locator('.plot-value .dot').first().waitFor();
    const colour = (selector: string) =>
      page
        .locator(selector)
        .first()
        .evaluate((dot) => getComputedStyle(dot).backgroundColor);
    const own = await colour('.card:has-text("done") .dot');
    expect(await colour('.plot-value .dot')).toBe(own);
    expect(await colour('.card:has-text("aaa") .dot')).not.toBe(own);
    const drawn = () =>
      page
        .locator('.plot canvas')
        .first()
        .evaluate((element, wanted) => {
          const canvas = element as HTMLCanvasElement;
          const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
          const rgb = wanted.match(/\d+/g)!.map(Number);
          for (let i = 0; i < data.length; i += 4)
            if (rgb.every((v, k) => data[i + k] === v) && data[i + 3] === 255) return true;
          return false;
        }, own);
    await expect.poll(drawn).toBe(true);
    await page.emulateMedia({ colorScheme: 'light' });
    const light = await colour('.card:has-text("done") .dot');
    expect(light).not.toBe(own);
    rmSync(join(runs, 'aaa'), { recursive: true });
  });

  test('six at most are, and a seventh is not left out without a word', async () => {
    const { page, runs, url } = stage;
    const ids = ['done', ...Array.from({ length: 6 }, (_, i) => `copy${i}`)];
    for (const id of ids.slice(1)) cpSync(join(runs, 'done'), join(runs, id), { recursive: true });
    await page.goto(`${url}#/`);
    for (const id of ids.slice(0, 6)) await page.getByLabel(`Compare ${id}`).check();
    await page.getByText('At most 6 runs can be compared').waitFor();
    expect(await page.getByLabel('Compare copy5').isDisabled()).toBe(true);
    await page.getByLabel('Compare copy4').uncheck();
    expect(await page.getByLabel('Compare copy5').isDisabled()).toBe(false);
    await page.goto(`${url}#/runs/${ids.join()},nosuch`);
    await page.getByText('At most 6 runs are compared; left out: copy5').waitFor();
    await page.getByText('Not among the runs: nosuch').waitFor();
    await page.getByText('copy4/config.yaml').waitFor();
    const counts = ['.cards .card', '.samples figure', 'details'].map((selector) => page.locator(selector).count());
    expect(await Promise.all(counts)).toEqual([6, 6, 6]);
  });
});
