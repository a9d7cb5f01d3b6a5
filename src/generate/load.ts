import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CdsvaeError } from '../errors.js';
import { readFailure } from '../formats/npy-file.js';
import { createSession } from '../runtime/node.js';
import { createSessions, tryOut } from './create.js';
import { DESCRIPTION_FILE, decodeDescription, type ModelDescription, WEIGHTS_FILE } from './description.js';
import type { Weights } from './graphs.js';
import { Model } from './model.js';
import { loadWeights } from './weights.js';

/** How a model is run. */
export interface LoadOptions {
  /** Threads of the engine. Default: the number of cores. */
  readonly threads?: number;
}

/**
 * Loads a trained model.
 *
 * @param path a run folder (its `model/` is taken) or a model folder
 * @throws CdsvaeError `input`: nothing there, or a file that is missing or damaged (size, SHA-256, content): which, what was
 *   found, what was expected; `runtime`: the engine refuses
 *
 * @example
 * const model = await load('runs/digits');
 * const { s, z } = await model.encode(clips);
 * await model.release();
 */
export async function load(path: string, options: LoadOptions = {}): Promise<Model> {
  const folder = modelFolder(path);
  const description = readDescription(folder);
  const sessions = await createSessions((name) =>
    createSession(readVerified(folder, `${name}.onnx`, description), options),
  );
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
  const bytes = readVerified(folder, WEIGHTS_FILE, description);
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
  const within = join(path, 'model');
  for (const folder of [path, within]) if (existsSync(join(folder, DESCRIPTION_FILE))) return folder;
  const advice = existsSync(join(path, 'checkpoints'))
    ? `the run has not ended: go on with it (cdsvae train --out ${path} --resume), or take the model of a checkpoint (cdsvae export ${path} --out DIR)`
    : what;
  throw new CdsvaeError('input', `${path}: neither ${DESCRIPTION_FILE} nor model/${DESCRIPTION_FILE} in it; ${advice}`);
}

function readDescription(folder: string): ModelDescription {
  const path = join(folder, DESCRIPTION_FILE);
  return decodeDescription(Buffer.from(read(path)).toString('utf8'), path);
}

function readVerified(folder: string, name: string, { files }: ModelDescription): Uint8Array {
  const path = join(folder, name);
  const expected = Object.hasOwn(files, name) ? files[name] : undefined;
  if (!expected)
    throw new CdsvaeError('input', `${path}: ${DESCRIPTION_FILE} does not list it; export the model again`);
  const bytes = read(path);
  if (bytes.byteLength !== expected.bytes) {
    const cut = bytes.byteLength < expected.bytes ? '; the file is cut short: copy it again' : '';
    throw new CdsvaeError('input', `${path}: ${bytes.byteLength} bytes found, ${expected.bytes} expected${cut}`);
  }
  const hash = createHash('sha256').update(bytes).digest('hex');
  if (hash !== expected.sha256) {
    throw new CdsvaeError(
      'input',
      `${path}: SHA-256 ${hash} found, ${expected.sha256} expected; copy it again, or export the model again`,
    );
  }
  return bytes;
}

function read(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw readFailure(path, cause);
  }
}
