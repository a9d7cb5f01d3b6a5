import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Factors, Frames } from '../../../browser.js';
import { runUrl } from '../ask.js';
import type { Device, Loaded } from '../workers/model-calls.js';
import { Dropped, ModelClient, type Priority } from '../workers/model-client.js';
import { framesOf } from './clips.js';

/** A model in its worker; `loaded` once it can be asked. */
export interface UsedModel {
  readonly client: ModelClient | undefined;
  readonly loaded: Loaded | undefined;
  /** Why it cannot be loaded. */
  readonly problem: string | undefined;
  /** Why a loaded one made nothing of what it was last asked for. */
  readonly failure: string | undefined;
}

const NOTHING: UsedModel = { client: undefined, loaded: undefined, problem: undefined, failure: undefined };

/** Loads a run's model of a step. */
export function useModel(run: string, step: number, device: Device): UsedModel {
  const [state, set] = useState(NOTHING);
  useEffect(() => {
    const client = new ModelClient({
      onFallback: (fallback) =>
        set((before) => ({ ...before, loaded: before.loaded && { ...before.loaded, device: 'wasm', fallback } })),
      onFailure: (failure) => set((before) => ({ ...before, failure })),
    });
    set({ ...NOTHING, client });
    client.load(runUrl(run, `model-${step}/`), device).then(
      (loaded) => set({ ...NOTHING, client, loaded }),
      (error) => {
        if (!(error instanceof Dropped)) set({ ...NOTHING, client, problem: error.message });
      },
    );
    return () => client.close();
  }, [run, step, device]);
  return state;
}

/** What the decoder makes of factors. */
export interface Decoded {
  /** What is seen: while the next is being made the one before it, so that nothing flickers under a hand that moves a slider. */
  readonly seen: Frames | undefined;
  /** What was asked for; undefined while it is being made. */
  readonly made: Frames | undefined;
}

/**
 * Decodes factors; places passed by faster than the model is are skipped.
 *
 * @param factors undefined: nothing yet
 */
export function useDecoded(client: ModelClient | undefined, factors: Factors | undefined, priority: Priority): Decoded {
  const [last, set] = useState<{ readonly of: Factors; readonly frames: Frames }>();
  const busy = useRef(false);
  const next = useRef<Factors | undefined>(undefined);
  const alive = useRef(true);
  useEffect(() => {
    alive.current = true;
    return () => {
      alive.current = false;
    };
  }, []);
  // Asked before the page is painted, which would cost a frame of it.
  useLayoutEffect(() => {
    next.current = factors;
    if (!client || busy.current) return;
    const go = async () => {
      busy.current = true;
      while (next.current && alive.current) {
        const of = next.current;
        next.current = undefined;
        try {
          const x = await client.decode(of, priority);
          if (alive.current) set({ of, frames: framesOf(x) });
        } catch {
          // The client tells of it, where the model is loaded.
        }
      }
      busy.current = false;
    };
    void go();
  }, [client, factors, priority]);
  return { seen: factors && last?.frames, made: last?.of === factors ? last?.frames : undefined };
}
