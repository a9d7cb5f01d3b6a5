import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join, resolve } from 'node:path';
import type { Dataset } from '../data/dataset.js';
import { BUILT_IN_DATASETS, openDataset } from '../data/open.js';
import { CdsvaeError } from '../errors.js';
import type { Checkpoint } from './checkpoint.js';
import { checkMemory } from './memory.js';
import { defaultSettings } from './presets.js';
import { RunFolder } from './run-folder.js';
import { assign, formatSettings, parseSettings, type Settings } from './settings.js';
import { stepKinds } from './step-kinds.js';
import type { TrainOptions } from './train.js';

/** A run that is held by this process, with its data open. */
export interface Prepared {
  readonly run: RunFolder;
  readonly settings: Settings;
  readonly data: Dataset;
  readonly checkpoint: Checkpoint | undefined;
}

/**
 * Begins a run. All that can be wrong is found before its folder is made.
 *
 * @throws CdsvaeError `usage`, `input`, `busy`, `io`
 */
export function beginRun(options: TrainOptions): Prepared {
  const { data: name } = options;
  if (name === undefined) {
    throw new CdsvaeError('usage', 'no data given; "sm-mnist", a dataset folder or a folder of clips is expected');
  }
  const source = BUILT_IN_DATASETS.includes(name) ? name : resolve(name);
  const first = openDataset(name);
  first.close();
  const defaults = defaultSettings({
    data: source,
    dataName: first.info.name,
    kind: first.info.kind,
    conversions: first.info.conversions,
    preset: options.preset ?? 'compact',
    method: options.objective ?? 'cdsvae',
    threads: options.threads ?? availableParallelism(),
  });
  const settings = assign(defaults, assignments(options));
  // Only now: the seed of an endless source is a setting like any other.
  const data = openDataset(source, { seed: settings.train.seed });
  return closedOnError(data, () => {
    checkLength(settings, data);
    // Whatever is wrong with the settings is found before a folder is made.
    checkFrames(settings, data);
    const kinds = stepKinds(settings, data.info, data.split('train')!.size);
    const { model, layout, config } = kinds[0]!;
    checkMemory(model, layout.parameters.size, config.batch, kinds.length);
    const run = RunFolder.create(options.out ?? freeFolder(basename(source)), formatSettings(settings));
    return { run, settings, data, checkpoint: undefined };
  });
}

/**
 * Takes up a run where its newest sound checkpoint left it.
 *
 * @throws CdsvaeError `usage`, `input`, `busy`, `io`
 */
export function resumeRun(options: TrainOptions): Prepared {
  if (options.out === undefined) throw new CdsvaeError('usage', '--resume goes with --out RUN, the run to go on with');
  const { run, checkpoint, damaged } = RunFolder.resume(options.out);
  for (const d of damaged)
    options.onEvent?.({ type: 'note', text: `checkpoint of step ${d.step} left out: ${d.error.message}` });
  return closedOnError(run, () => {
    const begunWith = parseSettings(run.config, run.paths.config);
    const data = openDataset(begunWith.data, { seed: begunWith.train.seed });
    return closedOnError(data, () => {
      const { steps, epochs, minutes } = options;
      const settings = checkLength(assign(begunWith, assignments({ steps, epochs, minutes })), data);
      // Another length is kept: the run, interrupted once more, goes on to it.
      if ((steps ?? epochs ?? minutes) !== undefined) run.write('config.yaml', formatSettings(settings));
      return { run, settings, data, checkpoint };
    });
  });
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

function checkFrames({ train }: Settings, { info }: Dataset): void {
  if (train.frames > info.frames) {
    throw new CdsvaeError(
      'usage',
      `train.frames is ${train.frames}, but sequences of "${info.name}" have ${info.frames}; set ${info.frames} or less`,
    );
  }
}
