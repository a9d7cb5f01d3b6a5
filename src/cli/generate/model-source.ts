/** What a RUN holds: a model, and the data its clips are items of. */
import type { Dataset } from '../../data/dataset.js';
import { openDataset } from '../../data/open.js';
import { CdsvaeError } from '../../errors.js';
import type { ClipContext } from '../../generate/clips.js';
import { modelBehind } from '../../train/model-behind.js';
import { sourceOf } from '../../train/run-data.js';
import { load } from '../../trained/load.js';
import type { Model } from '../../trained/model.js';
import type { Io } from '../terminal/io.js';

export interface SourceFlags {
  readonly data?: string;
  readonly fit?: boolean;
  readonly threads?: number;
}

/** A model that came from a folder, and what names of clips mean to it. */
export interface OpenModel {
  readonly model: Model;
  readonly context: Required<ClipContext>;
  /** Name of the data it was trained on, and steps of training. */
  readonly trained: { readonly data: string; readonly steps: number };
}

/** Loads a run's model, and warns where it is not the newest. @throws CdsvaeError as {@link load} */
export async function openModel(io: Io, run: string, flags: SourceFlags): Promise<OpenModel> {
  const model = await load(run, { ...(flags.threads !== undefined && { threads: flags.threads }) });
  const { data, training } = model.description!;
  const behind = modelBehind(run, training.steps);
  if (behind !== undefined) io.stderr.write(`warning: ${behind}\n`);
  return {
    model,
    context: {
      model,
      data: () => openData(run, data.name, flags.data),
      fit: flags.fit === true,
    },
    trained: { data: data.name, steps: training.steps },
  };
}

/** The data that `test:12` is of: that of `--data`, of the run's settings, or one that is built in. */
function openData(run: string, name: string, given: string | undefined): Dataset {
  if (given !== undefined) return openDataset(given);
  const source = sourceOf(run, name);
  if (source) return openDataset(source.data, { seed: source.seed });
  throw new CdsvaeError('usage', `${run} was trained on "${name}"; say where that is by --data DIR`);
}
