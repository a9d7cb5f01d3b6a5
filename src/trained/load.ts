import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { checkWhole } from '../bounds.js';
import { CdsvaeError } from '../errors.js';
import { readWhole } from '../formats/durable.js';
import { runPaths } from '../formats/run-paths.js';
import { readFailure } from '../formats/system-errors.js';
import { createSession } from '../runtime/node.js';
import { shellWord } from '../shell-word.js';
import { createSessions, graphsOf, tryOut } from './create.js';
import { decodeDescription, type ModelDescription } from './description.js';
import { DESCRIPTION_FILE, WEIGHTS_FILE } from './folder-names.js';
import type { Weights } from './graphs.js';
import { Model } from './model.js';
import { loadWeights } from './weights.js';
import { readVerified } from './whole-folder.js';

/** How a model is run. */
export interface LoadOptions {
  /** Threads of the engine. Default: the number of cores. */
  readonly threads?: number | undefined;
}

/**
 * Loads a trained model.
 *
 * @param path a run folder (its `model/` is taken) or a model folder
 * @throws CdsvaeError `input`: nothing there, or a file that is missing or damaged (size, SHA-256, content): which, what was
 *   found, what was expected; `usage`: no whole number of threads; `runtime`: the engine refuses
 *
 * @example
 * const model = await load('runs/digits');
 * const { s, z } = await model.encode(clips);
 * await model.release();
 */
export async function load(path: string, options: LoadOptions = {}): Promise<Model> {
  if (options.threads !== undefined) checkWhole('threads', options.threads, 1);
  const folder = modelFolder(path);
  const description = readDescription(folder);
  const graph = await graphsOf(description, (file) => readFile(folder, file, description), folder);
  const sessions = await createSessions(async (name) => createSession(await graph(name), options));
  return tryOut(new Model(description.model, sessions, description), folder);
}

/**
 * Reads a model folder's description and weights without making it ready to run.
 *
 * @param path as in {@link load}
 * @throws CdsvaeError `input`
 */
export function readModel(path: string): { readonly description: ModelDescription; readonly weights: Weights } {
  const folder = modelFolder(path);
  const description = readDescription(folder);
  const bytes = readFile(folder, WEIGHTS_FILE, description);
  return { description, weights: loadWeights(description.model, bytes, join(folder, WEIGHTS_FILE)) };
}

/** The model folder that a path means. */
function modelFolder(path: string): string {
  const what = 'a run folder or a model folder is expected';
  let stat: ReturnType<typeof statSync>;
  try {
    stat = statSync(path, { throwIfNoEntry: false });
  } catch (cause) {
    throw readFailure(path, cause);
  }
  if (stat === undefined) throw new CdsvaeError('input', `${path}: not found; ${what}`);
  if (!stat.isDirectory()) throw new CdsvaeError('input', `${path}: a file found; ${what}`);
  const { config, checkpoints, model } = runPaths(path);
  for (const folder of [path, model]) if (existsSync(join(folder, DESCRIPTION_FILE))) return folder;
  const begun = existsSync(config) && !existsSync(checkpoints);
  if (begun) {
    throw new CdsvaeError(
      'input',
      `${path}: the run has no model yet; go on with it (cdsvae train --out ${shellWord(path)} --resume)`,
    );
  }
  const advice = existsSync(checkpoints)
    ? `the run has not ended: go on with it (cdsvae train --out ${shellWord(path)} --resume), or take the model of a checkpoint (cdsvae export ${shellWord(path)} --out DIR)`
    : what;
  throw new CdsvaeError('input', `${path}: neither ${DESCRIPTION_FILE} nor model/${DESCRIPTION_FILE} in it; ${advice}`);
}

function readDescription(folder: string): ModelDescription {
  const path = join(folder, DESCRIPTION_FILE);
  return decodeDescription(readWhole(path).toString('utf8'), path);
}

function readFile(folder: string, name: string, { files }: ModelDescription): Uint8Array {
  return readVerified(folder, name, { file: DESCRIPTION_FILE, files });
}
