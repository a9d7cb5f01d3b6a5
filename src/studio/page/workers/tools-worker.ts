/** What takes long and needs no model: embeddings and files. */
import { griffinLim } from '../../../data/audio/griffin-lim.js';
import { logMelOf } from '../../../data/audio/segments.js';
import { embed } from './embed.js';
import { encodeGif } from './gif.js';
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

type Result = Float32Array | Uint8Array<ArrayBuffer>;

function answer(call: ToolCall): Result | Promise<Result> {
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
