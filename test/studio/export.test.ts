import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContext } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { cdsvae } from '../cli/dist.js';
import { hasChromium } from './chromium.js';
import { servePlain } from './plain-server.js';
import { studioOnStage } from './stage.js';

describe.skipIf(!hasChromium())('an export', { timeout: 400_000 }, () => {
  const stage = studioOnStage();
  const { open, ready } = stage;

  // Another run, on data of its own.
  beforeAll(async () => {
    const made = await cdsvae(['data', 'sm-mnist', '--sequences', '40', '--out', 'digits'], { cwd: stage.folder });
    expect(made.code, made.stderr).toBe(0);
    const { code, stderr } = await stage.train(join(stage.folder, 'digits'), 'runs/own', '--steps', '2').ended;
    expect(code, stderr).toBe(0);
  }, 120_000);

  const visit = async (visitor: BrowserContext, url: string) => {
    const opened = await open(visitor, url);
    await ready(opened);
    await opened.waitForFunction(
      async () =>
        (await caches.keys()).length > 0 && (await navigator.serviceWorker.ready).active?.state === 'activated',
    );
    return opened;
  };
  const exported = async (run: string, site: string) => {
    const { code, stderr } = await cdsvae(['studio', run, '--export', site], { cwd: stage.folder });
    expect(code, stderr).toBe(0);
    return join(stage.folder, site);
  };

  test('an export works from a plain server under any path, and then without one', async () => {
    const { browser, folder } = stage;
    const made = await cdsvae(['studio', 'runs/done', '--export', 'site', '--json'], { cwd: folder });
    expect(made.code, made.stderr).toBe(0);
    const { bytes } = JSON.parse(made.stdout);
    expect(bytes.visit).toBeLessThan(25e6);
    expect(bytes.runtime).toBeGreaterThan(1e6);
    expect(existsSync(join(folder, 'site', 'index.html'))).toBe(true);
    const again = await cdsvae(['studio', 'runs/done', '--export', 'site', '--json'], { cwd: folder });
    expect(again.code, again.stderr).toBe(0);
    const other = await cdsvae(['studio', 'runs/done', '--export', 'runs'], { cwd: folder });
    expect(other).toMatchObject({ code: 2, stderr: expect.stringContaining('holds other things') });

    const host = await servePlain(join(folder, 'site'), '/some where/deep/');
    const visitor = await browser.newContext({ reducedMotion: 'reduce' });
    const opened = await visit(visitor, host.url);
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

  test('who comes again sees the site that is there now, also where index.html is its folder', async () => {
    const site = await exported('runs/done', 'changing');
    const host = await servePlain(site, '/', { redirects: true });
    const visitor = await stage.browser.newContext({ reducedMotion: 'reduce' });
    const heading = async () => {
      const opened = await visit(visitor, host.url);
      const text = await opened.locator('h1').textContent();
      // Time for another worker to be found and to keep its files.
      await opened.evaluate(async () => (await navigator.serviceWorker.ready).update());
      await opened.waitForFunction(async () => !(await navigator.serviceWorker.ready).installing);
      await opened.close();
      return text;
    };
    expect(await heading()).toContain('done');
    expect(await heading()).toContain('done');
    await exported('runs/own', 'changing');
    // The page that was kept is whole, and while it is looked at that of now is fetched.
    expect(await heading()).toContain('done');
    await expect.poll(heading, { timeout: 120_000 }).toContain('own');
    await visitor.close();
    host.close();
  });

  test('a site that was changed and changed back, while it was looked at, is the one that is there', async () => {
    const site = await exported('runs/done', 'back');
    const host = await servePlain(site, '/');
    const visitor = await stage.browser.newContext({ reducedMotion: 'reduce' });
    const opened = await visit(visitor, host.url);
    const kept = () =>
      opened.evaluate(async () => {
        const registration = await navigator.serviceWorker.ready;
        await registration.update();
        const { installing } = registration;
        if (installing) {
          await new Promise<void>((resolve) =>
            installing.addEventListener('statechange', () => installing.state !== 'installing' && resolve()),
          );
        }
        return (await caches.keys()).length;
      });
    expect(await kept()).toBe(1);
    await exported('runs/own', 'back');
    expect(await kept()).toBe(2);
    await exported('runs/done', 'back');
    await kept();
    await opened.close();
    const again = await visit(visitor, host.url);
    expect(await again.locator('h1').textContent()).toContain('done');
    await visitor.close();
    host.close();
  });

  test('a site is not kept before its host has all of it', async () => {
    const site = await exported('runs/done', 'slow');
    const host = await servePlain(site, '/');
    const visitor = await stage.browser.newContext({ reducedMotion: 'reduce' });
    await (await visit(visitor, host.url)).close();
    const earlier = join(stage.folder, 'earlier');
    cpSync(site, earlier, { recursive: true });
    await exported('runs/own', 'slow');
    const look = async () => {
      const opened = await visit(visitor, host.url);
      const text = await opened.locator('h1').textContent();
      await opened.evaluate(async () => (await navigator.serviceWorker.ready).update().catch(() => {}));
      await opened.waitForFunction(async () => !(await navigator.serviceWorker.ready).installing);
      await opened.close();
      return text;
    };
    host.late = earlier;
    expect(await look()).toContain('done');
    host.late = undefined;
    // A new worker takes over once no page of the old one is open, which takes as long as it takes.
    await expect.poll(look, { timeout: 30_000 }).toContain('own');
    await visitor.close();
    host.close();
  });

  test('a site says nothing of the folders it was made in', async () => {
    const site = await exported('runs/own', 'changing');
    const texts = readdirSync(site, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.json'));
    expect(texts.length).toBeGreaterThan(5);
    for (const path of texts) expect(readFileSync(join(site, path), 'utf8'), path).not.toContain(stage.folder);
    const run = JSON.parse(readFileSync(join(site, 'api/runs/own/run.json'), 'utf8'));
    expect(run.settings).toMatch(/^data: digits$/m);
  });
});
