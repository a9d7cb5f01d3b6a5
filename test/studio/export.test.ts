import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cdsvae } from '../cli/dist.js';
import { hasChromium } from './chromium.js';
import { servePlain } from './plain-server.js';
import { studioOnStage } from './stage.js';

describe.skipIf(!hasChromium())('an export', { timeout: 400_000 }, () => {
  const stage = studioOnStage();
  const { open, ready } = stage;

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
