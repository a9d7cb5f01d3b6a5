import { join } from 'node:path';
import { expect, test } from 'vitest';
import { requireDist, startNode, temporaryFolder } from '../cli/dist.js';
import { hasChromium, launch } from './chromium.js';

const LITTLE = ['width=4', 'mlp=8', 'features=16', 'hidden=12', 'static=16']
  .flatMap((s) => ['--set', `model.${s}`])
  .concat('--batch', '4', '--threads', '1', '--set', 'train.validateOn=4');

test.skipIf(!hasChromium())(
  'all graphs of a model run on WebGPU, and give what WebAssembly gives',
  {
    timeout: 300_000,
  },
  async () => {
    const place = temporaryFolder();
    const train = [
      requireDist(),
      'train',
      'sm-mnist',
      '--out',
      join('runs', 'digits'),
      '--steps',
      '2',
      '--quiet',
      ...LITTLE,
    ];
    const { code, stderr } = await startNode(train, { cwd: place.path }).ended;
    expect(code, stderr).toBe(0);
    const studio = startNode([requireDist(), 'studio', 'runs', '--port', '0', '--json'], { cwd: place.path });
    await studio.until('}\n');
    const { url } = JSON.parse(studio.output.stdout) as { url: string };
    const browser = await launch({ webGpu: true });
    try {
      const page = await browser.newPage();
      page.setDefaultTimeout(120_000);
      await page.goto(url);
      expect(await page.evaluate(`navigator.gpu.requestAdapter().then((adapter) => adapter !== null)`)).toBe(true);
      await page.goto(`${url}#/play/digits`);
      const runsOn = page.getByLabel('Runs on');
      // A software adapter is not what it would choose by itself.
      await page.getByText('automatic (WebAssembly)').waitFor({ state: 'attached' });
      await runsOn.selectOption('webgpu');
      // Named only once encoder, decoder and prior have run there and agree; otherwise the page says why not.
      await page.getByText('automatic (WebGPU)').waitFor({ state: 'attached' });
      expect(await page.getByText(/WebGPU was tried|WebGPU failed/).count()).toBe(0);
    } finally {
      await browser.close();
      studio.child.kill('SIGINT');
      await studio.ended;
      place.remove();
    }
  },
);
