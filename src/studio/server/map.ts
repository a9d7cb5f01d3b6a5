import { sequenceLength } from '../../data/dataset.js';
import { load } from '../../trained/load.js';
import { turn } from '../../turn.js';
import type { MapInfo } from '../api.js';
import type { Clips } from './clips.js';

/** What a model makes of the clips: s `[N, d_s]` and z `[N, T, d_m]` in one array. */
export interface ClipMap {
  readonly info: MapInfo;
  readonly values: Float32Array;
}

/** Clips encoded at once: between two batches other requests are answered. */
const BATCH = 8;

/** Encodes all clips. @throws CdsvaeError as {@link load} */
export async function encodeClips(folder: string, clips: Clips): Promise<ClipMap> {
  const model = await load(folder);
  try {
    const { static: ds, dynamic, frames } = model.config;
    const { set } = clips;
    const { info, count } = set;
    const values = new Float32Array(count * (ds + frames * dynamic));
    for (let from = 0; from < count; from += BATCH) {
      const to = Math.min(count, from + BATCH);
      const data = Float32Array.from(clips.read(from, to), (v) => v / info.divisor);
      const shape = [data.length / sequenceLength(info), info.frames, ...info.frame];
      const { s, z } = await model.encode({ shape, data });
      values.set(s.data, from * ds);
      values.set(z.data, count * ds + from * frames * dynamic);
      await turn();
    }
    return { info: { count, static: ds, frames, dynamic }, values };
  } finally {
    await model.release();
  }
}
