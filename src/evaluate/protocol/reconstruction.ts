import type { Model } from '../../trained/model.js';
import { readValues } from '../../trained/read-values.js';
import { type Judge, placesOf } from '../judge/judge.js';
import { agreement, judgeDecoded, labelledTogether, predictions } from './judged.js';
import type { Material, OnSequences } from './material.js';

/** How sequences come out of their own factors. */
export interface Reconstruction {
  /** Mean squared error of one value (of video in [0, 1]). */
  readonly errorPerValue: number;
  /** The judge's accuracy on reconstructions, 0 to 1: each factor, all static ones at once, all dynamic ones. */
  readonly judged: readonly { readonly factor: string; readonly accuracy: number }[];
}

/** Decodes the posterior means. A model that ignores a factor can look disentangled; here it shows. */
export async function reconstruction(
  model: Model,
  judge: Judge | undefined,
  source: Material,
  onSequences: OnSequences,
): Promise<Reconstruction> {
  let [squares, values] = [0, 0];
  const judged = await judgeDecoded(model, judge, source.indices.length, source, onSequences, (made, start, n) => {
    const real = readValues(source.data, source.split.name, source.indices.slice(start, start + n)).data;
    let sum = 0;
    for (let i = 0; i < made.length; i++) sum += (made[i]! - real[i]!) ** 2;
    squares += sum;
    values += made.length;
  });
  const errorPerValue = squares / values;
  if (judge === undefined) return { errorPerValue, judged: [] };
  const predicted = predictions(judge, judged);
  const of = (factor: string, places: readonly number[]) => ({
    factor,
    accuracy: agreement(judge, predicted, source, places),
  });
  const joint = (['static', 'dynamic'] as const).flatMap((type) => {
    const places = placesOf(judge, type);
    return places.length > 1 && labelledTogether(judge, source, places) ? [of(`all ${type}`, places)] : [];
  });
  return { errorPerValue, judged: [...judge.factors.map((f, k) => of(f.name, [k])), ...joint] };
}
