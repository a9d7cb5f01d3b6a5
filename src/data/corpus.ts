/** Knows the paper's data sets again in folders that were made before `dataset.json` named them. */
import { CORPORA, type Corpus, type DatasetInfo } from './dataset.js';

/** Frame and factors, as the command that makes each has always written them. */
const MADE: Readonly<Record<Corpus, { readonly frame: readonly number[]; readonly factors: readonly string[] }>> = {
  sprites: { frame: [64, 64, 3], factors: ['action', 'skin', 'trousers', 'top', 'hair'] },
  mug: { frame: [64, 64, 3], factors: ['expression', 'identity'] },
  'sm-mnist': { frame: [64, 64, 1], factors: ['smaller digit', 'larger digit'] },
};

/** Which data set this must be. A name alone says nothing: a folder of clips gives its own to what is made of it. */
export function corpusAsMade({
  name,
  frame,
  factors,
}: Pick<DatasetInfo, 'name' | 'frame' | 'factors'>): Corpus | undefined {
  return CORPORA.find(
    (corpus) =>
      corpus === name &&
      MADE[corpus].frame.join() === frame.join() &&
      MADE[corpus].factors.join() === factors.map((factor) => factor.name).join(),
  );
}
