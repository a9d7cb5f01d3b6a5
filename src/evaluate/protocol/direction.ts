import { Random } from '../../random.js';
import type { Model } from '../../trained/model.js';
import { type Judge, placesOf } from '../judge/judge.js';
import { chance } from '../metrics/accuracy.js';
import { inceptionScore } from '../metrics/inception-score.js';
import { type Summary, summarize } from '../metrics/summary.js';
import { agreement, type Judged, judgeDecoded, type Latents, labelledTogether, predictions } from './judged.js';
import { labelsOf, type Material, type OnSequences } from './material.js';

/** Scores of labels that should have been kept. */
export interface Kept {
  /** The factor; of the mean over several, `all`. */
  readonly factor: string;
  /** Agreement with the source's label, 0 to 1; of `all`: with every one of them at once. */
  readonly accuracy: Summary;
  /** IS = exp(H(y) − H(y|x)), H(y|x) and H(y) in nats; of `all`: their means over the factors. */
  readonly score: Summary;
  readonly conditional: Summary;
  readonly marginal: Summary;
}

/** Scores of a label that should have been drawn anew. */
export interface Changed {
  readonly factor: string;
  /** Agreement with the source's label, 0 to 1: at chance where nothing of the source is left. */
  readonly accuracy: Summary;
  /** What drawing another sequence's label gives. */
  readonly chance: number;
}

/** One factor fixed, the other drawn from the prior. */
export interface Direction {
  readonly kept: readonly Kept[];
  readonly changed: readonly Changed[];
}

/**
 * Fixes one factor of each sequence, draws the other from the prior, and judges what is decoded (§4.2). As in the authors' code the
 * fixed factor is the posterior's mean. The drawn one is a sample: s from N(0, I), z_1:T step by step from p(z_t | z_<t) (their code
 * decodes the prior's means along such a trajectory, which is a little less varied).
 *
 * The mean of p(y|x) runs over the sequences of `source`, so classes have the balance of the split they come from.
 *
 * @param fixed `static`: s is kept, and static labels with it; `dynamic`: z
 */
export async function direction(
  model: Model,
  judge: Judge,
  source: Material,
  fixed: 'static' | 'dynamic',
  { repeats, seed }: { readonly repeats: number; readonly seed: number },
  onSequences: OnSequences,
): Promise<Direction> {
  const keptPlaces = placesOf(judge, fixed);
  const changedPlaces = placesOf(judge, fixed === 'static' ? 'dynamic' : 'static');
  const together = keptPlaces.length > 1 && labelledTogether(judge, source, keptPlaces);
  const count = source.indices.length;
  const runs: { readonly kept: Scores[]; readonly changed: number[] }[] = [];
  for (let r = 0; r < repeats; r++) {
    const drawn = await model.sample(count, { seed: Random.of(seed, `evaluate ${fixed}`, r).uint32() });
    const latents: Latents = fixed === 'static' ? { s: source.s, z: drawn.z.data } : { s: drawn.s.data, z: source.z };
    const judged = await judgeDecoded(model, judge, count, latents, onSequences);
    const predicted = predictions(judge, judged);
    const each = keptPlaces.map((k) => scores(judge, judged, k, agreement(judge, predicted, source, [k])));
    runs.push({
      kept: together ? [...each, overall(each, agreement(judge, predicted, source, keptPlaces))] : each,
      changed: changedPlaces.map((k) => agreement(judge, predicted, source, [k])),
    });
  }
  const names = keptPlaces.map((k) => judge.factors[k]!.name);
  const over = (value: (run: (typeof runs)[number]) => number) => summarize(runs.map(value));
  return {
    kept: [...names, ...(together ? ['all'] : [])].map((factor, i) => ({
      factor,
      accuracy: over((run) => run.kept[i]!.accuracy),
      score: over((run) => run.kept[i]!.score),
      conditional: over((run) => run.kept[i]!.conditional),
      marginal: over((run) => run.kept[i]!.marginal),
    })),
    changed: changedPlaces.map((k, i) => ({
      factor: judge.factors[k]!.name,
      accuracy: over((run) => run.changed[i]!),
      chance: chance(labelsOf(source, judge.factors[k]!)),
    })),
  };
}

interface Scores {
  readonly accuracy: number;
  readonly score: number;
  readonly conditional: number;
  readonly marginal: number;
}

function scores(judge: Judge, judged: Judged, k: number, accuracy: number): Scores {
  return { accuracy, ...inceptionScore(judged[k]!, judge.factors[k]!.classes.length) };
}

function overall(each: readonly Scores[], accuracy: number): Scores {
  const mean = (name: keyof Scores) => each.reduce((sum, s) => sum + s[name] / each.length, 0);
  return { accuracy, score: mean('score'), conditional: mean('conditional'), marginal: mean('marginal') };
}
