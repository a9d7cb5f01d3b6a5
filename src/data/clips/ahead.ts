/**
 * Results of slow work in order, some of it begun before it is asked for.
 *
 * @param count how many there are
 * @param depth most that are under way at once
 * @param start begins number i
 */
export async function* ahead<T>(count: number, depth: number, start: (i: number) => Promise<T>): AsyncGenerator<T> {
  const pending: Promise<T>[] = [];
  let next = 0;
  const begin = () => {
    const work = start(next++);
    // Its failure is thrown when its turn comes; until then nobody listens.
    work.catch(() => {});
    pending.push(work);
  };
  try {
    while (next < Math.min(depth, count)) begin();
    for (let i = 0; i < count; i++) {
      const value = await pending.shift()!;
      if (next < count) begin();
      yield value;
    }
  } finally {
    await Promise.allSettled(pending);
  }
}
