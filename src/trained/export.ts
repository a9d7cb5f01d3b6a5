import { join, resolve } from 'node:path';
import { checkWhole } from '../bounds.js';
import type { FileFacts } from '../formats/file-facts.js';
import { checkTarget } from '../formats/replace-folder.js';
import { RUN_NAMES } from '../formats/run-paths.js';
import type { ModelConfig } from '../model/index.js';
import { encodeModelGraph, graphFile, MODEL_GRAPHS } from './create.js';
import { decodeDescription, encodeDescription, type ModelData, type ModelDescription } from './description.js';
import { DESCRIPTION_FILE, WEIGHTS_FILE } from './folder-names.js';
import type { Weights } from './graphs.js';
import { encodeWeights } from './weights.js';
import { writeWholeFolder } from './whole-folder.js';

/** A trained model and what to say of it. */
export interface ModelExport {
  readonly config: ModelConfig;
  readonly weights: Weights;
  readonly data: ModelData;
  /** Training steps done. */
  readonly steps: number;
  /** Name of the objective it was trained by. */
  readonly objective?: string;
}

/** What may stand in a model folder. An evaluation is of the model it stands beside, and goes with it. */
const FILES: readonly string[] = [DESCRIPTION_FILE, WEIGHTS_FILE, ...MODEL_GRAPHS.map(graphFile), RUN_NAMES.evaluation];

/**
 * Refuses a place where a model folder cannot come to stand.
 *
 * @throws CdsvaeError `usage`: something other than a model stands there
 */
export function checkModelTarget(folder: string): void {
  checkTarget(resolve(folder), FILES, DESCRIPTION_FILE);
}

/** How a model folder is written. */
export interface WriteModelOptions {
  /**
   * Weights alone, rounded to half precision (float16): a quarter of the size. {@link load} of Node and of the browser builds the
   * graphs from them; other programs get no `.onnx` files. Default false.
   */
  readonly half?: boolean | undefined;
}

/**
 * Writes a model folder: `model.json`, `weights.safetensors` (a PyTorch state dict), `encoder.onnx`, `decoder.onnx`,
 * `prior.onnx`. It appears whole or not at all; an older model folder of that name is replaced.
 *
 * @param folder to be made; folders above it are made as needed
 * @throws CdsvaeError `usage`: something other than a model stands there, or no whole number of steps; `input`: weights
 *   that are not the configuration's, or too large for half precision, or a description that could not be loaded again; `io`: cannot be written. An older folder then stays as it was.
 *
 * @example
 * await writeModel('runs/digits/model', { config, weights, steps: 2000, data: dataset.info });
 */
export async function writeModel(
  folder: string,
  model: ModelExport,
  { half = false }: WriteModelOptions = {},
): Promise<void> {
  const { config, weights, data, steps, objective } = model;
  checkWhole('steps', steps, 0);
  writeWholeFolder(folder, FILES, DESCRIPTION_FILE, (write) => {
    const files: Record<string, FileFacts> = {};
    files[WEIGHTS_FILE] = write(WEIGHTS_FILE, encodeWeights(config, weights, steps, half));
    for (const graph of half ? [] : MODEL_GRAPHS) {
      files[graphFile(graph)] = write(graphFile(graph), [encodeModelGraph(graph, config, weights)]);
    }
    const { name, kind, divisor, range, factors, audio } = data;
    const description: ModelDescription = {
      model: config,
      data: { name, kind, divisor, range, factors, ...(audio && { audio }) },
      training: { steps, ...(objective !== undefined && { objective }) },
      files,
    };
    const text = encodeDescription(description);
    // What could not be loaded again must not replace what can.
    decodeDescription(text, join(folder, DESCRIPTION_FILE));
    write(DESCRIPTION_FILE, [new TextEncoder().encode(text)]);
  });
}
