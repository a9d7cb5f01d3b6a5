/** What one job yields, a piece at a time. */
export interface JobStream<J, T> {
  readonly job: J;
  readonly items: AsyncIterable<T>;
}

/**
 * Runs jobs ahead of their reader: their pieces come in order, job after job, while the next few jobs are under way
 * already, each with a bounded number of pieces waiting.
 *
 * @param depth jobs under way at once
 * @param room pieces that may wait, for each job
 * @param run what a job does; its failure is thrown where its pieces are read
 */
export async function* readAhead<J, T>(
  jobs: readonly J[],
  depth: number,
  room: number,
  run: (job: J) => AsyncIterable<T>,
): AsyncGenerator<JobStream<J, T>> {
  const queues: Queue<T>[] = [];
  let next = 0;
  try {
    for (const job of jobs) {
      while (next < jobs.length && queues.length < depth) queues.push(new Queue(run(jobs[next++]!), room));
      const queue = queues[0]!;
      yield { job, items: queue };
      await queue.end();
      queues.shift();
    }
  } finally {
    await Promise.all(queues.map((queue) => queue.end()));
  }
}

/** Pulls from an iterable until `room` pieces wait. */
class Queue<T> implements AsyncIterable<T> {
  readonly #pieces: T[] = [];
  readonly #room: number;
  readonly #pump: Promise<void>;
  #outcome: { error?: unknown } | undefined;
  #stopped = false;
  #changed: (() => void)[] = [];

  constructor(source: AsyncIterable<T>, room: number) {
    this.#room = room;
    this.#pump = this.#run(source);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      const piece = this.#pieces.shift();
      if (piece !== undefined) {
        this.#wake();
        yield piece;
      } else if (this.#outcome !== undefined) {
        if ('error' in this.#outcome) throw this.#outcome.error;
        return;
      } else await this.#change();
    }
  }

  /** Ends the work, wherever it is. */
  async end(): Promise<void> {
    this.#stopped = true;
    this.#wake();
    await this.#pump;
  }

  async #run(source: AsyncIterable<T>): Promise<void> {
    try {
      for await (const piece of source) {
        this.#pieces.push(piece);
        this.#wake();
        while (this.#pieces.length >= this.#room && !this.#stopped) await this.#change();
        if (this.#stopped) break;
      }
      this.#outcome = {};
    } catch (error) {
      this.#outcome = { error };
    }
    this.#wake();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#changed.push(resolve));
  }

  #wake(): void {
    for (const resolve of this.#changed.splice(0)) resolve();
  }
}
