import type { Animation } from '../../../browser.js';
import type { AudioFeatures } from '../../../data/dataset.js';
import type { Embedding, ToolCall, ToolReply } from './tools-calls.js';

let worker: Worker | undefined;
let last = 0;
const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();

/** Places of so many rows of values in the plane, `[count, 2]`. */
export function embed(values: Float32Array, count: number, method: Embedding): Promise<Float32Array> {
  return ask({ name: 'embed', values, count, method }) as Promise<Float32Array>;
}

/** A moving picture as the bytes of a file. @param delay of a frame, in ms */
export function encodeAnimation(
  name: 'gif' | 'webp',
  animation: Animation,
  delay: number,
): Promise<Uint8Array<ArrayBuffer>> {
  return ask({ name, animation, delay }) as Promise<Uint8Array<ArrayBuffer>>;
}

/** Samples at 16 kHz of what a model of speech sees, `[T, 80]`. */
export function soundOf(values: Float32Array, audio: AudioFeatures): Promise<Float32Array<ArrayBuffer>> {
  return ask({ name: 'sound', values, audio }) as Promise<Float32Array<ArrayBuffer>>;
}

function ask(call: ToolCall): Promise<unknown> {
  worker ??= start();
  const id = ++last;
  const target = worker;
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject });
    target.postMessage({ id, call });
  });
}

function start(): Worker {
  const made = new Worker(new URL('./tools-worker.ts', import.meta.url), { type: 'module' });
  made.onmessage = ({ data: { id, value, problem } }: MessageEvent<ToolReply>) => {
    const asked = waiting.get(id);
    waiting.delete(id);
    if (problem === undefined) asked?.resolve(value);
    else asked?.reject(new Error(problem));
  };
  made.onerror = (event) => {
    for (const { reject } of waiting.values()) reject(new Error(event.message));
    waiting.clear();
    // Of one that could not be loaded no answer will come: the next call has another.
    worker = undefined;
  };
  return made;
}
