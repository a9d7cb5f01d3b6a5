/** A file of the user's as sequences. */
import { basename } from 'node:path';
import { readSequence } from '../data/clips/read.js';
import { openClip } from '../data/clips/readers.js';
import { stack } from '../trained/batch.js';
import { rawDivisor } from '../trained/description.js';
import { type FileItems, within } from './items.js';
import { type ClipContext, checkSequences, type Part, taken } from './part.js';

/**
 * A file of clips, or a folder of pictures.
 *
 * @throws CdsvaeError `usage`: fewer sequences in it; `input`: missing, damaged, or not as the model takes them
 */
export async function filePart(items: FileItems, context: ClipContext): Promise<Part> {
  const source = await openClip(items.path);
  try {
    const { path, sequences } = source;
    checkSequences(path, source, context);
    const { first, count } = within(items, path, sequences);
    const { config, description } = context.model;
    const [T, ...frame] = taken(config) as [number, ...number[]];
    const [height = 0, width = 0, channels = 0] = frame;
    const options = config.frame.kind === 'video' ? { frame: [height, width, channels] as const } : {};
    const divisor = rawDivisor(description);
    const file = basename(path);
    return {
      count,
      name: (i) => (sequences === 1 ? file : `${file}:${first + i}`),
      async read(indices) {
        const rows: Float32Array[] = [];
        for (const i of indices) {
          const { data } = await readSequence(source, { sequence: first + i, frames: T, ...options });
          rows.push(data instanceof Uint8Array ? Float32Array.from(data, (v) => v / divisor) : data);
        }
        return stack(rows, [T, ...frame]);
      },
      close: () => source.close(),
    };
  } catch (error) {
    source.close();
    throw error;
  }
}
