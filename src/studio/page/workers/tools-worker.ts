/** What takes long and needs no model: embeddings and files. */
import type { AudioFeatures } from '../../../data/dataset.js';
import { embed } from './embed.js';
import { encodeGif } from './gif.js';
import { griffinLim } from './griffin-lim.js';
import type { ToolCall, ToolReply } from './tools-calls.js';
import { encodeWebp } from './webp.js';

const scope = globalThis as unknown as {
  onmessage: ((event: MessageEvent<{ id: number; call: ToolCall }>) => void) | null;
  postMessage(reply: ToolReply): void;
};

scope.onmessage = async ({ data: { id, call } }) => {
  try {
    scope.postMessage({ id, value: await answer(call) });
  } catch (error) {
    scope.postMessage({ id, problem: error instanceof Error ? error.message : String(error) });
  }
};

function answer(call: ToolCall): Float32Array | Uint8Array<ArrayBuffer> | Promise<Uint8Array<ArrayBuffer>> {
  switch (call.name) {
    case 'embed':
      return embed(call.values, call.count, call.method);
    case 'gif':
      return encodeGif(call.animation, call.delay);
    case 'webp':
      return encodeWebp(call.animation, call.delay);
    case 'sound':
      return griffinLim(logMelOf(call.values, call.audio));
  }
}

/** What a model sees as log-mel again. */
function logMelOf(values: Float32Array, { mean, deviation }: AudioFeatures): Float32Array {
  return values.map((v, i) => v * deviation[i % deviation.length]! + mean[i % mean.length]!);
}
