import type { Batch, Model } from '../../../browser.js';
import type { Device } from './model-calls.js';

/** What two engines may differ by: rounding stays far below it, a kernel that computes something else does not. */
const TOLERANCE = 1e-3;

/** What a browser has. A `software` adapter is slower than WebAssembly. */
export type WebGpu = 'none' | 'software' | 'hardware';

/** A model, where it runs, and why that is not where it was wanted. */
export interface Placed {
  readonly model: Model;
  readonly device: 'wasm' | 'webgpu';
  readonly fallback?: string;
}

/**
 * Loads a model on WebGPU where there is one that agrees with WebAssembly, otherwise on WebAssembly.
 *
 * @param loadOn loads it on a device; what it throws for WebAssembly is thrown
 */
export async function chooseDevice(
  wanted: Device,
  webGpu: WebGpu,
  loadOn: (device: 'wasm' | 'webgpu') => Promise<Model>,
): Promise<Placed> {
  const tried = wanted === 'webgpu' ? webGpu !== 'none' : wanted === 'auto' && webGpu === 'hardware';
  let fallback = wanted === 'webgpu' && !tried ? 'This browser has no WebGPU' : undefined;
  let onGpu: Model | undefined;
  if (tried) {
    try {
      onGpu = await loadOn('webgpu');
    } catch (error) {
      fallback = failed(error);
    }
  }
  const onCpu = await loadOn('wasm');
  if (onGpu) {
    try {
      const off = await difference(onGpu, onCpu);
      if (off <= TOLERANCE) {
        await onCpu.release();
        return { model: onGpu, device: 'webgpu' };
      }
      fallback = `WebGPU was tried and gives other results (off by ${off.toPrecision(2)})`;
    } catch (error) {
      fallback = failed(error);
    }
    await onGpu.release().catch(() => {});
  }
  return { model: onCpu, device: 'wasm', ...(fallback !== undefined && { fallback }) };
}

/** The engine's words, as far as a person wants them. */
function failed(error: unknown): string {
  const { message, cause } = error as Error;
  const words = cause instanceof Error ? cause.message : message;
  return `WebGPU was tried and failed (${words.length > 120 ? `${words.slice(0, 120)}…` : words})`;
}

/** The greatest difference between what two make of the same sequence, by all three of their graphs. */
async function difference(model: Model, reference: Model): Promise<number> {
  const drawn = await reference.sample(1);
  const x = await reference.decode(drawn.s, drawn.z);
  const results = async (m: Model): Promise<Batch[]> => [
    (await m.sample(1)).z,
    await m.decode(drawn.s, drawn.z),
    ...Object.values(await m.encode(x)),
  ];
  const [found, expected] = [await results(model), await results(reference)];
  let worst = 0;
  found.forEach(({ data }, k) => {
    data.forEach((v, i) => {
      const off = Math.abs(v - expected[k]!.data[i]!);
      worst = Number.isNaN(off) ? Number.POSITIVE_INFINITY : Math.max(worst, off);
    });
  });
  return worst;
}
