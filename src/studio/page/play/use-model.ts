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
  readonly problem: string | undefined;
}

/** Loads a run's model of a step. */
export function useModel(run: string, step: number, device: Device): UsedModel {
  const [state, set] = useState<UsedModel>({ client: undefined, loaded: undefined, problem: undefined });
  useEffect(() => {
    const client = new ModelClient((fallback) =>
      set((before) => ({ ...before, loaded: before.loaded && { ...before.loaded, device: 'wasm', fallback } })),
    );
    set({ client, loaded: undefined, problem: undefined });
    client.load(runUrl(run, `model-${step}/`), device).then(
      (loaded) => set({ client, loaded, problem: undefined }),
      (error) => {
        if (!(error instanceof Dropped)) set({ client, loaded: undefined, problem: error.message });
      },
    );
    return () => client.close();
  }, [run, step, device]);
  return state;
}

/**
 * What the decoder makes of factors. While the next is being made the last one is given, so that nothing flickers under a hand
 * that moves a slider; places passed by faster than the model is are skipped.
 *
 * @param factors undefined: nothing yet
 */
export function useDecoded(
  client: ModelClient | undefined,
  factors: Factors | undefined,
  priority: Priority,
): Frames | undefined {
  const [frames, set] = useState<Frames>();
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
      try {
        while (next.current && alive.current) {
          const wanted = next.current;
          next.current = undefined;
          const x = await client.decode(wanted, priority);
          if (alive.current) set(framesOf(x));
        }
      } catch {
        // The worker ended, or tells of its failure where the model is loaded.
      } finally {
        busy.current = false;
      }
    };
    void go();
  }, [client, factors, priority]);
  return factors ? frames : undefined;
}
