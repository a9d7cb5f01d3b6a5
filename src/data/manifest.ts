/** `dataset.json`, the description in every dataset folder: what may stand in it, and errors in words when it does not. */
import { z } from 'zod';
import { CdsvaeError, nearest } from '../errors.js';
import { placeOf, problemOf } from '../formats/schema-issue.js';
import { CORPORA, SPLIT_NAMES } from './dataset.js';

const natural = z.number().int().min(0);
const positive = z.number().int().min(1);
const name = z.string().min(1);
/** Half-open: the first sequence, and the one after the last. */
const span = z.tuple([natural, natural]).refine(([start, stop]) => start < stop, 'at least one sequence: start < stop');
/** More classes than sequences could be told apart by are a slip. */
const MOST_CLASSES = 1e6;
const CLASSES = 'a number of classes, at most 1000000, or a list of different names';

const factor = z.strictObject({
  name,
  type: z.enum(['static', 'dynamic']),
  classes: z.union(
    [
      positive.max(MOST_CLASSES),
      z
        .array(name)
        .min(1)
        .refine((names) => new Set(names).size === names.length, CLASSES),
    ],
    CLASSES,
  ),
});

const bands = z.array(z.number()).length(80);

/** See {@link AudioFeatures}. */
export const audioFeatures = z.strictObject({
  features: z.literal('log-mel-80'),
  mean: bands,
  deviation: bands.refine((all) => all.every((d) => d > 0), '80 numbers above 0'),
});

const manifest = z.strictObject({
  /** What reports call it. */
  name,
  /** Which of the paper's data sets this is, as `cdsvae data` writes it; presets have settings for each. */
  corpus: z.enum(CORPORA).optional(),
  /** `video` for pictures, `audio` for spectra, `array` for anything else. */
  kind: z.enum(['video', 'audio', 'array']),
  /** T. Optional: `sequences.npy` says it too; where both do they must agree. The same holds for the next two. */
  frames: positive.optional(),
  /** `[H, W, C]` for video, `[F]` otherwise. */
  frame: z.array(positive).min(1).optional(),
  /** `uint8` for video, `float32` otherwise. */
  dtype: z.enum(['uint8', 'float32']).optional(),
  /** value = raw / divisor; default 255 for uint8, 1 for float32. */
  divisor: z.number().positive().optional(),
  /** Lowest and highest value after division; default [0, 255/divisor] for uint8; float32 must say. */
  range: z
    .tuple([z.number(), z.number()])
    .refine(([low, high]) => low < high, 'two numbers, lowest and highest value')
    .optional(),
  /** What the columns of `labels.npy` mean. */
  factors: z
    .array(factor)
    .refine((all) => new Set(all.map((f) => f.name)).size === all.length, 'factors of different names')
    .optional(),
  /** How sound became these values; `prepareSpeech` writes it. */
  audio: audioFeatures.optional(),
  /** K of `conversions.npy`, float32 `[M, K, T, F]`: versions of the first M sequences, those of train and validation at least. */
  conversions: positive.optional(),
  /** `[start, stop]` of each split, half-open, in the order of `sequences.npy`. */
  splits: z.strictObject({ train: span, validation: span.optional(), test: span.optional() }),
  /** Free text about what this is, who made it, and what others may do with it. */
  about: z.string().optional(),
  credit: z.string().optional(),
  licence: z.string().optional(),
});

/** Every field of a `dataset.json`. */
export const MANIFEST_FIELDS: readonly string[] = Object.keys(manifest.shape);

/** The content of a `dataset.json`. Each field is documented at its line of the schema in `manifest.ts`, and in `docs/data.md`. */
export type Manifest = z.infer<typeof manifest>;

/** The smallest `dataset.json`, shown where one is missing or not understood. */
export const MANIFEST_EXAMPLE =
  '{ "name": "mine", "kind": "video", "splits": { "train": [0, 900], "test": [900, 1000] } }';

/**
 * Reads a `dataset.json`.
 *
 * @param text its content
 * @param file its name, for errors
 * @throws CdsvaeError `input`: not JSON, or a field that is missing, unknown or of the wrong form; splits that overlap
 */
export function parseManifest(text: string, file: string): Manifest {
  let json: unknown;
  try {
    // Some editors put a mark of their byte order before the text.
    json = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CdsvaeError('input', `${file}: not JSON (${why}); one like ${MANIFEST_EXAMPLE} expected`, { cause });
  }
  const result = manifest.safeParse(json);
  if (!result.success) {
    const problems = result.error.issues.map((issue) => describe(issue, json));
    throw new CdsvaeError('input', `${file}: ${problems.join('; ')}`);
  }
  checkOverlap(result.data, file);
  return result.data;
}

function checkOverlap({ splits }: Manifest, file: string): void {
  const spans = SPLIT_NAMES.flatMap((split) => {
    const found = splits[split];
    return found === undefined ? [] : [{ split, start: found[0], stop: found[1] }];
  }).sort((a, b) => a.start - b.start);
  for (const [i, b] of spans.entries()) {
    const a = spans[i - 1];
    if (a !== undefined && b.start < a.stop) {
      throw new CdsvaeError(
        'input',
        `${file}: splits ${a.split} [${a.start}, ${a.stop}] and ${b.split} [${b.start}, ${b.stop}] found, which share ` +
          `sequences ${b.start} to ${Math.min(a.stop, b.stop) - 1}; splits without a sequence in common expected`,
      );
    }
  }
}

/** One problem as `splits.train[0]: -1 found, at least 0 expected`. */
function describe(issue: z.core.$ZodIssue, json: unknown): string {
  if (issue.code === 'unrecognized_keys') {
    const where = placeOf(issue);
    const valid = validKeys(issue.path);
    return issue.keys
      .map((key) => `unknown field "${where === '' ? key : `${where}.${key}`}"; ${nearest(key, valid)}`)
      .join('; ');
  }
  return problemOf(issue, json);
}

function validKeys(path: readonly PropertyKey[]): string[] {
  if (path[0] === 'splits') return [...SPLIT_NAMES];
  return path[0] === 'factors' ? Object.keys(factor.shape) : [...MANIFEST_FIELDS];
}
