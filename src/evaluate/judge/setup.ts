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
}

/**
 * A judge for data, of the factors that training sequences are labelled with.
 *
 * @throws CdsvaeError `input`: no labels; `usage`: more frames to look at than there are
 */
export function prepare(data: Dataset, options: JudgeOptions): Setup {
  const { info } = data;
  const train = data.split('train')!;
  const known = knownFactors(info, train);
  if (known.length === 0) {
    const what = info.factors.length === 0 ? 'no factors in its dataset.json' : 'no known label in train';
    throw new CdsvaeError('input', `"${info.name}" has ${what}; a judge learns from labels (labels.npy and "factors")`);
  }
  const endless = !Number.isFinite(train.size);
  const { width = endless ? 32 : 16, looks = endless ? Math.min(6, info.frames) : info.frames, batch = 32 } = options;
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
  return { data, config, batch: Math.min(batch, train.size), columns: known };
}

/** Columns of the factors that some training sequence is labelled with. */
function knownFactors(info: DatasetInfo, train: Split): number[] {
  const all = info.factors.map((_, k) => k);
  if (!Number.isFinite(train.size)) return all;
  const labels = train.labels(Array.from({ length: train.size }, (_, i) => i));
  return all.filter((k) => labels.some((v, i) => i % info.factors.length === k && v >= 0));
}
