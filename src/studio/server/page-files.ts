import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CdsvaeError } from '../../errors.js';

/** Files of ONNX Runtime that the page may ask for, under `runtime/`: plain WebAssembly, and with WebGPU. */
export const RUNTIME_FILES = {
  wasm: ['ort-wasm-simd-threaded.mjs', 'ort-wasm-simd-threaded.wasm'],
  webgpu: ['ort-wasm-simd-threaded.asyncify.mjs', 'ort-wasm-simd-threaded.asyncify.wasm'],
} as const;

/** The folder of the built page. @throws CdsvaeError `input` where it was not built */
export function pageFolder(): string {
  const folder = fileURLToPath(new URL('../page/', import.meta.url));
  if (!existsSync(join(folder, 'index.html'))) {
    throw new CdsvaeError('input', `${folder}: the studio's page is missing; npm run build makes it`);
  }
  return folder;
}

/** The folder of ONNX Runtime's files for the browser, which come with its package. */
export function runtimeFolder(): string {
  return dirname(fileURLToPath(import.meta.resolve('onnxruntime-web/wasm')));
}
