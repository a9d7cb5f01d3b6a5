/** Folders that training makes, told by what is in them: no picture there is a clip of the user's. */
import { CdsvaeError } from '../errors.js';
import { RUN_NAMES } from '../formats/run-paths.js';

/** Whether these are the names in the folder of a run. */
export function isRun(names: readonly string[]): boolean {
  const { config, checkpoints, metrics } = RUN_NAMES;
  return names.includes(config) && (names.includes(checkpoints) || names.includes(metrics));
}

/** Whether these are the names in the folder of a judge. */
export function isJudge(names: readonly string[]): boolean {
  return names.includes('judge.json');
}

/** A run was given where data are expected. */
export function runFound(folder: string): CdsvaeError {
  return new CdsvaeError(
    'input',
    `${folder}: a run found, data expected; to go on with the run: cdsvae train --out ${folder} --resume`,
  );
}
