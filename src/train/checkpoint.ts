import { basename, join } from 'node:path';
import { z } from 'zod';
import { CdsvaeError } from '../errors.js';
import { checkedJson } from '../formats/checked-json.js';
import {
  discard,
  type Files,
  flushFolder,
  makeFolder,
  namesIn,
  nodeFiles,
  readWhole,
  writeFlushed,
  writing,
} from '../formats/durable.js';
import { checkFileFacts, factsOfParts } from '../formats/file-facts.js';
import { replaceFolder } from '../formats/replace-folder.js';
import { checkpointPath, runPaths } from '../formats/run-paths.js';
import { decodeSafetensors, type NamedTensor, safetensorsParts } from '../formats/safetensors.js';
import { statedFile } from '../trained/stated-parts.js';
import type { Json } from './metrics-log.js';

/**
 * Checkpoints: `checkpoints/step-N/` with a safetensors file for each group of tensors, `state.json`, and `manifest.json`
 * with the size and SHA-256 of them all, written last.
 *
 * A folder named `step-N` is always a whole checkpoint: it is written and flushed under another name, then renamed. Names
 * that begin with a dot are a crash's leftovers: `.saving-` half written, `.removing-` half removed, `.replaced-` an older
 * checkpoint of the same step, which counts until the new one is in place.
 */

/** What a run needs to go on from a step. */
export interface Checkpoint {
  /** Training steps done. */
  step: number;
  /** Tensors by group; a group becomes `<name>.safetensors`, such as `weights`. */
  tensors: Record<string, Map<string, NamedTensor>>;
  /** Everything else; numbers in it must be finite, which is all that JSON has. */
  state: Json;
  /** Length of `metrics.jsonl` when the checkpoint was made, in bytes. */
  metricsBytes: number;
}

/** A checkpoint that does not verify. */
export interface DamagedCheckpoint {
  step: number;
  path: string;
  /** Names the file, what was found and what was expected. */
  error: CdsvaeError;
}

const STEP = /^(\.replaced-)?step-(0|[1-9]\d{0,15})$/;
const LEFTOVER = /^\.(saving|removing)-/;
const FORMAT = 'cdsvae checkpoint 1';
/** Node reads at most 2 GiB of a file at once. */
const LARGEST_FILE = 2 ** 31 - 1;

const Manifest = z.strictObject({
  format: z.literal(FORMAT),
  step: z.int().nonnegative(),
  files: z.array(statedFile.extend({ name: z.string().regex(/^[A-Za-z0-9][\w.-]*$/, 'a plain file name') })),
});
const State = z.strictObject({ metricsBytes: z.int().nonnegative(), state: z.json() });

/**
 * Saves a checkpoint. When this returns it is durable; when it throws, no folder of that step's name is half made and earlier
 * checkpoints are as they were.
 *
 * @param run the run folder
 * @returns the checkpoint's folder
 * @throws CdsvaeError `io` where it cannot be written, `input` where `state` holds NaN or an infinity
 */
export function saveCheckpoint(run: string, checkpoint: Checkpoint, files: Files = nodeFiles): string {
  const { step, tensors, state, metricsBytes } = checkpoint;
  const contents: [name: string, parts: Uint8Array[]][] = Object.entries(tensors).map(([group, map]) => [
    `${group}.safetensors`,
    safetensorsParts(map),
  ]);
  contents.push(['state.json', [jsonBytes({ metricsBytes, state })]]);

  const folder = checkpointsFolder(run);
  const final = checkpointPath(run, step);
  const temporary = join(folder, `.saving-step-${step}`);
  makeFolder(folder, files);
  recoverCheckpoints(run, files);
  try {
    makeFolder(temporary, files);
    const manifest: z.infer<typeof Manifest> = { format: FORMAT, step, files: [] };
    for (const [name, parts] of contents) {
      const facts = factsOfParts(parts);
      const path = join(temporary, name);
      if (facts.bytes > LARGEST_FILE) {
        throw new CdsvaeError(
          'io',
          `${path} cannot be written: ${facts.bytes} bytes, at most ${LARGEST_FILE} can be read back`,
        );
      }
      writeFlushed(path, parts, files);
      manifest.files.push({ name, ...facts });
    }
    writeFlushed(join(temporary, 'manifest.json'), [jsonBytes(Manifest.parse(manifest))], files);
    flushFolder(temporary, files);
    replaceFolder(temporary, final, files);
  } catch (error) {
    discard(temporary, files);
    throw error;
  }
  return final;
}

/**
 * Loads a checkpoint and verifies it: sizes, hashes, and that every file can be decoded.
 *
 * @param path its folder
 * @throws CdsvaeError `input` naming the file, what was found and what was expected
 */
