import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join, resolve } from 'node:path';
import type { Dataset, DatasetInfo } from '../data/dataset.js';
import { BUILT_IN_DATASETS, openDataset } from '../data/open.js';
import { CdsvaeError } from '../errors.js';
import { runPaths } from '../formats/run-paths.js';
import { checkModelTarget } from '../trained/export.js';
import type { Checkpoint } from './checkpoint.js';
import { formatSettings, parseSettings } from './config-file.js';
import { epochSteps } from './epoch.js';
import { meanOf } from './first-look.js';
import type { LoopState } from './loop.js';
import { checkMemory } from './memory.js';
import { Plan } from './plan.js';
import { defaultSettings } from './presets.js';
import { checkResume } from './resume-options.js';
import { checkFacts, dataOfRun, factsOf } from './run-data.js';
import { checkNewRun, RunFolder } from './run-folder.js';
import { assign, MOST_THREADS, type Settings } from './settings.js';
import { stepKinds } from './step-kinds.js';
import type { TrainOptions } from './train.js';

/** A run that is held by this process, with its data open. */
export interface Prepared {
  readonly run: RunFolder;
  readonly settings: Settings;
  readonly data: Dataset;
  readonly checkpoint: Checkpoint | undefined;
  /** Mean of each channel or feature; none where the weights of the checkpoint know of it. */
  readonly mean: Float64Array | undefined;
}

/** Every option that training takes. */
export const TRAIN_OPTIONS: Readonly<Record<keyof TrainOptions, true>> = {
  data: true,
  out: true,
  preset: true,
  objective: true,
  set: true,
  batch: true,
  steps: true,
  epochs: true,
  minutes: true,
  checkpointEvery: true,
  seed: true,
  threads: true,
  resume: true,
  signal: true,
  onEvent: true,
};

/**
 * Finds what is wrong with the options of a run whatever its data are, before these are made ready.
 *
 * @throws CdsvaeError `usage`, `input`
 */
export function checkOptions(options: TrainOptions): void {
  const { data = '.', preset = 'compact', objective = 'cdsvae', out } = options;
  assign(defaultSettings({ data, kind: 'video', preset, objective, threads: 1 }), assignments(options));
  if (out !== undefined) checkNewRun(out);
}

/**
 * Begins a run. All that can be wrong is found before its folder is made.
 *
 * @throws CdsvaeError `usage`, `input`, `busy`, `io`
 */
export function beginRun(options: TrainOptions): Prepared {
  const { data: name } = options;
  if (name === undefined) {
    throw new CdsvaeError(
      'usage',
      'no data given; "sm-mnist", a dataset folder, or a folder of clips or recordings is expected',
    );
  }
  const source = placeOf(name);
  const { settings, preset, info } = settingsFor(name, options);
  for (const key of ['batch', 'frames'] as const) {
    const [is, was] = [settings.train[key], preset.train[key]];
    if (is !== was) note(options, `train.${key} is ${is}, as "${info.name}" has fewer than the preset's ${was}`);
  }
  // Only now: the seed of an endless source is a setting like any other.
  const data = openDataset(source, { seed: settings.train.seed });
  return closedOnError(data, () => {
    checkLength(settings, data);
    // Whatever is wrong with the settings is found before a folder is made.
    checkSteps(settings, data);
    const mean = meanOf(data, source);
    const run = RunFolder.create(options.out ?? freeFolder(basename(source)), formatSettings(settings));
    return { run, settings, data, checkpoint: undefined, mean };
  });
}

/**
 * Settings that a run would begin with.
 *
 * @param options with no data, they are those of any video
 * @throws CdsvaeError `usage`, `input`
 */
export function plannedSettings(options: TrainOptions): Settings {
  const { data } = options;
  if (data !== undefined) return settingsFor(data, options).settings;
  return assign(defaultSettings({ data: 'DATA', kind: 'video', ...chosen(options) }), assignments(options));
}

/** Settings of a run on data, and as they would be had the data no end. */
function settingsFor(name: string, options: TrainOptions) {
  const first = openDataset(name);
  const { info } = first;
  const { size } = first.split('train')!;
  first.close();
  const { corpus, kind, conversions } = info;
  const defaults = defaultSettings({ data: placeOf(name), corpus, kind, conversions, ...chosen(options) });
  const given = assignments(options);
  return { settings: assign(fitted(defaults, info, size), given), preset: assign(defaults, given), info };
}

/** What is chosen whole. */
function chosen({
  preset = 'compact',
  objective = 'cdsvae',
  threads = Math.min(MOST_THREADS, availableParallelism()),
}: TrainOptions) {
  return { preset, objective, threads };
}

/**
 * Takes up a run where its newest sound checkpoint left it.
 *
 * @throws CdsvaeError `usage`, `input`, `busy`, `io`
 */
