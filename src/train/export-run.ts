/** The model of a run, ended or not, as a folder of its own. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { checkOneOf } from '../bounds.js';
import { openDataset } from '../data/open.js';
import { CdsvaeError } from '../errors.js';
import { runPaths } from '../formats/run-paths.js';
import type { NamedTensor } from '../formats/safetensors.js';
import { type ModelExport, type WriteModelOptions, writeModel } from '../trained/export.js';
import { DESCRIPTION_FILE } from '../trained/folder-names.js';
import type { Weights } from '../trained/graphs.js';
import { readModel } from '../trained/load.js';
import { type Checkpoint, listCheckpoints, loadCheckpoint, loadNewest } from './checkpoint.js';
import { experiment } from './experiment.js';
import type { LoopState } from './loop.js';
import { checkFacts, dataOfRun, factsOf, readRunSettings } from './run-data.js';
import type { Settings } from './settings.js';

/** Which model of a run. */
export type ExportSource =
  /** That of the end; while there is none, the newest checkpoint's. */
  | 'model'
  /** The checkpoint with the lowest loss on validation sequences. */
  | 'best'
  /** The newest checkpoint. */
  | 'newest'
  /** The checkpoint of this step. */
  | number;

/** How {@link exportRun} writes. */
export interface ExportOptions extends WriteModelOptions {
  /** Where the data of the run are, if they have moved: of a checkpoint, what the model is of is read there. */
  readonly data?: string | undefined;
}

/** What {@link exportRun} wrote. */
export interface ExportReport {
  /** The model folder. */
  readonly folder: string;
  /** Training steps of the model. */
  readonly steps: number;
  /** Where it was taken from: a folder of the run. */
  readonly from: string;
}

/**
 * Writes the model of a run as a model folder, complete in itself: for Node, for the browser, for PyTorch.
 *
 * @param run a run folder, or a model folder to be copied
 * @param out the folder to be made; an older model folder there is replaced
 * @throws CdsvaeError `input`: no run, or none of its checkpoints can be read, or its data are not where it had them; `usage`: `out` holds other things; `io`
 *
 * @example
 * const { folder } = await exportRun('runs/digits', 'public/digits', 'best');
 */
export async function exportRun(
  run: string,
  out: string,
  source: ExportSource = 'model',
  options: ExportOptions = {},
): Promise<ExportReport> {
  if (typeof source !== 'number') checkOneOf('source', source, ['model', 'best', 'newest']);
  const paths = runPaths(run);
  const ended = existsSync(join(paths.model, DESCRIPTION_FILE));
  if (source === 'model' && (ended || !existsSync(paths.checkpoints))) {
    const { description, weights } = readModel(run);
    const { model: config, data, training } = description;
    if (options.half && [run, paths.model].some((folder) => resolve(folder) === resolve(out))) {
      throw new CdsvaeError(
        'usage',
        `${out}: the model itself, of which half the precision would be lost; give another folder`,
      );
    }
    await writeModel(out, { config, data, weights, ...training }, options);
    return { folder: out, steps: training.steps, from: ended ? paths.model : run };
  }
  const settings = readRunSettings(run);
  const data = dataOfRun(run, settings, options.data);
  const { checkpoint, path: from } = choose(run, source);
  await writeModel(out, ofCheckpoint(run, { ...settings, data }, checkpoint, from), options);
  return { folder: out, steps: checkpoint.step, from };
}

function choose(run: string, source: ExportSource): { checkpoint: Checkpoint; path: string } {
  const there = listCheckpoints(run);
  const ofStep = (step: number) => {
    const path = there.find((c) => c.step === step)?.path;
    if (path !== undefined) return { checkpoint: loadCheckpoint(path), path };
    const steps = there.length > 0 ? `those of ${there.map((c) => c.step).join(', ')} are there` : 'there is none';
    throw new CdsvaeError('usage', `${run}: no checkpoint of step ${step}; ${steps}`);
  };
  if (typeof source === 'number') return ofStep(source);
  const { checkpoint, path, damaged } = loadNewest(run);
  if (!checkpoint) {
    const why = damaged[0]?.error.message ?? 'the run has not come to its first';
    throw new CdsvaeError('input', `${run}: no checkpoint to export: ${why}`, { cause: damaged[0]?.error });
  }
  const { best } = checkpoint.state as { readonly best: { readonly step: number } | null };
  // Before the first validation none is better than another.
  return source === 'best' && best && best.step !== checkpoint.step ? ofStep(best.step) : { checkpoint, path };
}

function ofCheckpoint(
  run: string,
  settings: Settings,
  { step, tensors, state }: Checkpoint,
  path: string,
): ModelExport {
  const data = openDataset(settings.data, { seed: settings.train.seed });
  try {
    checkFacts(run, settings.data, factsOf(data), (state as LoopState).data);
    const { info } = data;
    const { parameters, buffers = [] } = tensors;
    if (!parameters) throw new CdsvaeError('input', `${path}: no parameters.safetensors; another checkpoint is needed`);
    return {
      config: experiment(settings, info, data.split('train')!.size).model,
      weights: asWeights(new Map([...parameters, ...buffers]), path),
      data: info,
      steps: step,
      objective: settings.objective.name,
    };
  } finally {
    data.close();
  }
}

function asWeights(tensors: ReadonlyMap<string, NamedTensor>, path: string): Weights {
  return new Map(
    [...tensors].map(([name, { shape, data }]) => {
      if (!(data instanceof Float32Array)) throw new CdsvaeError('input', `${path}: "${name}" is not float32`);
      return [name, { shape, data }];
    }),
  );
}
