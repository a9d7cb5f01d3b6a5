/** Trainings so little that a step takes milliseconds. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect } from 'vitest';
import { DatasetWriter } from '../../src/data/writer.js';
import type { CdsvaeError } from '../../src/errors.js';
import { listCheckpoints } from '../../src/train/checkpoint.js';
import { readMetrics } from '../../src/train/metrics-log.js';
import type { TrainOptions, TrainResult } from '../../src/train/train.js';
import { ROOT, requireDist, temporaryFolder, writeLittleData } from '../cli/dist.js';

/** A temporary folder for each test of a file. @returns paths in it */
export function freshFolder(): (name: string) => string {
  let folder: ReturnType<typeof temporaryFolder>;
  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(() => folder.remove());
  return (name) => join(folder.path, name);
}

/** Settings of a model as little as the data of {@link writeLittleData}. */
export const LITTLE = ['mlp=8', 'features=6', 'hidden=5', 'static=4', 'dynamic=3'].map((s) => `model.${s}`);

/** Trains by the compiled package: its thread that prepares batches is a file of it. */
export async function train({ set = [], ...options }: TrainOptions): Promise<TrainResult> {
  requireDist();
  const entry = pathToFileURL(join(ROOT, 'dist', 'index.js')).href;
  const library = (await import(entry)) as typeof import('../../src/index.js');
  return library.train({
    ...(options.resume ? { set } : { batch: 4, threads: 1, set: [...LITTLE, ...set] }),
    ...options,
  });
}

/** The error that a promise ends with. */
export async function failure(promise: Promise<unknown>): Promise<CdsvaeError> {
  const error = await promise.then(
    () => expect.fail('it ended without an error'),
    (e: unknown) => e as CdsvaeError,
  );
  expect(error.name, String(error.stack)).toBe('CdsvaeError');
  return error;
}

/** A dataset of features T = 4, F = 6 with a value for each place. */
export function writeFeatures(
  path: string,
  value: (sequence: number, place: number) => number,
  splits: { train: [number, number]; validation: [number, number] },
): void {
  const count = splits.validation[1];
  const writer = new DatasetWriter(path, {
    info: {
      name: basename(path),
      kind: 'array',
      frames: 4,
      frame: [6],
      dtype: 'float32',
      divisor: 1,
      range: [-1e31, 1e31],
      factors: [],
    },
    count,
    splits,
  });
  writer.write(
    0,
    Float32Array.from({ length: count * 24 }, (_, i) => value(Math.floor(i / 24), i % 24)),
  );
  writer.finish();
}

/** Every file of a checkpoint as text. */
export const checkpointFiles = (run: string, step: number) => {
  const path = join(run, 'checkpoints', `step-${step}`);
  return Object.fromEntries(readdirSync(path).map((f) => [f, readFileSync(join(path, f), 'latin1')]));
};
/** What a run has logged. */
export const metricsOf = (run: string) => readMetrics(join(run, 'metrics.jsonl'));
/** Steps of the checkpoints that a run has. */
export const stepsKept = (run: string) => listCheckpoints(run).map((c) => c.step);
