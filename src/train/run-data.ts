/** The data of a run: where they are, and whether they are still the same. */
import { existsSync } from 'node:fs';
import type { Dataset } from '../data/dataset.js';
import { BUILT_IN_DATASETS } from '../data/open.js';
import { CdsvaeError } from '../errors.js';
import type { Settings } from './settings.js';

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
