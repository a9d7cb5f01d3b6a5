/** Runs a model away from the page, which so never freezes. One request at a time, in order. */
import { type Batch, CdsvaeError, load, type Model } from '../../../browser.js';
import { chooseDevice, type Placed, type WebGpu } from './choose-device.js';
import type { AskCall, LoadCall, Loaded, ModelReply, ModelRequest } from './model-calls.js';

const scope = globalThis as unknown as {
  onmessage: ((event: MessageEvent<ModelRequest>) => void) | null;
  postMessage(reply: ModelReply, transfer?: Transferable[]): void;
};

let placed: Placed | undefined;
/** The same model on WebAssembly, once WebGPU fails. */
let instead: () => Promise<Model>;
let turn: Promise<unknown> = Promise.resolve();

scope.onmessage = ({ data: { id, call } }) => {
  turn = turn.then(async () => {
    try {
      if (call.name === 'load') {
        scope.postMessage({ id, value: await start(call) });
        return;
      }
      const before = placed?.device;
      const value = await answer(call);
      const transfer = Object.values(value).map(({ data }) => data.buffer as ArrayBuffer);
      const moved = before !== placed?.device && placed?.fallback;
      scope.postMessage({ id, value, ...(moved && { fallback: moved }) }, [...new Set(transfer)]);
    } catch (error) {
      scope.postMessage({ id, problem: error instanceof Error ? error.message : String(error) });
    }
  });
};

async function start({ url, runtime, threads, device }: LoadCall): Promise<Loaded> {
  const loadOn = (on: 'wasm' | 'webgpu') => load(url, { wasmPaths: runtime, threads, device: on });
  instead = () => loadOn('wasm');
  placed = await chooseDevice(device, device === 'wasm' ? 'none' : await webGpu(), loadOn);
  const { model, fallback } = placed;
  return {
    config: model.config,
    description: model.description!,
    device: placed.device,
    ...(fallback !== undefined && { fallback }),
  };
}

/** Asks the model; a graphics card that fails, or is taken away, is done without from then on. */
async function answer(call: AskCall): Promise<Record<string, Batch>> {
  if (!placed) throw new Error('no model is loaded');
  try {
    return await ask(placed.model, call);
  } catch (error) {
    if (placed.device !== 'webgpu' || !(error instanceof CdsvaeError && error.code === 'runtime')) throw error;
    await placed.model.release().catch(() => {});
    placed = { model: await instead(), device: 'wasm', fallback: `WebGPU failed (${error.message})` };
    return ask(placed.model, call);
  }
}

async function ask(model: Model, call: AskCall): Promise<Record<string, Batch>> {
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

async function webGpu(): Promise<WebGpu> {
  type Gpu = { requestAdapter(): Promise<{ info?: { isFallbackAdapter?: boolean } } | null> };
  const gpu = (navigator as { gpu?: Gpu }).gpu;
  const adapter = await gpu?.requestAdapter().catch(() => null);
  if (!adapter) return 'none';
  return adapter.info?.isFallbackAdapter === true ? 'software' : 'hardware';
}

/** A copy, as outputs may be views of the engine's memory, which cannot be given away. */
function own({ shape, data }: Batch): Batch {
  return { shape, data: data.slice() };
}
