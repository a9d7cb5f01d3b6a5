import type { Dataset, DatasetInfo, Split } from '../../data/dataset.js';
import { CdsvaeError } from '../../errors.js';
import { frameShape } from '../../train/experiment.js';
import type { JudgeConfig } from './network.js';
import type { JudgeOptions } from './options.js';

/** What a judge is trained on, and what it will be. */
export interface Setup {
  readonly data: Dataset;
  readonly config: JudgeConfig;
  readonly batch: number;
  /** Column of each of the judge's factors among the data's. */
  readonly columns: readonly number[];
  /** Whether some training sequence is of class c of the judge's factor k. */
  readonly learned: (k: number, c: number) => boolean;
  /** Factors of the data that it does not tell, and why. */
  readonly leftOut: readonly string[];
}

/**
 * A judge for data, of the factors that training sequences are labelled with and validation ones with some of the same classes: nothing
 * would tell when a factor is learned of which they share none, as speakers and recordings that are in one split only.
 *
 * @throws CdsvaeError `input`: no labels; `usage`: more frames to look at than there are
 */
export function prepare(data: Dataset, options: JudgeOptions): Setup {
  const { info } = data;
  const train = data.split('train')!;
  const [inTrain, inValidation] = [classesIn(info, train), classesIn(info, data.split('validation')!)];
  const labelled = info.factors.flatMap((_, k) => (inTrain[k]!.size > 0 ? [k] : []));
  if (labelled.length === 0) {
    const what = info.factors.length === 0 ? 'no factors in its dataset.json' : 'no known label in train';
    throw new CdsvaeError('input', `"${info.name}" has ${what}; a judge learns from labels (labels.npy and "factors")`);
  }
  const known = labelled.filter((k) => [...inValidation[k]!].some((c) => inTrain[k]!.has(c)));
  const leftOut = labelled
    .filter((k) => !known.includes(k))
    .map((k) => `${info.factors[k]!.name}: no class of it is in both train and validation`);
  if (known.length === 0) {
    throw new CdsvaeError(
      'input',
      `"${info.name}": ${leftOut.join('; ')}; a judge is trained on the one until it is right on the other, so both must be labelled with the same classes`,
    );
  }
  const endless = !Number.isFinite(train.size);
  const {
    width = endless ? 24 : 16,
    looks = endless ? Math.min(4, info.frames) : info.frames,
    batch = endless ? 48 : 32,
  } = options;
  if (looks > info.frames) {
    throw new CdsvaeError(
      'usage',
      `${looks} frames to look at asked for; sequences of "${info.name}" have ${info.frames}`,
    );
  }
  const config: JudgeConfig = {
    frame: frameShape(info),
    frames: info.frames,
    looks,
    width,
    mlp: 256,
    features: 128,
    hidden: 128,
    encoder: 'pooled',
    initialization: 'scaled',
    factors: known.map((k) => info.factors[k]!),
  };
  const learned = (k: number, c: number) => inTrain[known[k]!]!.has(c);
  return { data, config, batch: Math.min(batch, train.size), columns: known, learned, leftOut };
}

/** The classes of each factor that sequences of a split are labelled with; of an endless source all. */
function classesIn(info: DatasetInfo, split: Split): Set<number>[] {
  if (!Number.isFinite(split.size)) return info.factors.map(({ classes }) => new Set(classes.keys()));
  const labels = split.labels(Array.from({ length: split.size }, (_, i) => i));
  const found = info.factors.map(() => new Set<number>());
  labels.forEach((label, i) => {
    if (label >= 0) found[i % found.length]!.add(label);
  });
  return found;
}
