/** A judge's folder: `judge.json` and `weights.safetensors`. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { cacheOf, INSIDE, isClipFolder } from '../../data/clips/cache.js';
import type { DatasetInfo } from '../../data/dataset.js';
import { BUILT_IN_DATASETS } from '../../data/open.js';
import { CdsvaeError } from '../../errors.js';
import { checkedJson } from '../../formats/checked-json.js';
import { checkWritable, readWhole } from '../../formats/durable.js';
import type { FileFacts } from '../../formats/file-facts.js';
import { checkTarget } from '../../formats/replace-folder.js';
import { decodeSafetensors, safetensorsParts } from '../../formats/safetensors.js';
import { encodeOnnx } from '../../graph/index.js';
import { frameDims, MOST_FRAMES } from '../../model/index.js';
import { createSession } from '../../runtime/node.js';
import type { SessionOptions } from '../../runtime/session.js';
import type { Weights } from '../../trained/graphs.js';
import { PRETRAINED, pretrained } from '../../trained/pretrained.js';
import { statedCount, statedFactor, statedFile, statedFrame } from '../../trained/stated-parts.js';
import { floatsOf, halved } from '../../trained/weights.js';
import { readVerified, writeWholeFolder } from '../../trained/whole-folder.js';
import { Judge, type JudgeAccuracy } from './judge.js';
import { type JudgeConfig, judgeGraph } from './network.js';

const FORMAT = 'cdsvae judge 2';
const DESCRIPTION = 'judge.json';
const WEIGHTS = 'weights.safetensors';
/** What may stand in the folder; the last is of versions before this one. */
const NAMES = [DESCRIPTION, WEIGHTS, 'judge.onnx'];

const share = z.number().min(0).max(1);

const Description = z.strictObject({
  format: z.literal(
    FORMAT,
    `"${FORMAT}" expected: a judge of another version is another network; train it again (cdsvae judge DATA)`,
  ),
  network: z.strictObject({
    frame: statedFrame,
    frames: statedCount(MOST_FRAMES),
    looks: statedCount(MOST_FRAMES),
    width: statedCount(512),
    mlp: statedCount(4096),
    features: statedCount(4096),
    hidden: statedCount(4096),
    encoder: z.enum(['dense', 'pooled']),
    initialization: z.enum(['normal', 'scaled']),
    factors: z.array(statedFactor.extend({ classes: z.array(z.string()).min(1) })).min(1),
  }),
  data: z.strictObject({ name: z.string(), divisor: z.number().positive() }),
  training: z.strictObject({ steps: z.int().min(1), batch: z.int().min(1), seed: z.int().min(0), seconds: z.number() }),
  accuracy: z.strictObject({
    split: z.string(),
    sequences: z.int().min(1),
    factors: z.array(share.nullable()),
    static: share.nullable(),
    dynamic: share.nullable(),
  }),
  files: z.record(z.string(), statedFile),
});

/** A trained judge and what to say of it. */
export interface JudgeExport {
  readonly config: JudgeConfig;
  readonly weights: Weights;
  readonly data: Pick<DatasetInfo, 'name' | 'divisor'>;
  /** How it was made; `seconds` of training. */
  readonly training: {
    readonly steps: number;
    readonly batch: number;
    readonly seed: number;
    readonly seconds: number;
  };
  readonly accuracy: JudgeAccuracy;
}

/**
 * Where the judge of a dataset is unless told otherwise: in a dataset's folder, in the cache of a folder of the user's own files, or
 * `runs/judges/NAME` for a built-in one.
 */
export function judgeFolder(source: string): string {
  if (BUILT_IN_DATASETS.includes(source)) return join('runs', 'judges', source);
  return join(isClipFolder(source) ? cacheOf(source) : source, 'judge');
}

/**
 * Where the judge to evaluate by is unless told otherwise: the one of {@link judgeFolder} or, where that has not been trained, the one
 * that comes with the package, if one does for those data.
 */
export function usualJudge(source: string): string {
  const own = judgeFolder(source);
  if (hasJudge(own)) return own;
  if (PRETRAINED.includes(source)) return join(pretrained(source), 'judge');
  // In a folder that cannot be written now, one may have been trained before, or by others.
  const inside = join(source, INSIDE, 'judge');
  return hasJudge(inside) ? inside : own;
}

/** Refuses a folder that a judge cannot be written to. @throws CdsvaeError `usage`, `io` */
export function checkJudgeFolder(folder: string): void {
  checkTarget(folder, NAMES, DESCRIPTION);
  checkWritable(folder, 'folder');
}

/**
 * Writes a judge's folder, whole or not at all; an older judge there is replaced.
 *
 * @param half round its weights to half precision: half the size
 * @throws CdsvaeError `usage`: something else stands there; `input`: a weight too large for half precision; `io`
 */
