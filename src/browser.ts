/**
 * C-DSVAE for the browser: trained models, run by WebAssembly or WebGPU. Nothing here, nor in what it imports, needs Node.
 *
 * @example
 * import { load } from 'cdsvae/browser';
 *
 * const model = await load('models/digits/', { device: 'webgpu' });
 * const { s, z } = await model.sample(4);
 * const clips = await model.decode(s, z);
 */
export * from './everywhere.js';
export { createSession, type WebSessionOptions } from './runtime/web.js';
export { load } from './trained/load-web.js';
