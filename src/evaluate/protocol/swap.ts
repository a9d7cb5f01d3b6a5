import { Random } from '../../random.js';
import { pick } from '../../trained/batch.js';
import type { Model } from '../../trained/model.js';
import { type Judge, placesOf } from '../judge/judge.js';
import { accuracy } from '../metrics/accuracy.js';
import { type Summary, summarize } from '../metrics/summary.js';
import { judgeDecoded, predictions } from './judged.js';
import { labelsOf, type Material, type OnSequences } from './material.js';

/** How well content of one sequence and motion of another go together. */
export interface Swap {
  /** Static labels of the one and dynamic labels of the other, all right at once; 0 to 1. */
  readonly accuracy: Summary;
  /** Each factor's label right, over the pairs whose two labels of it differ; left out where there are none. */
  readonly factors: readonly { readonly factor: string; readonly accuracy: Summary }[];
  /** Pairs in a repeat. */
  readonly pairs: number;
}

/** Draws until a partner differs, before a sequence is left without. */
const TRIES = 200;

/**
 * Decodes s of one sequence with z of another (posterior means) and judges it. The two of a pair differ in some static label and in
 * some dynamic one, as far as there are labels of both kinds, so that not all can be right by having come from the wrong sequence; a
 * factor by itself is scored over the pairs that differ in it.
 *
 * @returns undefined where no two sequences differ so
 */
export async function swap(
  model: Model,
  judge: Judge,
  source: Material,
  { repeats, seed }: { readonly repeats: number; readonly seed: number },
  onSequences: OnSequences,
): Promise<Swap | undefined> {
  const labels = judge.factors.map((f) => labelsOf(source, f));
  const kinds = [placesOf(judge, 'static'), placesOf(judge, 'dynamic')].filter((places) => places.length > 0);
  const differ = (a: number, b: number) => kinds.every((places) => places.some((k) => labels[k]![a] !== labels[k]![b]));
  const usable = source.indices.flatMap((_, i) => (labels.every((column) => column[i]! >= 0) ? [i] : []));
  const runs: number[][] = [];
  let pairs = 0;
  for (let r = 0; r < repeats; r++) {
    const random = Random.of(seed, 'evaluate swap', r);
    const drawn = usable.flatMap((content) => {
      for (let i = 0; i < TRIES; i++) {
        const motion = usable[random.integer(usable.length)]!;
        if (differ(content, motion)) return [{ content, motion }];
      }
      return [];
    });
    if (drawn.length === 0) return undefined;
    pairs = drawn.length;
    const count = source.indices.length;
    const rows = (data: Float32Array, of: readonly number[]) =>
      pick({ shape: [count, data.length / count], data }, of).data;
    const contents = rows(
      source.s,
      drawn.map((p) => p.content),
    );
    const motions = rows(
      source.z,
      drawn.map((p) => p.motion),
    );
    const judged = await judgeDecoded(model, judge, pairs, { s: contents, z: motions }, onSequences);
    const predicted = predictions(judge, judged);
    const wanted = judge.factors.map((f, k) =>
      Int32Array.from(drawn, (p) => labels[k]![f.type === 'static' ? p.content : p.motion]!),
    );
    const telling = wanted.map((column, k) =>
      column.map((label, i) => (labels[k]![drawn[i]!.content] === labels[k]![drawn[i]!.motion] ? -1 : label)),
    );
    runs.push([accuracy(predicted, wanted), ...predicted.map((p, k) => accuracy([p], [telling[k]!]))]);
  }
  const over = (i: number) => summarize(runs.map((run) => run[i]!));
  return {
    accuracy: over(0),
    factors: judge.factors
      .map((f, k) => ({ factor: f.name, accuracy: over(k + 1) }))
      .filter((f) => !Number.isNaN(f.accuracy.mean)),
    pairs,
  };
}
