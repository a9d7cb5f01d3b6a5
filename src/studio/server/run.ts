import { existsSync, lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { CdsvaeError } from '../../errors.js';
import { checkedJson } from '../../formats/checked-json.js';
import { readWhole } from '../../formats/durable.js';
import { RUN_NAMES, runPaths } from '../../formats/run-paths.js';
import { listCheckpoints } from '../../train/checkpoint.js';
import { isLocked } from '../../train/lock.js';
import { type ModelSource, readRunSettings, sourceOf } from '../../train/run-data.js';
import type { Settings } from '../../train/settings.js';
import { decodeDescription, type ModelDescription } from '../../trained/description.js';
import { DESCRIPTION_FILE } from '../../trained/folder-names.js';
import type { RunDetail, RunState, RunSummary } from '../api.js';
import { readEvaluation } from './evaluation.js';
import type { Glances } from './glance.js';
import { inside } from './inside.js';

/** A run at a glance; a run that cannot be read is one that says why. */
export async function summarize(path: string, id: string, glances: Glances): Promise<RunSummary> {
  try {
    refuseLinksOut(path);
    return await readSummary(path, id, glances);
  } catch (error) {
    return {
      id,
      state: 'damaged',
      problem: (error as Error).message,
      data: '',
      objective: '',
      preset: '',
      step: 0,
      steps: null,
      stepsPerSecond: null,
      secondsLeft: null,
      terms: {},
      validation: {},
      updated: modified(path) ?? 0,
      model: null,
    };
  }
}

/** @throws CdsvaeError `input` for a run with links to what lies outside of it: it may come from anywhere */
export function refuseLinksOut(path: string): void {
  for (const name of Object.values(RUN_NAMES)) {
    if (lstatSync(join(path, name), { throwIfNoEntry: false }) === undefined) continue;
    try {
      inside(path, name);
    } catch (cause) {
      throw new CdsvaeError('input', `${join(path, name)}: a link that leads out of the run; copy what it means`, {
        cause,
      });
    }
  }
}

async function readSummary(path: string, id: string, glances: Glances): Promise<RunSummary> {
  const { config, metrics } = runPaths(path);
  const settings = existsSync(config) ? readRunSettings(path) : undefined;
  const description = readDescription(path);
  const { seconds, terms, validation, ...last } = await glances.at(metrics);
  const step = last.step ?? description?.training.steps ?? 0;
  const steps = settings ? plannedSteps(path, settings) : null;
  const model = newestModel(path, description);
  // Gone on with after its end, it has newer checkpoints than its model.
  const state = stateOf(path, description !== undefined && description.training.steps === model);
  return {
    id,
    state,
    data: description?.data.name ?? dataName(settings!.data),
    objective: settings?.objective.name ?? '',
    preset: settings?.preset ?? '',
    step,
    steps,
    stepsPerSecond: seconds === undefined ? null : 1 / seconds,
    secondsLeft: state === 'training' && steps !== null && seconds !== undefined ? (steps - step) * seconds : null,
    terms,
    validation,
    updated: modified(metrics) ?? modified(path) ?? 0,
    model,
  };
}

/** All of a run but its curves. */
export async function describeRun(path: string, id: string, glances: Glances): Promise<RunDetail> {
  const { config, evaluation, samples } = runPaths(path);
  return {
    ...(await summarize(path, id, glances)),
    settings: existsSync(config) ? readFileSync(config, 'utf8') : '',
    samples: sampleSteps(samples),
    evaluation: readEvaluation(evaluation),
  };
}

/** What a run was trained on, or is said to be now. @throws CdsvaeError `input` where that cannot be known, or is not there */
export function dataOf(path: string, given?: string): ModelSource {
  const source = sourceOf(path, readDescription(path)?.data.name, given);
  if (source) return source;
  throw new CdsvaeError('input', `${path}: a model folder does not say where its data are; give them by --data`);
}

/** The folder of a run's ended model, or of a model that is no run. */
export function endedModel(path: string): string | undefined {
  return [runPaths(path).model, path].find((folder) => existsSync(join(folder, DESCRIPTION_FILE)));
}

function readDescription(path: string): ModelDescription | undefined {
  const folder = endedModel(path);
  if (folder === undefined) return undefined;
  const file = join(folder, DESCRIPTION_FILE);
  return decodeDescription(readFileSync(file, 'utf8'), file);
}

function newestModel(path: string, description: ModelDescription | undefined): number | null {
  const steps = listCheckpoints(path).map((c) => c.step);
  if (description) steps.push(description.training.steps);
  return steps.length === 0 ? null : Math.max(...steps);
}

function stateOf(path: string, ended: boolean): RunState {
  if (isLocked(path)) return 'training';
  const diverged = modified(runPaths(path).diverged);
  if (diverged !== undefined && diverged >= (modified(runPaths(path).metrics) ?? 0)) return 'diverged';
  return ended ? 'finished' : 'stopped';
}

/** Of a checkpoint's `state.json`: steps planned. */
const Planned = z.object({ state: z.object({ steps: z.number().nullable() }) });

/** By the settings, or as the newest checkpoint has planned it. */
function plannedSteps(path: string, { train }: Settings): number | null {
  if (train.steps > 0) return train.steps;
  const newest = listCheckpoints(path).at(-1);
  if (!newest) return null;
  const file = join(newest.path, 'state.json');
  // It may have been removed since, for a newer one.
  if (!existsSync(file)) return null;
  return checkedJson(readWhole(file).toString('utf8'), file, Planned).state.steps;
}

function sampleSteps(folder: string): number[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .flatMap((name) => /^step-(\d{1,15})\.png$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

/** Last part of the path of a dataset folder, or its name. */
function dataName(source: string): string {
  return source.split(/[/\\]/).filter(Boolean).at(-1) ?? source;
}

function modified(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}
