/** What the descriptions of models and of judges have in common, in words that programs can check. */
import { z } from 'zod';
import { MOST_FEATURES } from '../model/index.js';

/** A whole number from 1. */
export const statedCount = (max: number) => z.int().min(1).max(max);

/** What one step of a sequence looks like; see `FrameShape`. */
export const statedFrame = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('video'), size: statedCount(256), channels: statedCount(64) }),
  z.strictObject({ kind: z.literal('features'), features: statedCount(MOST_FEATURES) }),
]);

/** A label of sequences; see `Factor`. */
export const statedFactor = z.strictObject({
  name: z.string(),
  type: z.enum(['static', 'dynamic']),
  classes: z.array(z.string()),
});

/** How a file is known again; see `FileFacts`. */
export const statedFile = z.strictObject({
  bytes: z.int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, '64 hexadecimal digits'),
});
