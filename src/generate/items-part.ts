/** Items of a dataset as sequences. */
import { isDeepStrictEqual } from 'node:util';
import { logMelOf, standardize } from '../data/audio/segments.js';
import { fitClip } from '../data/clips/read.js';
import { type AudioFeatures, type Dataset, splitOf } from '../data/dataset.js';
import { rowOf, stack } from '../trained/batch.js';
import { readValues } from '../trained/read-values.js';
import { type Items, within } from './items.js';
import { type ClipContext, checkSequences, type Part, taken } from './part.js';

/** @throws CdsvaeError `usage`: no such items; `input`: not as the model takes them */
export function itemsPart(items: Items, data: Dataset, context: ClipContext): Part {
  const { info } = data;
  const same = checkSequences(`"${info.name}"`, info, context);
  const split = splitOf(data, items.split);
  const { first, count } = within(items, items.split, split.size);
  const at = (indices: readonly number[]) => indices.map((i) => first + i);
  return {
    count,
    name: (i) => `${items.split}:${first + i}`,
    labels: (indices) => split.labels(at(indices)),
    async read(indices) {
      const x = readValues(data, items.split, at(indices));
      restandardize(x.data, info.audio, context.model.description?.data.audio);
      if (same) return x;
      const [T, ...frame] = taken(context.model.config) as [number, ...number[]];
      const rows: Float32Array[] = [];
      for (const i of indices.keys()) rows.push(await fitted(rowOf(x, i), info, T, frame));
      return stack(rows, [T, ...frame]);
    },
  };
}

/** Makes values of recordings those that a model was trained on, where its own data were standardised by other numbers. */
function restandardize(values: Float32Array, from: AudioFeatures | undefined, to: AudioFeatures | undefined): void {
  if (!from || !to || isDeepStrictEqual(from, to)) return;
  values.set(logMelOf(values, from));
  standardize(values, to);
}

/** One sequence's values at the length and size of a model. */
async function fitted(
  values: Float32Array,
  { frames, frame: [a = 0, b = 0, c = 0], kind, name, divisor }: Dataset['info'],
  T: number,
  frame: readonly number[],
): Promise<Float32Array> {
  if (kind !== 'video') {
    const clip = { kind: 'features', data: values, shape: [frames, a] } as const;
    return (await fitClip(clip, T, frame, name)).data as Float32Array;
  }
  const bytes = Uint8Array.from(values, (v) => Math.round(v * divisor));
  const { data } = await fitClip({ kind, data: bytes, shape: [frames, a, b, c] }, T, frame, name);
  return Float32Array.from(data, (v) => v / divisor);
}
