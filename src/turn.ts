/** Lets signals and timers have their turn: the engine, and any long loop, blocks the event loop while it computes. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
