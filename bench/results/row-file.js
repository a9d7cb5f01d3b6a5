/** Rows that were run, each a small JSON file in docs/results. */
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { writeAtomic } from '../../dist/formats/durable.js';
import { Settings } from '../../dist/train/settings.js';
import { DOCS } from '../document.js';
import { nameOf, presetOf, ROWS } from './rows.js';

export const RESULTS = join(DOCS, 'results');
export const FORMAT = 'cdsvae result 1';

const spread = z.object({ mean: z.number(), deviation: z.number() });
const direction = z.object({
  kept: z
    .array(z.object({ factor: z.string(), accuracy: spread, score: spread, conditional: spread, marginal: spread }))
    .min(1),
  changed: z.array(z.object({ factor: z.string(), accuracy: spread, chance: z.number() })),
});

/** What the page needs of an evaluation; the file holds all of it (`Evaluation` in src/evaluate/evaluation.ts). */
const Evaluation = z.looseObject({
  format: z.literal('cdsvae evaluation 1'),
  data: z.object({ name: z.string(), split: z.string(), sequences: z.int().min(1) }),
  repeats: z.int().min(1),
  judge: z.object({
    factors: z.array(z.string()),
    accuracy: z.looseObject({ sequences: z.int(), factors: z.array(z.number()) }),
  }),
  dynamicFixed: direction.nullable(),
  staticFixed: direction.nullable(),
  swap: z.object({ accuracy: spread }).nullable(),
  reconstruction: z.looseObject({ errorPerValue: z.number() }),
});

const Result = z.strictObject({
  format: z.literal(FORMAT),
  row: z.strictObject({
    data: z.string(),
    objective: z.string(),
    steps: z.int().min(1).optional(),
    minutes: z.number().positive().optional(),
    variant: z.string().optional(),
    batch: z.int().nullable(),
    seed: z.int(),
  }),
  /** Every command that was begun for it; `exit` null: killed. */
  commands: z
    .array(
      z.strictObject({
        command: z.string(),
        commit: z.string().regex(/^[0-9a-f]{40}$/, '40 hexadecimal digits expected'),
        date: z.iso.datetime(),
        exit: z.int().nullable(),
      }),
    )
    .min(1),
  /** Sequences in a step, steps, and minutes over all the times training was started. */
  trained: z.strictObject({ batch: z.int().min(2), steps: z.int().min(1), minutes: z.number().positive() }),
  /** What the preset made of the run; rows older than this do not say. */
  settings: z.record(z.string(), z.record(z.string(), z.unknown())).optional(),
  machine: z.string().min(1),
  date: z.iso.datetime(),
  /** What else is to be known, such as a machine that was not quiet. */
  note: z.string().min(1).optional(),
  evaluation: Evaluation,
});

/** Where the file of a row is. */
export function fileOf(row, results = RESULTS) {
  return join(results, `${nameOf(row)}.json`);
}

/** Writes the file of a row, whole or not at all. @throws where it is not one that can be read again */
export function writeResult(result, results = RESULTS) {
  const path = fileOf(result.row, results);
  check(result, path);
  mkdirSync(results, { recursive: true });
  writeAtomic(path, `${JSON.stringify(result, null, 1)}\n`);
  return path;
}

/** The results there are, by name of the row. @throws naming the file that is not a result of a row */
export function readResults(results = RESULTS) {
  const names = existsSync(results) ? readdirSync(results).filter((name) => name.endsWith('.json')) : [];
  return new Map(names.sort().map((name) => [basename(name, '.json'), readResult(join(results, name))]));
}

/** Settings as they are stored, a setting that came later being what it was before it came. */
const Stored = Settings.pick({ model: true, objective: true, augment: true, optimizer: true });

/** Whether a row was made by the preset as it is now. */
export function isOfPreset({ row, settings }) {
  const { success, data } = Stored.safeParse(settings);
  return success && isDeepStrictEqual(data, presetOf(row));
}

function readResult(path) {
  let value;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Error(`${path}: ${error.message}`);
  }
  const result = check(value, path);
  const [found, name] = [nameOf(result.row), basename(path, '.json')];
  if (found !== name) throw new Error(`${path}: holds the row ${found}`);
  const { name: data } = result.evaluation.data;
  if (data !== result.row.data) throw new Error(`${path}: evaluated on "${data}"`);
  if (!ROWS.has(name)) throw new Error(`${path}: ${name} is no row of bench/results/rows.js`);
  return result;
}

function check(value, path) {
  const { success, data, error } = Result.safeParse(value);
  if (success) return data;
  const { path: at, message } = error.issues[0];
  throw new Error(`${path}: ${at.join('.') || 'the whole'}: ${message}`);
}
