import { Worker } from 'node:worker_threads';
import { CdsvaeError } from '../errors.js';
import { errorOf } from '../thread-fault.js';
import type { WorkerReply, WorkerTask } from './batch-worker.js';
import type { BatchInputs } from './batches.js';

/** Batches asked for before they are needed. */
const AHEAD = 3;

/** Gives the batches of a run one after another, prepared ahead in a thread of their own so that the step never waits. */
export class Prefetch {
  readonly #worker: Worker;
  readonly #ready = new Map<number, WorkerReply>();
  #asked: number;
  #wake: (() => void) | undefined;
  #failure: Error | undefined;

  /** @param first the first step that will be asked for */
  constructor(task: WorkerTask, first: number) {
    this.#worker = new Worker(new URL('./batch-worker.js', import.meta.url), { workerData: task });
    this.#worker.on('message', (reply: WorkerReply) => {
      this.#ready.set(reply.step, reply);
      this.#wake?.();
    });
    this.#worker.on('error', (error: Error) => {
      this.#failure = error;
      this.#wake?.();
    });
    this.#asked = first;
    this.#ask(first);
  }

  /**
   * The batch of a step; steps are asked for in order.
   *
   * @throws CdsvaeError what reading the data met
   */
  async next(step: number): Promise<BatchInputs> {
    this.#ask(step);
    while (!this.#ready.has(step) && !this.#failure) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const reply = this.#ready.get(step);
    if (!reply)
      throw new CdsvaeError('runtime', `the thread that prepares batches failed: ${this.#failure!.message}`, {
        cause: this.#failure,
      });
    this.#ready.delete(step);
    if ('error' in reply) throw errorOf(reply.error);
    return reply.inputs;
  }

  /** Ends the thread. */
  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #ask(step: number): void {
    while (this.#asked <= step + AHEAD) this.#worker.postMessage(this.#asked++);
  }
}
