import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

/** Debian's Chromium; `.ci/run` installs it. */
const EXECUTABLE = '/usr/bin/chromium';

/** Whether there is a browser to test in. In continuous integration there must be one. */
export function hasChromium(): boolean {
  if (existsSync(EXECUTABLE)) return true;
  if (process.env.CI) throw new Error(`${EXECUTABLE} is missing: apt-get install chromium`);
  console.log(`not run, as ${EXECUTABLE} is missing: apt-get install chromium`);
  return false;
}

/** WebGPU by a rasteriser on the CPU. */
const SOFTWARE_GPU = [
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
  '--use-vulkan=swiftshader',
];

/** Starts it without anything that it would ask the network for. */
export function launch({ webGpu = false } = {}): Promise<Browser> {
  return chromium.launch({
    executablePath: EXECUTABLE,
    args: [
      '--headless',
      '--no-sandbox',
      ...(webGpu ? SOFTWARE_GPU : ['--disable-gpu']),
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
