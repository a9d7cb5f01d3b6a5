import { Worker } from 'node:worker_threads';
import { CdsvaeError } from '../../errors.js';
import type { ThreadFault } from '../../thread-fault.js';

/** What a thread sends back: what its task came to, or the error of ours that it met. */
export type Reply<R> = { readonly result: R } | { readonly error: ThreadFault };

/** Tasks begun before those they wait for are done, a thread. */
const AHEAD = 4;

/** Threads that do tasks, a task a thread at a time. */
export class Threads {
  readonly #workers: Worker[];

  /** @param script of the threads: takes tasks, answers each with a {@link Reply} */
  constructor(script: URL, count: number) {
    this.#workers = Array.from({ length: count }, () => new Worker(script));
  }

  /**
   * Has tasks done, and hands over what they came to in the order of the tasks. Close the threads when it has thrown.
   *
   * @param onDone called with the number of the task; may be slow, since threads wait until what they gave is taken
   * @param signal aborted: it throws at once
   * @throws CdsvaeError `stopped`; `runtime`: a thread failed; what `onDone` throws
   */
  async run<T, R>(
    tasks: readonly T[],
    onDone: (index: number, reply: Reply<R>) => void,
    signal?: AbortSignal,
  ): Promise<void> {
    const ahead = AHEAD * this.#workers.length;
    const early = new Map<number, Reply<R>>();
    const idle = new Set(this.#workers);
    let [next, turn] = [0, 0];
    await new Promise<void>((resolve, reject) => {
      const end = (how: () => void) => {
        signal?.removeEventListener('abort', stop);
        for (const worker of this.#workers) worker.removeAllListeners('message');
        how();
      };
      const stop = () => end(() => reject(new CdsvaeError('stopped', 'stopped before it was whole')));
      const work = new Map<Worker, number>();
      const give = () => {
        for (const worker of idle) {
          if (next >= Math.min(tasks.length, turn + ahead)) return;
          idle.delete(worker);
          work.set(worker, next);
          worker.postMessage(tasks[next++]);
        }
      };
      for (const worker of this.#workers) {
        worker.removeAllListeners();
        worker.on('message', (reply: Reply<R>) => {
          early.set(work.get(worker)!, reply);
          idle.add(worker);
          try {
            for (let now = early.get(turn); now !== undefined; now = early.get(turn)) {
              early.delete(turn);
              onDone(turn++, now);
            }
          } catch (error) {
            end(() => reject(error));
            return;
          }
          if (turn === tasks.length) end(resolve);
          else give();
        });
        worker.on('error', (cause: Error) =>
          end(() => reject(new CdsvaeError('runtime', `a thread failed: ${cause.message}`, { cause }))),
        );
      }
      signal?.addEventListener('abort', stop, { once: true });
      if (signal?.aborted) stop();
      else if (tasks.length === 0) end(resolve);
      else give();
    });
  }

  /** Ends the threads, whatever they are doing. */
  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}
