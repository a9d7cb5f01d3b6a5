import { Worker } from 'node:worker_threads';
import { CdsvaeError, type ErrorCode } from '../../errors.js';

/** What a thread sends back: what its task came to, or the error of ours that it met. */
export type Reply<R> =
  | { readonly result: R }
  | { readonly error: { readonly code: ErrorCode | undefined; readonly message: string } };

/** Threads that do tasks, a task a thread at a time. */
export class Threads {
  readonly #workers: Worker[];

  /** @param script of the threads: takes tasks, answers each with a {@link Reply} */
  constructor(script: URL, count: number) {
    this.#workers = Array.from({ length: count }, () => new Worker(script));
  }

  /**
   * Has tasks done, and hands over what they came to as it comes. Close the threads when it has thrown.
   *
   * @param onDone called with the number of the task; may be slow, since a thread waits until what it gave is taken
   * @param signal aborted: it throws at once
   * @throws CdsvaeError `usage`: aborted; `runtime`: a thread failed; what `onDone` throws
   */
  async run<T, R>(
    tasks: readonly T[],
    onDone: (index: number, reply: Reply<R>) => void,
    signal?: AbortSignal,
  ): Promise<void> {
    let [next, left] = [0, tasks.length];
    await new Promise<void>((resolve, reject) => {
      if (left === 0) resolve();
      const stop = () => reject(new CdsvaeError('usage', 'stopped before it was whole; nothing was kept'));
      signal?.addEventListener('abort', stop, { once: true });
      if (signal?.aborted) stop();
      for (const worker of this.#workers) {
        let current = -1;
        const give = () => {
          if (next >= tasks.length) return;
          current = next++;
          worker.postMessage(tasks[current]);
        };
        worker.removeAllListeners();
        worker.on('message', (reply: Reply<R>) => {
          try {
            onDone(current, reply);
          } catch (error) {
            reject(error);
            return;
          }
          if (--left === 0) resolve();
          give();
        });
        worker.on('error', (cause: Error) =>
          reject(new CdsvaeError('runtime', `a thread failed: ${cause.message}`, { cause })),
        );
        give();
      }
    });
  }

  /** Ends the threads, whatever they are doing. */
  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}
