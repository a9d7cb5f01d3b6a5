/** The data of a run or of a model: where they are, and whether they are still the same. */
import { existsSync } from 'node:fs';
import type { Dataset } from '../data/dataset.js';
import { BUILT_IN_DATASETS } from '../data/open.js';
import { CdsvaeError } from '../errors.js';
import { readWhole } from '../formats/durable.js';
import { runPaths } from '../formats/run-paths.js';
import { parseSettings } from './config-file.js';
import type { Settings } from './settings.js';

/**
 * Settings of a run, from its `config.yaml`. Takes no lock: the run may be going on.
 *
 * @throws CdsvaeError `input`
 */
export function readRunSettings(run: string): Settings {
  const { config } = runPaths(run);
  if (!existsSync(config)) {
    throw new CdsvaeError('input', `${config}: not found; the folder of a run that cdsvae train began is expected`);
  }
  return parseSettings(readWhole(config).toString('utf8'), config);
}

/**
 * Where the data of a run are.
 *
 * @param given where they are said to be now, which may be another place than when it was begun
 * @throws CdsvaeError `input` where they are not where the run had them, and nobody said where they are
 */
export function dataOfRun(run: string, { data }: Pick<Settings, 'data'>, given?: string): string {
  if (given !== undefined) return given;
  if (BUILT_IN_DATASETS.includes(data) || existsSync(data)) return data;
  throw new CdsvaeError('input', `${data}, which ${run} was trained on, is not there; say where it is by --data DIR`);
}

/** Which data a model is of. */
export interface ModelSource {
  /** A dataset folder or a built-in name. */
  readonly data: string;
  /** Data seed of endless ones: the run's; 0 where there is no run. */
  readonly seed: number;
  /** Settings of its run; none for a model folder. */
  readonly settings: Settings | undefined;
}

/**
 * Which data a model is of: those given, those of its run, or the built-in ones of the name it was trained on.
 *
 * @param folder a run folder or a model folder
 * @param trainedOn name of the data in the model's description
 * @param given where they are said to be now
 * @returns undefined where a model folder does not say where they are
 * @throws CdsvaeError `input` as {@link readRunSettings} and {@link dataOfRun}
 */
export function sourceOf(folder: string, trainedOn: string | undefined, given?: string): ModelSource | undefined {
  if (existsSync(runPaths(folder).config)) {
    const settings = readRunSettings(folder);
    return { data: dataOfRun(folder, settings, given), seed: settings.train.seed, settings };
  }
  const data = given ?? BUILT_IN_DATASETS.find((name) => name === trainedOn);
  return data === undefined ? undefined : { data, seed: 0, settings: undefined };
}

/** What data are known again by. */
export type DataFacts = ReturnType<typeof factsOf>;

/** What is remembered of data for {@link checkFacts}. */
export function factsOf(data: Dataset) {
  const { name, kind, frames, frame, divisor, factors } = data.info;
  const { size } = data.split('train')!;
  return {
    name,
    kind,
    frames,
    frame: [...frame],
    divisor,
    factors: factors.map((factor) => factor.name),
    /** Sequences to train on; null: endless. */
    train: Number.isFinite(size) ? size : null,
  };
}

/**
 * Refuses to go on with a run on other data than it was begun with.
 *
 * @param source where these are
 * @throws CdsvaeError `input` naming what differs
 */
export function checkFacts(run: string, source: string, found: DataFacts, expected: DataFacts): void {
  for (const key of Object.keys(expected) as (keyof DataFacts)[]) {
    const [is, was] = [JSON.stringify(found[key]), JSON.stringify(expected[key])];
    if (is === was) continue;
    const what = key === 'train' ? 'sequences to train on:' : key;
    throw new CdsvaeError(
      'input',
      `${source}: ${what} ${is} found, ${was} expected: these are not the data that ${run} was begun with; ` +
        'say where those are by --data DIR, or begin another run',
    );
  }
}