export function writeJudge(folder: string, judge: JudgeExport, half = false): void {
  const { config, weights, data, training, accuracy } = judge;
  const { frame, frames, looks, width, mlp, features, hidden, encoder, initialization, factors } = config;
  writeWholeFolder(folder, NAMES, DESCRIPTION, (write) => {
    const kept = new Map(
      [...weights].map(([name, { shape, data }]) => [name, { shape, data: half ? halved(name, data) : data }]),
    );
    const files: Record<string, FileFacts> = { [WEIGHTS]: write(WEIGHTS, safetensorsParts(kept, { format: 'pt' })) };
    const description = {
      format: FORMAT,
      network: {
        frame,
        frames,
        looks,
        width,
        mlp,
        features,
        hidden,
        encoder,
        initialization,
        factors: factors.map(({ name, type, classes }) => ({ name, type, classes })),
      },
      data: { name: data.name, divisor: data.divisor },
      training,
      accuracy,
      files,
    };
    write(DESCRIPTION, [new TextEncoder().encode(`${JSON.stringify(description, null, 2)}\n`)]);
  });
}

/** Whether a judge is there. */
export function hasJudge(folder: string): boolean {
  return existsSync(join(folder, DESCRIPTION));
}

/**
 * Loads a judge.
 *
 * @throws CdsvaeError `input`: no judge there, or a file of it missing or damaged; `runtime`: the engine refuses
 *
 * @example
 * const judge = await loadJudge('datasets/sprites/judge');
 * const [action] = await judge.judge(clips);
 */
export async function loadJudge(folder: string, options: SessionOptions = {}): Promise<Judge> {
  const { config, weights, accuracy, hash } = readJudge(folder);
  return new Judge(config, await createSession(encodeOnnx(judgeGraph(config, weights)), options), accuracy, hash);
}

/**
 * Reads a judge without making it ready to judge.
 *
 * @returns with it the SHA-256 of its weights' file
 * @throws CdsvaeError `input`: no judge there, or a file of it missing or damaged
 */
export function readJudge(folder: string): JudgeExport & { readonly hash: string } {
  if (!hasJudge(folder)) {
    throw new CdsvaeError(
      'input',
      `${folder}: no ${DESCRIPTION} in it; the folder of a judge that cdsvae judge made is expected`,
    );
  }
  const file = join(folder, DESCRIPTION);
  const text = readWhole(file).toString('utf8');
  const { network, data, training, accuracy, files } = checkedJson(text, file, Description);
  if (accuracy.factors.length !== network.factors.length || network.looks > network.frames) {
    throw new CdsvaeError('input', `${file}: its fields do not fit together; train the judge again`);
  }
  const path = join(folder, WEIGHTS);
  const bytes = readVerified(folder, WEIGHTS, { file: DESCRIPTION, files });
  const weights: Weights = new Map(
    [...decodeSafetensors(bytes, path).tensors].map(([name, { shape, data: numbers }]) => {
      const values = floatsOf(numbers);
      if (!values)
        throw new CdsvaeError('input', `${path}: "${name}" holds ${numbers.constructor.name}; floats expected`);
      return [name, { shape, data: values }];
    }),
  );
  return { config: network, weights, data, training, accuracy, hash: files[WEIGHTS]!.sha256 };
}

/**
 * Refuses a judge of other sequences than those to be judged.
 *
 * @param folder names it in the error
 * @param made shape of the sequences, and the labels their data have
 * @throws CdsvaeError `input` naming what differs
 */
export function checkJudge(
  judge: Judge,
  folder: string,
  made: Pick<DatasetInfo, 'name' | 'frames' | 'frame' | 'factors'>,
): void {
  const { frame, frames } = judge.config;
  const shape = [frames, ...frameDims(frame)];
  const fail = (what: string): never => {
    throw new CdsvaeError(
      'input',
      `${folder}: a judge ${what}; train one on the data of the run (cdsvae judge DATA), or give another by --judge`,
    );
  };
  const found = [made.frames, ...made.frame];
  if (shape.join() !== found.join()) fail(`of sequences [${shape}], but those of "${made.name}" are [${found}]`);
  for (const { name, type, classes } of judge.factors) {
    const own = made.factors.find((f) => f.name === name);
    if (own === undefined)
      fail(
        `of ${name}, which "${made.name}" has no labels of (it has ${made.factors.map((f) => f.name).join(', ') || 'none'})`,
      );
    if (own!.type !== type) fail(`to which ${name} is ${type}; to "${made.name}" it is ${own!.type}`);
    if (own!.classes.join('\n') !== classes.join('\n')) {
      fail(
        `of ${name} in classes ${classes.slice(0, 3).join(', ')} …; those of "${made.name}" are ${own!.classes.slice(0, 3).join(', ')} …`,
      );
    }
  }
}
