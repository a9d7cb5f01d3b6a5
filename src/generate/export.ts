import { createHash } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { CdsvaeError } from '../errors.js';
import { syncFolder, writeFailure } from '../formats/npy-file.js';
import type { ModelConfig } from '../model/index.js';
import { encodeModelGraph, MODEL_GRAPHS } from './create.js';
import {
  DESCRIPTION_FILE,
  encodeDescription,
  type FileFacts,
  type ModelData,
  type ModelDescription,
  WEIGHTS_FILE,
} from './description.js';
import type { Weights } from './graphs.js';
import { encodeWeights } from './weights.js';

export { createModel } from './create.js';

/** A trained model and what to say of it. */
export interface ModelExport {
  readonly config: ModelConfig;
  readonly weights: Weights;
  readonly data: ModelData;
  /** Training steps done. */
  readonly steps: number;
  /** Anything worth knowing about how it was made, kept in `model.json`. */
  readonly about?: string;
}

const FILES: readonly string[] = [DESCRIPTION_FILE, WEIGHTS_FILE, ...MODEL_GRAPHS.map((name) => `${name}.onnx`)];

/**
 * Writes a model folder: `model.json`, `weights.safetensors` (a PyTorch state dict), `encoder.onnx`, `decoder.onnx`,
 * `prior.onnx`. It appears whole or not at all; an older model folder of that name is replaced.
 *
 * @param folder to be made; folders above it are made as needed
 * @throws CdsvaeError `usage`: something other than a model stands there; `input`: weights that are not the
 *   configuration's; `io`: cannot be written. An older folder then stays as it was.
 *
 * @example
 * writeModel('runs/digits/model', { config, weights, steps: 2000, data: dataset.info });
 */
export async function writeModel(folder: string, model: ModelExport): Promise<void> {
  const target = resolve(folder);
  const temporary = join(dirname(target), `.saving-${basename(target)}`);
  const replaced = join(dirname(target), `.replaced-${basename(target)}`);
  const { config, weights, data, steps, about } = model;
  const files: Record<string, FileFacts> = {};
  try {
    recover(target, replaced);
    checkTarget(target);
    mkdirSync(dirname(target), { recursive: true });
    // One that a crash left behind.
    rmSync(temporary, { recursive: true, force: true });
    mkdirSync(temporary);
    const write = (name: string, parts: readonly Uint8Array[]) => {
      files[name] = writeParts(join(temporary, name), parts);
    };
    write(WEIGHTS_FILE, encodeWeights(config, weights, steps));
    for (const name of MODEL_GRAPHS) write(`${name}.onnx`, [encodeModelGraph(name, config, weights)]);
    const { name, kind, divisor, range, factors } = data;
    const description: ModelDescription = {
      model: config,
      data: { name, kind, divisor, range, factors },
      training: { steps, ...(about !== undefined && { about }) },
      files,
    };
    writeParts(join(temporary, DESCRIPTION_FILE), [new TextEncoder().encode(encodeDescription(description))]);
    syncFolder(temporary);
    putInPlace(temporary, target, replaced);
  } catch (cause) {
    discard(temporary);
    throw writeFailure(target, cause);
  }
}

/** A crash between two renames leaves the older model under another name: it counts until the new one is in place. */
function recover(target: string, replaced: string): void {
  if (statSync(replaced, { throwIfNoEntry: false }) === undefined) return;
  if (statSync(target, { throwIfNoEntry: false }) === undefined) renameSync(replaced, target);
  else rmSync(replaced, { recursive: true, force: true });
}

function putInPlace(temporary: string, target: string, replaced: string): void {
  const replaces = statSync(target, { throwIfNoEntry: false }) !== undefined;
  // A folder that holds something cannot be renamed over.
  if (replaces) renameSync(target, replaced);
  try {
    renameSync(temporary, target);
  } catch (error) {
    if (replaces) renameSync(replaced, target);
    throw error;
  }
  syncFolder(dirname(target));
  discard(replaced);
}

/** Refuses to replace anything but a model folder; an empty folder loses nothing. */
function checkTarget(target: string): void {
  const stat = statSync(target, { throwIfNoEntry: false });
  if (stat === undefined) return;
  const refuse = (what: string): never => {
    throw new CdsvaeError('usage', `${target}: ${what} stands there; choose another name`);
  };
  if (!stat.isDirectory()) refuse('a file');
  const others = readdirSync(target).filter((name) => !FILES.includes(name));
  if (others.length > 0) refuse(`a folder with other things (${others.slice(0, 3).join(', ')})`);
}

/** Writes a file, flushes it, and gives its size and hash. */
function writeParts(path: string, parts: readonly Uint8Array[]): FileFacts {
  const hash = createHash('sha256');
  let bytes = 0;
  const fd = openSync(path, 'w');
  try {
    for (const part of parts) {
      hash.update(part);
      for (let at = 0; at < part.byteLength; ) at += writeSync(fd, part, at, part.byteLength - at);
      bytes += part.byteLength;
    }
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** What made us give up is on its way to the user, and matters more than a rest that cannot be removed. */
function discard(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {}
}