export function resumeRun(options: TrainOptions): Prepared {
  const path = checkResume(options);
  const found = RunFolder.interrupted(path);
  const { checkpoint, damaged } = found;
  for (const { step, error } of damaged) {
    options.onEvent?.({ type: 'note', text: `checkpoint of step ${step} left out: ${error.message}`, warning: true });
  }
  return closedOnError(found, () => {
    // What would be in the way of the model at the end is in its way now.
    checkModelTarget(runPaths(path).model);
    const begunWith = parseSettings(found.config, runPaths(path).config);
    const given = options.data === undefined ? undefined : placeOf(options.data);
    const source = dataOfRun(path, begunWith, given);
    const data = openDataset(source, { seed: begunWith.train.seed });
    return closedOnError(data, () => {
      if (checkpoint) checkFacts(path, source, factsOf(data), (checkpoint.state as LoopState).data);
      const { set, steps, epochs, minutes, checkpointEvery, threads } = options;
      const anew = [
        ...assignments({ set, steps, epochs, minutes, checkpointEvery }),
        ...(threads === undefined ? [] : [`train.threads=${threads}`]),
      ];
      const settings = checkLength({ ...assign(begunWith, anew), data: source }, data);
      if (checkpoint) checkFurther(path, settings, data, checkpoint);
      // Before config.yaml is written anew: no run could be gone on with by settings that cannot be.
      checkSteps(settings, data);
      const mean = checkpoint ? undefined : meanOf(data, source);
      // What is new is kept: the run, interrupted once more, goes on by it.
      const run = found.goOn(anew.length > 0 || given !== undefined ? formatSettings(settings) : undefined);
      return { run, settings, data, checkpoint, mean };
    });
  });
}

function note({ onEvent }: TrainOptions, text: string): void {
  onEvent?.({ type: 'note', text });
}

/** What a preset says of batches, of which a step takes two sequences at least, for data that have less than that. */
function fitted(settings: Settings, { frames }: DatasetInfo, size: number): Settings {
  const { train } = settings;
  const batch = Math.max(2, Math.min(train.batch, size));
  return { ...settings, train: { ...train, batch, frames: Math.min(train.frames, frames) } };
}

/** The name of a built-in dataset, or the whole path of a folder. */
function placeOf(data: string): string {
  return BUILT_IN_DATASETS.includes(data) ? data : resolve(data);
}

/** Gives what `use` makes, and closes something only where that fails. */
function closedOnError<T>(opened: { close(): void }, use: () => T): T {
  try {
    return use();
  } catch (error) {
    opened.close();
    throw error;
  }
}

/** `runs/NAME`, or the first of `runs/NAME-2`, `runs/NAME-3` … that does not exist. */
function freeFolder(name: string): string {
  for (let i = 1; ; i++) {
    const path = join('runs', i === 1 ? name : `${name}-${i}`);
    if (!existsSync(path)) return path;
  }
}

/** Options of the length of a run exclude each other; one given replaces the others of the preset. */
function assignments(options: TrainOptions): string[] {
  const lengths = (['steps', 'epochs', 'minutes'] as const).filter((k) => options[k] !== undefined);
  if (lengths.length > 1)
    throw new CdsvaeError('usage', `${lengths.map((k) => `--${k}`).join(' and ')} exclude each other`);
  const set = (key: string, value: number | undefined) => (value === undefined ? [] : [`train.${key}=${value}`]);
  return [
    ...(options.set ?? []),
    ...(lengths.length === 1 ? ['train.steps=0', 'train.epochs=0', 'train.minutes=0'] : []),
    ...set('steps', options.steps),
    ...set('epochs', options.epochs),
    ...set('minutes', options.minutes),
    ...set('batch', options.batch),
    ...set('checkpointEvery', options.checkpointEvery),
    ...set('seed', options.seed),
  ];
}

function checkLength(settings: Settings, data: Dataset): Settings {
  const { steps, epochs, minutes } = settings.train;
  if (steps === 0 && epochs === 0 && minutes === 0) {
    throw new CdsvaeError(
      'usage',
      'train.steps, train.epochs and train.minutes are all 0; one of them is expected to say how long to train',
    );
  }
  if (steps === 0 && epochs > 0 && !Number.isFinite(data.split('train')!.size)) {
    throw new CdsvaeError('usage', `"${data.info.name}" is endless: it has no epochs; set --steps or --minutes`);
  }
  return settings;
}

/** Refuses a length that the run has passed: it would end at once, and say of itself that it was trained for that long. */
function checkFurther(run: string, { train }: Settings, data: Dataset, { step, state }: Checkpoint): void {
  const { minutes, seconds } = state as LoopState;
  const { steps } = new Plan(train, data.split('train')!.size);
  const passed = steps === undefined ? train.minutes !== minutes && seconds >= 60 * train.minutes : step > steps;
  if (!passed) return;
  const [had, flag] =
    steps === undefined
      ? [`${formatNumber(seconds / 60)} minutes`, '--minutes']
      : train.steps > 0
        ? [`${step} steps`, '--steps']
        : [`${formatNumber(step / epochSteps(data.split('train')!.size, train.batch))} epochs`, '--epochs'];
  throw new CdsvaeError('usage', `${run} already has ${had}; give more than ${had.split(' ')[0]} in all, by ${flag}`);
}

/** Up to two decimals. */
function formatNumber(value: number): string {
  return String(Math.round(100 * value) / 100);
}

/** Refuses settings that make no steps, or steps that memory cannot hold. */
function checkSteps(settings: Settings, data: Dataset): void {
  checkFrames(settings, data);
  const kinds = stepKinds(settings, data.info, data.split('train')!.size);
  const { model, layout, config } = kinds[0]!;
  checkMemory(model, layout.parameters.size, config.batch, kinds.length);
}

function checkFrames({ train }: Settings, { info }: Dataset): void {
  if (train.frames > info.frames) {
    throw new CdsvaeError(
      'usage',
      `train.frames is ${train.frames}, but sequences of "${info.name}" have ${info.frames}; set ${info.frames} or less`,
    );
  }
}
