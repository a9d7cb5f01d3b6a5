/** Runs a model away from the page, which so never freezes. One request at a time, in order. */
import { type Batch, load, type Model } from '../../../browser.js';
import type { Call, LoadCall, ModelReply, ModelRequest } from './model-calls.js';

const scope = globalThis as unknown as {
  onmessage: ((event: MessageEvent<ModelRequest>) => void) | null;
  postMessage(reply: ModelReply, transfer?: Transferable[]): void;
};

let model: Model | undefined;
let turn: Promise<unknown> = Promise.resolve();

scope.onmessage = ({ data: { id, call } }) => {
  turn = turn.then(async () => {
    const begun = performance.now();
    try {
      const value = await answer(call);
      const transfer = Object.values(value as object).flatMap((v) =>
        (v as Partial<Batch> | null)?.data instanceof Float32Array ? [(v as Batch).data.buffer as ArrayBuffer] : [],
      );
      scope.postMessage({ id, value, milliseconds: performance.now() - begun }, [...new Set(transfer)]);
    } catch (error) {
      scope.postMessage({ id, problem: error instanceof Error ? error.message : String(error) });
    }
  });
};

async function answer(call: Call): Promise<unknown> {
  if (call.name === 'load') return start(call);
  if (!model) throw new Error('no model is loaded');
  switch (call.name) {
    case 'encode': {
      const { s, z } = await model.encode(call.x);
      return { s: own(s), z: own(z) };
    }
    case 'decode':
      return { x: own(await model.decode(call.s, call.z)) };
    case 'sample': {
      const { s, z } = await model.sample(call.count, { seed: call.seed, frames: call.frames });
      return { s: own(s), z: own(z) };
    }
  }
}

async function start({ url, runtime, threads, device }: LoadCall): Promise<unknown> {
  await model?.release();
  model = undefined;
  const options = { wasmPaths: runtime, threads };
  let fallback: string | undefined;
  let used: 'wasm' | 'webgpu' = 'wasm';
  if (device !== 'wasm' && (await hasWebGpu())) {
    try {
      model = await load(url, { ...options, device: 'webgpu' });
      used = 'webgpu';
    } catch (error) {
      fallback = `WebGPU was tried and failed (${(error as Error).message})`;
    }
  } else if (device === 'webgpu') {
    fallback = 'This browser has no WebGPU';
  }
  model ??= await load(url, { ...options, device: 'wasm' });
  return { config: model.config, description: model.description, device: used, fallback };
}

/** Whether there is a real one: a software adapter is slower than WebAssembly. */
async function hasWebGpu(): Promise<boolean> {
  type Gpu = { requestAdapter(): Promise<{ info?: { isFallbackAdapter?: boolean } } | null> };
  const gpu = (navigator as { gpu?: Gpu }).gpu;
  const adapter = await gpu?.requestAdapter().catch(() => null);
  return adapter !== null && adapter !== undefined && adapter.info?.isFallbackAdapter !== true;
}

/** A copy, as outputs may be views of the engine's memory, which cannot be given away. */
function own({ shape, data }: Batch): Batch {
  return { shape, data: data.slice() };
}
