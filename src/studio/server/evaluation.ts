import { existsSync } from 'node:fs';
import { z } from 'zod';
import { CdsvaeError } from '../../errors.js';
import type { Evaluation } from '../../evaluate/evaluation.js';
import { checkedJson } from '../../formats/checked-json.js';
import { readWhole } from '../../formats/durable.js';
import type { EvaluationFile } from '../api.js';

const summary = z.looseObject({ mean: z.number(), deviation: z.number() });
const accuracies = z.array(z.looseObject({ factor: z.string(), accuracy: z.number() }));
const direction = z.looseObject({
  kept: z.array(
    z.looseObject({ factor: z.string(), accuracy: summary, score: summary, conditional: summary, marginal: summary }),
  ),
  changed: z.array(z.looseObject({ factor: z.string(), accuracy: summary, chance: z.number() })),
});

/** What the page shows of an evaluation; the rest is passed on unseen. */
const Shown = z.looseObject({
  format: z.literal('cdsvae evaluation 1' satisfies Evaluation['format']),
  model: z.looseObject({ folder: z.string(), steps: z.number().nullable() }),
  judge: z
    .looseObject({
      folder: z.string(),
      factors: z.array(z.string()),
      accuracy: z.looseObject({
        split: z.string(),
        sequences: z.number(),
        factors: z.array(z.number().nullable()),
        static: z.number().nullable(),
        dynamic: z.number().nullable(),
      }),
    })
    .nullable(),
  data: z.looseObject({ name: z.string(), corpus: z.string().nullish(), split: z.string(), sequences: z.number() }),
  repeats: z.number(),
  dynamicFixed: direction.nullable(),
  staticFixed: direction.nullable(),
  swap: z
    .looseObject({ accuracy: summary, factors: z.array(z.looseObject({ factor: z.string(), accuracy: summary })) })
    .nullable(),
  reconstruction: z.looseObject({ errorPerValue: z.number(), judged: accuracies }),
  probes: z.array(
    z.looseObject({
      factor: z.string(),
      type: z.enum(['static', 'dynamic']),
      fromS: z.number(),
      fromZ: z.number(),
      chance: z.number(),
    }),
  ),
  mutualInformation: z
    .looseObject({
      staticData: summary,
      dynamicData: summary,
      staticDynamic: summary,
      batch: z.number(),
      dataSize: z.number(),
    })
    .nullable(),
  verification: z.array(
    z.looseObject({
      factor: z.string(),
      s: z.number(),
      z: z.number(),
      gap: z.number(),
      apart: z.string().optional(),
    }),
  ),
  leftOut: z.array(z.string()),
  warnings: z.array(z.string()),
});

/** A run's `evaluation.json`, or why it cannot be shown, which is no reason to hide the rest of the run; null: not evaluated. */
export function readEvaluation(path: string): EvaluationFile | null {
  if (!existsSync(path)) return null;
  try {
    return { found: checkedJson(readWhole(path).toString('utf8'), path, Shown) as z.infer<typeof Shown> & Evaluation };
  } catch (error) {
    if (!(error instanceof CdsvaeError)) throw error;
    return { problem: error.message };
  }
}
