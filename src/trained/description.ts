/** `model.json`: what a model folder holds, in words that programs can check. No files, so that the browser can read it too. */
import { z } from 'zod';
import type { DatasetInfo } from '../data/dataset.js';
import { audioFeatures } from '../data/manifest.js';
import { CdsvaeError } from '../errors.js';
import { checkedJson } from '../formats/checked-json.js';
import type { FileFacts } from '../formats/file-facts.js';
import { checkObjects, MOST_FRAMES, type ModelConfig, modelSettings, stages } from '../model/index.js';
import { statedCount, statedFactor, statedFile, statedFrame } from './stated-parts.js';

/** Format of the folder; another number means files that this version cannot read. */
const MODEL_FORMAT = 'cdsvae model 1';

/** What a model was trained on, and how raw values become those it takes: value = raw / divisor. */
export type ModelData = Pick<DatasetInfo, 'name' | 'kind' | 'divisor' | 'range' | 'factors' | 'audio'>;

/** What stands in `model.json`. */
export interface ModelDescription {
  /** Shapes and variant of the model. */
  readonly model: ModelConfig;
  readonly data: ModelData;
  /** How it was made. */
  readonly training: {
    /** Steps of training. */
    readonly steps: number;
    /** Name of the objective. */
    readonly objective?: string;
  };
  /** Size and SHA-256 of each other file of the folder. */
  readonly files: Readonly<Record<string, FileFacts>>;
}

/** What bytes of pictures are divided by to become values; of a model that was never in a folder nobody said: 255. */
export function rawDivisor(description: ModelDescription | undefined): number {
  return description?.data.divisor ?? 255;
}

const config = z.strictObject({ frame: statedFrame, frames: statedCount(MOST_FRAMES), ...modelSettings.shape });

const Description = z.strictObject({
  format: z.literal(MODEL_FORMAT),
  model: config,
  data: z.strictObject({
    name: z.string().min(1),
    kind: z.enum(['video', 'audio', 'array']),
    divisor: z.number().positive(),
    range: z.tuple([z.number(), z.number()]),
    factors: z.array(statedFactor),
    audio: audioFeatures.optional(),
  }),
  training: z.strictObject({ steps: z.int().min(0), objective: z.string().optional() }),
  files: z.record(z.string().regex(/^[a-z]+\.[a-z]+$/), statedFile),
});

/** The text of `model.json`. */
export function encodeDescription(description: ModelDescription): string {
  return `${JSON.stringify({ format: MODEL_FORMAT, ...description }, null, 2)}\n`;
}

/**
 * Reads the text of `model.json`.
 *
 * @param source names the file in errors
 * @throws CdsvaeError `input`: not JSON, another format, or a field at fault, what was found in it and what was expected
 */
export function decodeDescription(text: string, source: string): ModelDescription {
  const { format: _, training, ...rest } = checkedJson(text, source, Description);
  const { frame } = rest.model;
  try {
    if (frame.kind === 'video') stages(frame.size);
    checkObjects(rest.model);
  } catch (cause) {
    throw new CdsvaeError('input', `${source}: model: ${(cause as Error).message}`, { cause });
  }
  const { steps, objective } = training;
  return { ...rest, training: { steps, ...(objective !== undefined && { objective }) } };
}
