import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { hasChromium } from './chromium.js';
import { studioOnStage } from './stage.js';

// Each test goes on with what the one before left in the page, as a visitor would.
describe.skipIf(!hasChromium())('a model is played with', { timeout: 400_000 }, () => {
  const stage = studioOnStage();
  const { open, pixels, changed, ready } = stage;

  test('clips are swapped, sampled and gone between', async () => {
    const { page, url } = stage;
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

  test('a clip is picked by what is seen of it, and the focus comes back', async () => {
    const { context, url } = stage;
    const page = await open(context, `${url}#/play/done`);
    await ready(page);
    let go = () => {};
    const held = new Promise<void>((resolve) => {
      go = resolve;
    });
    await page.route('**/clips/page-1.bin', async (route) => {
      await held;
      await route.continue();
    });
    const drawn = page.locator('.gallery canvas:not([aria-busy=true])');
    const waiting = page.locator('.gallery canvas[aria-busy=true]');
    const pick = page.getByRole('button', { name: 'Pick' }).first();
    await pick.focus();
    await page.keyboard.press('Enter');
    await drawn.first().waitFor();
    expect(await waiting.count()).toBe(0);
    const names = await page.locator('.gallery .pick').allTextContents();

    await page.getByRole('dialog').getByRole('button', { name: 'More' }).click();
    await waiting.first().waitFor();
    // The names are those of the second page; no picture of the first is left under them.
    expect(await page.locator('.gallery .pick').allTextContents()).not.toEqual(names);
    expect(await drawn.count()).toBe(0);
    go();
    await drawn.first().waitFor();
    const third = page.locator('.gallery .pick').nth(2);
    const name = await third.textContent();
    await third.press('Enter');
    await expect.poll(() => page.locator('.slot-name').first().textContent()).toBe(name);
    await expect.poll(() => page.url()).toContain(`clips=${names.length + 2}-1`);
    expect(await pick.evaluate((button) => button === document.activeElement)).toBe(true);
    await page.close();
  });

  test('a link shows the same', async () => {
    const { context, page } = stage;
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
    const { page } = stage;
    await page.locator('.map').scrollIntoViewIfNeeded();
    const map = page.getByRole('application');
    await map.waitFor();
    const name = page.locator('.scatter-name');
    await map.focus();
    // What Enter would choose is told.
    await expect.poll(() => name.textContent()).not.toBe('');
    await map.blur();
    await expect.poll(() => name.textContent()).toBe('');
    await map.focus();
    const first = await name.textContent();
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('.map-names').textContent()).toBe(first);
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

  test('a menu to save is closed as menus are', async () => {
    const { page } = stage;
    const menu = page.locator('.swap details');
    const open = () => menu.evaluate((details) => (details as HTMLDetailsElement).open);
    const summary = menu.locator('summary');
    await summary.click();
    await page.keyboard.press('Tab');
    expect(await open()).toBe(true);
    await page.keyboard.press('Escape');
    expect(await open()).toBe(false);
    expect(await summary.evaluate((element) => element === document.activeElement)).toBe(true);
    await summary.click();
    expect(await open()).toBe(true);
    await page.getByRole('heading', { name: 'Swap' }).click();
    expect(await open()).toBe(false);
    await summary.click();
    await page.getByRole('button', { name: 'Draw again' }).focus();
    expect(await open()).toBe(false);
  });

  test('the speed is told in frames a second', async () => {
    const { page } = stage;
    await page.getByLabel('Speed').fill('12');
    await page.locator('.clock', { hasText: '12 fps' }).waitFor();
  });

  test.each([
    ['GIF', 'gif', 15],
    ['WebP', 'webp', 15],
    ['PNG sheet', 'png', undefined],
  ] as const)('what is seen is saved as %s', async (button, format, pages) => {
    const { page } = stage;
    await ready();
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

  describe('what is seen and the address agree', () => {
    const content = () => stage.page.getByLabel('Content from A to B', { exact: false }).first();
    const address = (part: RegExp) => expect.poll(() => stage.page.url()).toMatch(part);

    test('on another device, where all is still in hand', async () => {
      const { page } = stage;
      await content().fill('0.8');
      const pages = Buffer.alloc(8 * 8 * 3 * 4, 99).fill(200, 8 * 8 * 3 * 2);
      const gif = sharp(pages, { raw: { width: 8, height: 32, channels: 3, pageHeight: 8 } }).gif();
      await stage.drop({ name: 'mine.gif', type: 'image/gif', bytes: await gif.toBuffer() });
      await page.locator('.slot-name', { hasText: 'mine.gif' }).waitFor();
      const seed = page.url().match(/seed=\d+/)![0];
      await page.getByLabel('Runs on').selectOption('wasm');
      await page.getByText('Loading the model').waitFor();
      await ready();
      expect(await content().inputValue()).toBe('0.8');
      expect(await page.locator('.slot-name').first().textContent()).toBe('mine.gif');
      expect(page.url()).toContain(seed);
      expect(page.url()).toContain('content=0.8_0');
    });

    test('where its own page is asked for again', async () => {
      const { page } = stage;
      await page.getByRole('link', { name: 'Play', exact: true }).click();
      await address(/content=0.8_0/);
      expect(await content().inputValue()).toBe('0.8');
      expect(await page.locator('.slot-name').first().textContent()).toBe('mine.gif');
    });

    test('where one link is followed twice', async () => {
      const { page } = stage;
      for (const _ of [1, 2]) {
        await page.evaluate(() => {
          location.hash = '#/play/done?clips=3-5&content=0.2_0';
        });
        await expect.poll(() => content().inputValue()).toBe('0.2');
        await page.getByLabel('Clip A: ').first().waitFor();
        await address(/clips=3-5&content=0.2_0/);
        await content().fill('0.7');
        await address(/content=0.7_0/);
      }
    });
  });
});
