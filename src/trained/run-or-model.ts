import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { RUN_NAMES } from '../formats/run-paths.js';
import { DESCRIPTION_FILE } from './folder-names.js';

/** A folder that has one of them is a run or a model, whatever else lies in it. */
export const RUN_OR_MODEL_FILES: readonly string[] = [RUN_NAMES.config, DESCRIPTION_FILE];

/** Whether a folder is that of a run or a model. */
export function isRunOrModel(folder: string): boolean {
  return RUN_OR_MODEL_FILES.some((name) => existsSync(join(folder, name)));
}
