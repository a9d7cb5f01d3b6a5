/** The one clock by which every clip on the page plays, so that clips can be compared. */
class Clock {
  /** Frames since the page was opened. */
  tick = 0;
  framesPerSecond = 8;
  playing = !matchMedia('(prefers-reduced-motion: reduce)').matches;
  readonly #listeners = new Set<() => void>();
  readonly #settings = new Set<() => void>();
  #before = 0;
  #asked = false;

  /** Calls back at every new frame. @returns how to stop it */
  follow(listener: () => void): () => void {
    this.#listeners.add(listener);
    this.#wake();
    return () => this.#listeners.delete(listener);
  }

  /** Calls back when it is started, stopped or set to another speed. */
  onChange(listener: () => void): () => void {
    this.#settings.add(listener);
    return () => this.#settings.delete(listener);
  }

  set(change: { playing?: boolean; framesPerSecond?: number; tick?: number }): void {
    Object.assign(this, change);
    for (const listener of this.#settings) listener();
    if (change.tick !== undefined) for (const listener of this.#listeners) listener();
    this.#wake();
  }

  #wake(): void {
    if (this.#asked || !this.playing || this.#listeners.size === 0) return;
    this.#asked = true;
    requestAnimationFrame((now) => {
      this.#asked = false;
      if (now - this.#before >= 1000 / this.framesPerSecond) {
        this.#before = now;
        this.tick++;
        for (const listener of this.#listeners) listener();
      }
      this.#wake();
    });
  }
}

export const clock = new Clock();
