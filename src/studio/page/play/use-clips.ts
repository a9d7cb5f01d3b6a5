import { useLayoutEffect, useMemo, useState } from 'preact/hooks';
import type { ModelClient } from '../workers/model-client.js';
import { type Clip, type ClipRef, type ClipSource, factorsAt, fetchMap, framesOf } from './clips.js';

/** The clips in hand, each encoded once. */
export function useClips(
  client: ModelClient,
  source: ClipSource | undefined,
  refs: readonly ClipRef[],
  run: string,
  step: number,
): { readonly clips: readonly (Clip | undefined)[]; readonly problem: string } {
  const [known, setKnown] = useState<ReadonlyMap<string, Clip>>(new Map());
  const [problem, setProblem] = useState('');
  const keys = refs.map(keyOf);
  const key = keys.join('|');
  useLayoutEffect(() => {
    let over = false;
    const go = async () => {
      for (const [i, ref] of refs.entries()) {
        if (known.has(keys[i]!)) continue;
        const clip = await readClip(client, source, ref, keys[i]!, run, step);
        if (over) return;
        // Those put back are let go: whole clips, that would gather with every one picked.
        setKnown((before) => new Map([...before].filter(([k]) => keys.includes(k))).set(clip.key, clip));
      }
      setProblem('');
    };
    go().catch((error) => !over && setProblem(error.message));
    return () => {
      over = true;
    };
  }, [client, source, key]);
  const clips = useMemo(() => key.split('|').map((k) => known.get(k)), [key, known]);
  return { clips, problem };
}

async function readClip(
  client: ModelClient,
  source: ClipSource | undefined,
  ref: ClipRef,
  key: string,
  run: string,
  step: number,
): Promise<Clip> {
  if (typeof ref !== 'number')
    return { key, name: ref.file, source: framesOf(ref.x), factors: await client.encode(ref.x) };
  if (!source) throw new Error('Open files to play with: the data is not there');
  if (ref >= source.set.count) throw new Error(`The link asks for clip ${ref + 1}; there are ${source.set.count}`);
  if (!source.has(ref))
    return { key, name: source.name(ref), source: undefined, factors: factorsAt(await fetchMap(run, step), ref) };
  const x = await source.read(ref);
  return { key, name: source.name(ref), source: framesOf(x), factors: await client.encode(x) };
}

let dropped = 0;
const droppedKeys = new WeakMap<object, string>();

/** A file may be dropped twice with other content. */
function keyOf(ref: ClipRef): string {
  if (typeof ref === 'number') return String(ref);
  const known = droppedKeys.get(ref) ?? `file ${++dropped}`;
  droppedKeys.set(ref, known);
  return known;
}
