import { CdsvaeError } from '../errors.js';
import { type OnnxRuntime, wrapSession } from './onnx-runtime.js';
import type { Session } from './session.js';

/** How a session runs in the browser. */
export interface WebSessionOptions {
  /** `wasm` runs everywhere, `webgpu` where the browser has it. Default `wasm`. */
  readonly device?: 'wasm' | 'webgpu' | undefined;
  /**
   * Threads of `wasm`; more than one needs a page that is cross-origin isolated. Default: 1 to 4, by the number of cores.
   * The first session of a page fixes it for all.
   */
  readonly threads?: number | undefined;
  /** Where ONNX Runtime's `.wasm` files are, as a URL that ends in `/`. Default: where the bundler put them. */
  readonly wasmPaths?: string | undefined;
}

/** The engine of WebGPU once it has run. It has WebAssembly's kernels too, so the smaller engine need not be fetched as well. */
let withWebGpu: typeof import('onnxruntime-web/webgpu') | undefined;

/** Whether there is WebGPU, and a graphics card that it may have: a browser can have the one without the other. */
async function hasWebGpu(): Promise<boolean> {
  const { gpu } = navigator as { gpu?: { requestAdapter(): Promise<unknown> } };
  return Boolean(await gpu?.requestAdapter().catch(() => null));
}

/**
 * Loads an ONNX model into ONNX Runtime's WebAssembly or WebGPU engine.
 *
 * @throws CdsvaeError `usage` for WebGPU where there is none, `runtime` when the model is refused
 */
export async function createSession(model: Uint8Array, options: WebSessionOptions = {}): Promise<Session> {
  const { device = 'wasm', threads, wasmPaths } = options;
  if (device === 'webgpu' && !(await hasWebGpu())) {
    throw new CdsvaeError('usage', 'this browser has no WebGPU, or no graphics card for it; use the device "wasm"');
  }
  try {
    // Fetched when needed: a page that never runs a model, or runs it on the other device, does not pay for it.
    const ort =
      device === 'webgpu'
        ? await import('onnxruntime-web/webgpu')
        : (withWebGpu ?? (await import('onnxruntime-web/wasm')));
    if (threads !== undefined) ort.env.wasm.numThreads = threads;
    if (wasmPaths !== undefined) ort.env.wasm.wasmPaths = wasmPaths;
    const session = await ort.InferenceSession.create(model, {
      executionProviders: [device],
      graphOptimizationLevel: 'all',
      enableMemPattern: false,
      logSeverityLevel: 4,
    });
    if (device === 'webgpu') withWebGpu = ort;
    return wrapSession(ort as OnnxRuntime, session);
  } catch (cause) {
    throw new CdsvaeError('runtime', `ONNX Runtime: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}
