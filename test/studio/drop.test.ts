import sharp, { type Sharp } from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { hasChromium } from './chromium.js';
import { type DroppedFile, studioOnStage } from './stage.js';

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

/** Its first frames as one picture of pages, as sharp takes an animation. */
async function pages(count: number): Promise<Sharp> {
  const frames = await Promise.all(Array.from({ length: count }, (_, t) => frame(t).raw().toBuffer()));
  return sharp(Buffer.concat(frames), { raw: { width: W, height: H * count, channels: 3, pageHeight: H } });
}

describe.skipIf(!hasChromium())('dropped on a clip', { timeout: 400_000 }, () => {
  // Without runs it shows the model that comes with the package.
  const stage = studioOnStage({ trained: false });
  const { pixels, changed, drop } = stage;
  beforeAll(async () => {
    await stage.page.goto(`${stage.url}#/play/pretrained`);
    await stage.page.locator('.slot canvas').first().waitFor();
  }, 400_000);

  /** Lets files fall on the first clip, and waits for it to have the name of the first of them. */
  const put = async (...files: readonly DroppedFile[]) => {
    await drop(...files);
    await stage.page.locator('.slot-name', { hasText: files[0]!.name }).waitFor();
  };

  /** Columns of the first frame shown in which the square is, first and last, of 64. */
  const square = () =>
    stage.page
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

  test('an animated GIF is played, and no link is given to what nobody else has', async () => {
    const { page, url } = stage;
    await page.goto(`${url}#/play/pretrained?clips=7-3`);
    // The page has taken the link once it says more than was asked for.
    await expect.poll(() => page.url()).toMatch(/clips=7-3&content=/);
    const before = await pixels('Reconstruction of A');
    await put({ name: 'square.gif', type: 'image/gif', bytes: await (await pages(20)).gif().toBuffer() });
    await changed('Reconstruction of A', before);
    await expectSquare();
    const corner = await page
      .locator('.slot canvas')
      .first()
      .evaluate((canvas) => (canvas as HTMLCanvasElement).getContext('2d')!.getImageData(5, 5, 1, 1).data[0]);
    expect(corner).toBeLessThan(9);
    expect(page.url()).not.toMatch(/clips=/);
  });

  test('an animated WebP is played', async () => {
    const bytes = await (await pages(T)).webp({ lossless: true }).toBuffer();
    await put({ name: 'square.webp', type: 'image/webp', bytes });
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
    await put(...named.sort((a, b) => (a.name < b.name ? -1 : 1)));
    await expectSquare();
    await stage.page.getByRole('button', { name: 'Next frame' }).click();
    await expect.poll(square, { timeout: 20_000 }).toEqual([14, 33]);
  });

  test('a video is', async () => {
    const recorded = await stage.page.evaluate(
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
    await put({ name: 'square.webm', type: 'video/webm', bytes: Buffer.from(recorded, 'base64') });
    await expectSquare();
  });

  test('what is no clip is told of', async () => {
    const { page } = stage;
    await drop({ name: 'words.txt', type: 'text/plain', bytes: Buffer.from('not a clip') });
    await page.getByRole('alert').filter({ hasText: 'words.txt: a GIF, a WebP' }).waitFor();
    await drop({ name: 'broken.gif', type: 'image/gif', bytes: Buffer.from('GIF89a and then nothing') });
    await page.getByRole('alert').filter({ hasText: 'broken.gif is not a picture' }).waitFor();
    const still = sharp({ create: { width: 9, height: 9, channels: 3, background: '#123' } });
    await drop({ name: 'still.png', type: 'image/png', bytes: await still.png().toBuffer() });
    await page.getByRole('alert').filter({ hasText: 'still picture' }).waitFor();
  });

  test('while it is read, what else is done in the hand stays, also in its own place', async () => {
    const { page } = stage;
    const names = () => page.locator('.slot-name').allTextContents();
    const gif = async (name: string) => ({ name, type: 'image/gif', bytes: await (await pages(4)).gif().toBuffer() });
    /** Keeps the next file from being read until what is given is called. */
    const hold = async () => {
      await page.evaluate(() => {
        const read = File.prototype.arrayBuffer;
        File.prototype.arrayBuffer = async function () {
          await new Promise<void>((go) => addEventListener('read now', () => go(), { once: true }));
          File.prototype.arrayBuffer = read;
          return read.call(this);
        };
      });
      return () => page.evaluate(() => dispatchEvent(new Event('read now')));
    };
    const pick = async (slot: number, clip: number) => {
      await page.getByRole('button', { name: 'Pick' }).nth(slot).click();
      const tile = page.locator('.gallery-tiles .pick').nth(clip);
      const name = await tile.textContent();
      await tile.click();
      return name;
    };
    const reading = page.getByRole('status').filter({ hasText: 'Reading' });

    const go = await hold();
    await drop(await gif('slow.gif'));
    await expect.poll(() => reading.textContent()).toBe('Reading slow.gif…');
    expect(await page.getByRole('alert').count()).toBe(0);
    const picked = await pick(1, 11);
    await go();
    await expect.poll(names).toEqual(['slow.gif', picked]);
    await reading.waitFor({ state: 'detached' });
  });

  test('a file beside the clips is not opened by the browser', async () => {
    const stopped = (type: string) =>
      stage.page.locator('.title').evaluate((element, type) => {
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File(['x'], 'x.gif', { type: 'image/gif' }));
        return !element.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
      }, type);
    expect(await stopped('dragover')).toBe(true);
    expect(await stopped('drop')).toBe(true);
  });
});
