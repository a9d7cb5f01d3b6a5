import { type Dataset, type Split, shownSplit } from '../../data/dataset.js';
import { readValues } from '../../trained/read-values.js';
import { turn } from '../../turn.js';
import { columns } from '../columns.js';
import { accuracy, mostProbable } from '../metrics/accuracy.js';
import type { OnSequences } from '../protocol/material.js';
import { type Classifier, type JudgeAccuracy, placesOf } from './judge.js';

/** Of an endless source so many sequences are tested on. */
const TEST_ON = 5000;
/** Sequences judged at once. */
const CHUNK = 64;

/**
 * How often a judge is right on the test sequences of its data, or the validation ones where there are no others.
 *
 * @param onSequences told after each piece of work; what it throws ends it
 */
export async function measureJudge(judge: Classifier, data: Dataset, onSequences: OnSequences): Promise<JudgeAccuracy> {
  const split = shownSplit(data);
  return (await measure(judge, data, split, TEST_ON, onSequences)).accuracy;
}

/**
 * A judge's accuracy and mean cross-entropy on real sequences: all of a split, or the first `most` of an endless one.
 *
 * @param onSequences told after each piece of work; what it throws ends it
 * @param learned whether class c of the judge's factor k was there to be learned; others have no part in the cross-entropy, which would
 *   only grow with them
 */
export async function measure(
  judge: Classifier,
  data: Dataset,
  split: Split,
  most: number,
  onSequences: OnSequences,
  learned: (k: number, c: number) => boolean = () => true,
): Promise<{ accuracy: JudgeAccuracy; loss: number }> {
  const count = Number.isFinite(split.size) ? split.size : most;
  const indices = Array.from({ length: count }, (_, i) => i);
  const labels = columns(data.info, split, indices, judge.factors);
  const predicted = judge.factors.map(() => new Int32Array(count));
  let loss = 0;
  for (let start = 0; start < count; start += CHUNK) {
    const some = indices.slice(start, start + CHUNK);
    const probabilities = await judge.judge(readValues(data, split.name, some));
    probabilities.forEach((p, k) => {
      const classes = judge.factors[k]!.classes.length;
      predicted[k]!.set(mostProbable(p, classes), start);
      some.forEach((_, i) => {
        const label = labels[k]![start + i]!;
        if (label >= 0 && learned(k, label)) loss -= Math.log(Math.max(1e-12, p[i * classes + label]!)) / count;
      });
    });
    await turn();
    onSequences(some.length);
  }
  const joint = (ks: number[]) => {
    if (ks.length === 0) return null;
    const found = accuracy(
      ks.map((k) => predicted[k]!),
      ks.map((k) => labels[k]!),
    );
    return Number.isNaN(found) ? null : found;
  };
  const measured: JudgeAccuracy = {
    split: split.name,
    sequences: count,
    factors: judge.factors.map((_, k) => joint([k])),
    static: joint(placesOf(judge, 'static')),
    dynamic: joint(placesOf(judge, 'dynamic')),
  };
  return { accuracy: measured, loss };
}