export function loadCheckpoint(path: string, files: Files = nodeFiles): Checkpoint {
  const manifestPath = join(path, 'manifest.json');
  const manifest = checkedJson(readWhole(manifestPath, files).toString('utf8'), manifestPath, Manifest);
  const named = STEP.exec(basename(path))?.[2];
  if (named !== undefined && Number(named) !== manifest.step) {
    throw new CdsvaeError('input', `${manifestPath}: step ${manifest.step} found, ${named} expected`);
  }
  const tensors: Checkpoint['tensors'] = {};
  let state: z.infer<typeof State> | undefined;
  for (const entry of manifest.files) {
    const file = join(path, entry.name);
    const bytes = readWhole(file, files);
    checkFileFacts(file, bytes, entry);
    if (entry.name === 'state.json') state = checkedJson(bytes.toString('utf8'), file, State);
    else tensors[basename(entry.name, '.safetensors')] = decodeSafetensors(bytes, file).tensors;
  }
  if (state === undefined) throw new CdsvaeError('input', `${manifestPath}: state.json expected among its files`);
  return { step: manifest.step, tensors, ...state };
}

/**
 * Loads the newest checkpoint that verifies.
 *
 * @param run the run folder
 * @returns `checkpoint` and its folder, undefined where there is none that does; `damaged` those passed over, newest first
 */
export function loadNewest(
  run: string,
  files: Files = nodeFiles,
): { damaged: DamagedCheckpoint[] } & (
  | { checkpoint: Checkpoint; path: string }
  | { checkpoint?: undefined; path?: undefined }
) {
  const damaged: DamagedCheckpoint[] = [];
  for (const { step, path } of listCheckpoints(run, files).reverse()) {
    try {
      return { checkpoint: loadCheckpoint(path, files), path, damaged };
    } catch (error) {
      if (!(error instanceof CdsvaeError)) throw error;
      damaged.push({ step, path, error });
    }
  }
  return { damaged };
}

/** The checkpoints of a run, verified or not, by step. */
export function listCheckpoints(run: string, files: Files = nodeFiles): { step: number; path: string }[] {
  const folder = checkpointsFolder(run);
  const byStep = new Map<number, string>();
  // In alphabetical order `.replaced-step-N` comes before `step-N`, which then takes its place.
  for (const name of namesIn(folder, files)) {
    const step = STEP.exec(name)?.[2];
    if (step !== undefined) byStep.set(Number(step), join(folder, name));
  }
  return [...byStep].map(([step, path]) => ({ step, path })).sort((a, b) => a.step - b.step);
}

/**
 * Removes all checkpoints but those of `keepSteps`. Keep the newest one among them: it is what a crash falls back on.
 *
 * @throws CdsvaeError `io`
 */
export function pruneCheckpoints(run: string, keepSteps: Iterable<number>, files: Files = nodeFiles): void {
  const keep = new Set(keepSteps);
  for (const { step, path } of listCheckpoints(run, files)) if (!keep.has(step)) remove(run, path, files);
}

/**
 * Finishes what a crash interrupted: removes half-written and half-removed checkpoints, and puts back one that was about to be
 * replaced. Only for the process that holds the run's lock.
 *
 * @throws CdsvaeError `io`
 */
export function recoverCheckpoints(run: string, files: Files = nodeFiles): void {
  const folder = checkpointsFolder(run);
  const names = namesIn(folder, files);
  for (const name of names) {
    const path = join(folder, name);
    if (LEFTOVER.test(name)) {
      writing(path, () => files.rmSync(path, { recursive: true, force: true }));
      continue;
    }
    const found = STEP.exec(name);
    if (found?.[1] === undefined) continue;
    const final = `step-${found[2]}`;
    if (names.includes(final)) remove(run, path, files);
    else {
      writing(path, () => files.renameSync(path, join(folder, final)));
      flushFolder(folder, files);
    }
  }
}

function checkpointsFolder(run: string): string {
  return runPaths(run).checkpoints;
}

/** Renamed first, so that a removal that stops halfway does not look like a damaged checkpoint. */
function remove(run: string, path: string, files: Files): void {
  const removing = join(checkpointsFolder(run), `.removing-${basename(path)}`);
  writing(path, () => {
    files.rmSync(removing, { recursive: true, force: true });
    files.renameSync(path, removing);
    flushFolder(checkpointsFolder(run), files);
    files.rmSync(removing, { recursive: true, force: true });
  });
}

function jsonBytes(value: unknown): Uint8Array {
  const text = JSON.stringify(
    value,
    (key, v: unknown) => {
      if (typeof v === 'number' && !Number.isFinite(v)) {
        throw new CdsvaeError('input', `the state of a checkpoint cannot hold ${v} ("${key}")`);
      }
      return v;
    },
    2,
  );
  return Buffer.from(`${text}\n`);
}
