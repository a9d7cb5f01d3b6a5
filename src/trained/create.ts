import { CdsvaeError } from '../errors.js';
import { encodeOnnx } from '../graph/index.js';
import type { ModelConfig } from '../model/index.js';
import type { Session, SessionFactory } from '../runtime/session.js';
import type { ModelDescription } from './description.js';
import { DESCRIPTION_FILE, WEIGHTS_FILE } from './folder-names.js';
import { decoderGraph, encoderGraph, priorGraph, type Weights } from './graphs.js';
import { Model, type ModelSessions } from './model.js';
import { loadWeights } from './weights.js';

/** The graphs of a model, by the names of their files without `.onnx`. */
export const MODEL_GRAPHS = ['encoder', 'decoder', 'prior'] as const;
export type ModelGraph = (typeof MODEL_GRAPHS)[number];

/** The file of a graph in a model folder. */
export function graphFile(name: ModelGraph): string {
  return `${name}.onnx`;
}

const BUILDERS = { encoder: encoderGraph, decoder: decoderGraph, prior: priorGraph };

/**
 * One graph of a trained model as the bytes of an ONNX file, weights within.
 *
 * @throws CdsvaeError `input` when a weight is missing or of another shape
 */
export function encodeModelGraph(name: ModelGraph, model: ModelConfig, weights: Weights): Uint8Array<ArrayBuffer> {
  return encodeOnnx(BUILDERS[name](model, weights));
}

/**
 * A model straight from its weights, without files.
 *
 * @param createSession how a graph is made ready to run: `createSession` of Node or of the browser
 * @throws CdsvaeError `input` when a weight is missing or of another shape; `runtime` when the engine refuses
 *
 * @example
 * const model = await createModel(config, weights, (bytes) => createSession(bytes, { threads: 2 }));
 */
export async function createModel(model: ModelConfig, weights: Weights, createSession: SessionFactory): Promise<Model> {
  const sessions = await createSessions((name) => createSession(encodeModelGraph(name, model, weights)));
  return new Model(model, sessions);
}

/** The files of a model folder that loading it reads. */
export function filesToLoad({ files }: ModelDescription): string[] {
  return [DESCRIPTION_FILE, ...(hasGraphs(files) ? MODEL_GRAPHS.map(graphFile) : [WEIGHTS_FILE])];
}

function hasGraphs(files: ModelDescription['files']): boolean {
  return MODEL_GRAPHS.some((name) => graphFile(name) in files);
}

/**
 * How the graphs of a model folder are come by: as its files, or, where it holds the weights alone, built from them.
 *
 * @param read gives a file of the folder, held against the description
 * @param source names the folder in errors
 * @throws CdsvaeError `input`
 */
export async function graphsOf(
  { model, files }: ModelDescription,
  read: (file: string) => Uint8Array | Promise<Uint8Array>,
  source: string,
): Promise<(name: ModelGraph) => Uint8Array | Promise<Uint8Array>> {
  if (hasGraphs(files)) return (name) => read(graphFile(name));
  const weights = loadWeights(model, await read(WEIGHTS_FILE), `${source}: ${WEIGHTS_FILE}`);
  return (name) => encodeModelGraph(name, model, weights);
}

/** Makes the three sessions of a model; when one fails, those made before it are released. */
export async function createSessions(create: (name: ModelGraph) => Promise<Session>): Promise<ModelSessions> {
  const made: Partial<Record<ModelGraph, Session>> = {};
  try {
    for (const name of MODEL_GRAPHS) made[name] = await create(name);
    return made as ModelSessions;
  } catch (error) {
    await Promise.allSettled(Object.values(made).map((s) => s.release()));
    throw error;
  }
}

/**
 * Tries out a model that came from files: a description that fits its weights but not its graphs would otherwise show itself
 * only later, in the engine's words.
 *
 * @param source names the folder in errors
 * @throws CdsvaeError `input`; the sessions are released then
 */
export async function tryOut(model: Model, source: string): Promise<Model> {
  try {
    const { s, z } = await model.sample(1);
    const { s: again, z: motion } = await model.encode(await model.decode(s, z));
    if (again.shape.join() === s.shape.join() && motion.shape.join() === z.shape.join()) return model;
    throw new CdsvaeError('runtime', `s [${again.shape}] and z [${motion.shape}] of one sequence`);
  } catch (cause) {
    await model.release();
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CdsvaeError('input', `${source}: its graphs do not fit its description; export it again (${why})`, {
      cause,
    });
  }
}
