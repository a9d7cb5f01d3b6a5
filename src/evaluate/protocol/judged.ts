import type { Model } from '../../trained/model.js';
import { turn } from '../../turn.js';
import type { Judge } from '../judge/judge.js';
import { accuracy, mostProbable } from '../metrics/accuracy.js';
import { CHUNK, labelsOf, type Material, type OnSequences } from './material.js';

/** What a judge says of made sequences: p(y | x) of each of its factors, `[N, classes]`. */
export type Judged = readonly Float32Array[];

/** Factors of N sequences, row-major. */
export interface Latents {
  readonly s: Float32Array;
  readonly z: Float32Array;
}

/** Decodes factors and judges what comes out. @param onDecoded given each piece of it, and where it begins */
export async function judgeDecoded(
  model: Model,
  judge: Judge | undefined,
  count: number,
  { s, z }: Latents,
  onSequences: OnSequences,
  onDecoded: (x: Float32Array, start: number, count: number) => void = () => {},
): Promise<Judged> {
  const { static: ds, dynamic, frames } = model.config;
  const dz = frames * dynamic;
  const judged = (judge?.factors ?? []).map((f) => new Float32Array(count * f.classes.length));
  for (let start = 0; start < count; start += CHUNK) {
    const n = Math.min(CHUNK, count - start);
    const x = await model.decode(
      { shape: [n, ds], data: s.subarray(start * ds, (start + n) * ds) },
      { shape: [n, frames, dynamic], data: z.subarray(start * dz, (start + n) * dz) },
    );
    onDecoded(x.data, start, n);
    if (judge !== undefined) {
      const probabilities = await judge.judge(x);
      probabilities.forEach((p, k) => {
        judged[k]!.set(p, start * judge.factors[k]!.classes.length);
      });
    }
    await turn();
    onSequences(n);
  }
  return judged;
}

/** Predicted classes of each factor. */
export function predictions(judge: Judge, judged: Judged): Int32Array[] {
  return judged.map((p, k) => mostProbable(p, judge.factors[k]!.classes.length));
}

/** Whether some sequence of `source` has the labels of all of these factors: without one nothing can be said of them together. */
export function labelledTogether(judge: Judge, source: Material, places: readonly number[]): boolean {
  const labels = places.map((k) => labelsOf(source, judge.factors[k]!));
  return source.indices.some((_, i) => labels.every((column) => column[i]! >= 0));
}

/** Share of sequences whose predictions agree with the labels of `source` at all of these places. */
export function agreement(judge: Judge, predicted: readonly Int32Array[], source: Material, places: readonly number[]) {
  return accuracy(
    places.map((k) => predicted[k]!),
    places.map((k) => labelsOf(source, judge.factors[k]!)),
  );
}
