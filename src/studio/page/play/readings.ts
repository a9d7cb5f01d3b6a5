import { useState } from 'preact/hooks';
import type { ClipRef } from './clips.js';

/** A file on its way into the hand. */
interface Reading {
  readonly name: string;
  /** The clip that it was dropped on. */
  readonly on: ClipRef;
}

/** Changes the clips in hand, from what they are by then. */
export type ChangeRefs = (change: (before: readonly ClipRef[]) => readonly ClipRef[]) => void;

/**
 * The files that are being read, a slot each. Reading takes its time, in which clips may be put away or others taken: a file goes
 * where the clip that it was dropped on is by then, or nowhere once something else was put there.
 */
export class Readings {
  readonly #slots: (Reading | undefined)[] = [];

  constructor(private readonly onChange: () => void) {}

  /** Names of the files. */
  get names(): readonly string[] {
    return this.#slots.flatMap((r) => (r ? [r.name] : []));
  }

  /** Something else was put into a slot. */
  overtake(slot: number): void {
    this.#slots[slot] = undefined;
    this.onChange();
  }

  /** A slot is no more; those behind it move up. */
  remove(slot: number): void {
    this.#slots.splice(slot, 1);
    this.onChange();
  }

  /**
   * Reads a file into a slot.
   *
   * @param on the clip in that slot
   * @throws what `read` throws, unless nobody waits for it any more
   */
  async take(slot: number, name: string, on: ClipRef, read: Promise<ClipRef>, change: ChangeRefs): Promise<void> {
    const reading = { name, on };
    this.#slots[slot] = reading;
    this.onChange();
    try {
      const ref = await read;
      const at = this.#slots.indexOf(reading);
      if (at >= 0) change((before) => before.map((r, i) => (i === at && r === on ? ref : r)));
    } catch (error) {
      if (this.#slots.includes(reading)) throw error;
    } finally {
      const at = this.#slots.indexOf(reading);
      if (at >= 0) this.overtake(at);
    }
  }
}

/** The readings of a hand, which is drawn again as they change. */
export function useReadings(): Readings {
  const [, redraw] = useState(0);
  const [readings] = useState(() => new Readings(() => redraw((n) => n + 1)));
  return readings;
}
