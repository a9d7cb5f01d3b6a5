import type { Batch, Factors } from '../../../browser.js';
import type { Call, Device, Loaded, ModelReply, ModelRequest, Results } from './model-calls.js';

/** What comes first when several things wait. */
export enum Priority {
  /** Answers a hand that is moving. */
  Hand,
  /** Is seen. */
  Seen,
  /** Is needed for what will be seen. */
  Ahead,
}

interface Waiting {
  readonly call: Call;
  readonly priority: Priority;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Who is told what the page shows whatever it asked for. */
interface ModelEvents {
  /** Why a loaded model had to leave WebGPU. */
  readonly onFallback: (why: string) => void;
  /** Why nothing was decoded or drawn, or the worker ended; undefined: it does again. */
  readonly onFailure: (why: string | undefined) => void;
}

/** A request that nobody waits for any more. */
export class Dropped extends Error {}

/**
 * The page's end of the model's worker. The worker has one request at a time; those that wait stay here, so that the urgent
 * ones overtake.
 */
export class ModelClient {
  readonly #worker = new Worker(new URL('./model-worker.ts', import.meta.url), { type: 'module' });
  #waiting: Waiting[] = [];
  #current: Waiting | undefined;
  #id = 0;
  #failed = false;

  constructor(private readonly events: ModelEvents) {
    this.#worker.onmessage = ({ data }: MessageEvent<ModelReply>) => this.#reply(data);
    this.#worker.onerror = (event) => {
      const why = event.message || 'the worker of the model cannot be started';
      this.#fail(new Error(why));
      this.#tell(why);
    };
  }

  load(url: string, device: Device): Promise<Loaded> {
    // More than one thread needs memory that is shared, which browsers give to isolated pages only.
    const threads = globalThis.crossOriginIsolated ? Math.min(4, navigator.hardwareConcurrency || 1) : 1;
    const runtime = new URL('runtime/', document.baseURI).href;
    return this.#ask<'load'>({ name: 'load', url, runtime, threads, device }, Priority.Hand);
  }

  encode(x: Batch): Promise<Factors> {
    return this.#ask<'encode'>({ name: 'encode', x }, Priority.Hand);
  }

  async decode({ s, z }: Factors, priority: Priority): Promise<Batch> {
    return (await this.#ask<'decode'>({ name: 'decode', s, z }, priority)).x;
  }

  sample(count: number, seed: number, frames: number, priority: Priority): Promise<Factors> {
    return this.#ask<'sample'>({ name: 'sample', count, seed, frames }, priority);
  }

  close(): void {
    this.#worker.terminate();
    this.#fail(new Dropped());
  }

  #ask<K extends keyof Results>(call: Call & { readonly name: K }, priority: Priority): Promise<Results[K]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ call, priority, resolve: resolve as (value: unknown) => void, reject });
      this.#next();
    });
  }

  #next(): void {
    if (this.#current) return;
    const first = this.#waiting.reduce<Waiting | undefined>(
      (a, b) => (a && a.priority <= b.priority ? a : b),
      undefined,
    );
    if (!first) return;
    this.#waiting.splice(this.#waiting.indexOf(first), 1);
    this.#current = first;
    this.#worker.postMessage({ id: ++this.#id, call: first.call } satisfies ModelRequest);
  }

  #reply({ id, value, problem, fallback }: ModelReply): void {
    const waiting = this.#current;
    if (!waiting || id !== this.#id) return;
    this.#current = undefined;
    if (fallback !== undefined) this.events.onFallback(fallback);
    // Whoever loads or encodes says so where it was asked for.
    if (waiting.call.name === 'decode' || waiting.call.name === 'sample') this.#tell(problem);
    if (problem === undefined) waiting.resolve(value);
    else waiting.reject(new Error(problem));
    this.#next();
  }

  #tell(why: string | undefined): void {
    if (why !== undefined || this.#failed) this.events.onFailure(why);
    this.#failed = why !== undefined;
  }

  #fail(error: Error): void {
    for (const w of [...(this.#current ? [this.#current] : []), ...this.#waiting]) w.reject(error);
    this.#current = undefined;
    this.#waiting = [];
  }
}
