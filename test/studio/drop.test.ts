import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Running, requireDist, startNode, temporaryFolder } from '../cli/dist.js';
import { hasChromium, launch } from './chromium.js';

const [T, W, H, SIDE] = [15, 96, 64, 20];

/** A white square that goes right, 2 pixels a frame, seen from frame t on. */
const frame = (t: number) =>
  sharp({ create: { width: W, height: H, channels: 3, background: '#000' } })
    .composite([
      {
        input: { create: { width: SIDE, height: SIDE, channels: 3, background: '#fff' } },
        left: W / 2 - SIDE + 2 * t,
        top: 20,
      },
    ])
    .removeAlpha();

describe.skipIf(!hasChromium())('dropped on a clip', { timeout: 300_000 }, () => {
  const place = temporaryFolder();
  let browser: Browser;
  let studio: Running;
  let page: Page;

  beforeAll(async () => {
    // Without runs it shows the model that comes with the package.
    studio = startNode([requireDist(), 'studio', '--port', '0', '--json'], { cwd: place.path });
    await studio.until('}\n');
    browser = await launch();
    const context = await browser.newContext({ reducedMotion: 'reduce' });
    page = await context.newPage();
    page.setDefaultTimeout(120_000);
    await page.goto(`${JSON.parse(studio.output.stdout).url}#/play/pretrained`);
    await page.locator('.slot canvas').first().waitFor();
  }, 300_000);
  afterAll(async () => {
    await browser?.close();
    studio?.child.kill('SIGINT');
    await studio?.ended;
    place.remove();
  });

  /** Lets files fall on the first clip, and waits for it to have their name. */
  const drop = async (files: readonly { name: string; type: string; bytes: Buffer }[]) => {
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
    await page.locator('.slot-name', { hasText: files[0]!.name }).waitFor();
  };

  /** Columns of the first frame shown in which the square is, first and last, of 64. */
  const square = () =>
    page
      .locator('.slot canvas')
      .first()
      .evaluate((canvas) => {
        const { width } = canvas as HTMLCanvasElement;
        const row = (canvas as HTMLCanvasElement).getContext('2d')!.getImageData(0, width / 2, width, 1).data;
        const lit = Array.from({ length: width }, (_, x) => x).filter((x) => row[4 * x]! > 127);
        return [lit[0], lit.at(-1)];
      });
  /** The middle 64 of 96 pixels are seen: the square begins in column 48 − 20 − 16 = 12. */
  const expectSquare = async () => {
    await expect.poll(square, { timeout: 20_000 }).toEqual([12, 31]);
  };

  test('an animated WebP is played', async () => {
    const frames = await Promise.all(Array.from({ length: T }, (_, t) => frame(t).raw().toBuffer()));
    const raw = { width: W, height: H * T, channels: 3, pageHeight: H } as const;
    const bytes = await sharp(Buffer.concat(frames), { raw }).webp({ lossless: true }).toBuffer();
    await drop([{ name: 'square.webp', type: 'image/webp', bytes }]);
    await expectSquare();
  });

  test('the pictures of a sequence are put in the order of their names', async () => {
    const named = await Promise.all(
      Array.from({ length: 12 }, async (_, t) => ({
        name: `square-${t}.png`,
        type: 'image/png',
        bytes: await frame(t).png().toBuffer(),
      })),
    );
    // As a file manager may hand them over: 0, 1, 10, 11, 2, …
    await drop(named.sort((a, b) => (a.name < b.name ? -1 : 1)));
    await expectSquare();
    await page.getByRole('button', { name: 'Next frame' }).click();
    await expect.poll(square, { timeout: 20_000 }).toEqual([14, 33]);
  });

  test('a video is', async () => {
    const recorded = await page.evaluate(
      async ([width, height, side]) => {
        const canvas = Object.assign(document.createElement('canvas'), { width, height });
        const context = canvas.getContext('2d')!;
        const recorder = new MediaRecorder(canvas.captureStream(25), { mimeType: 'video/webm' });
        const parts: Blob[] = [];
        recorder.ondataavailable = (event) => parts.push(event.data);
        const ended = new Promise((resolve) => {
          recorder.onstop = resolve;
        });
        recorder.start();
        for (let t = 0; t < 20; t++) {
          context.fillStyle = '#000';
          context.fillRect(0, 0, width!, height!);
          context.fillStyle = '#fff';
          context.fillRect(width! / 2 - side!, 20, side!, side!);
          await new Promise((resolve) => setTimeout(resolve, 40));
        }
        recorder.stop();
        await ended;
        const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
        return btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join(''));
      },
      [W, H, SIDE],
    );
    await drop([{ name: 'square.webm', type: 'video/webm', bytes: Buffer.from(recorded, 'base64') }]);
    await expectSquare();
  });
});
