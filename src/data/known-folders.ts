/** Folders that are none of clips, though pictures lie in them, told by what else is in them. */

import { CdsvaeError } from '../errors.js';
import { RUN_NAMES } from '../formats/run-paths.js';
import { shellWord } from '../shell-word.js';

/** Whether these are the names in the folder of a run. */
export function isRun(names: readonly string[]): boolean {
  const { config, checkpoints, metrics } = RUN_NAMES;
  return names.includes(config) && (names.includes(checkpoints) || names.includes(metrics));
}

/** Whether these are the names in the folder of a judge. */
export function isJudge(names: readonly string[]): boolean {
  return names.includes('judge.json');
}

/** Whether these are the names in a folder of sprite sheets. */
export function isSpriteSheets(names: readonly string[]): boolean {
  return names.includes('body') && names.includes('hair');
}

/** A run was given where data are expected. */
export function runFound(folder: string): CdsvaeError {
  return new CdsvaeError(
    'input',
    `${folder}: a run found, data expected; to go on with the run: cdsvae train --out ${shellWord(folder)} --resume`,
  );
}
