/** A recording of speech as sequences. */
import { basename } from 'node:path';
import { logMel, MEL_BANDS } from '../data/audio/log-mel.js';
import { readSound } from '../data/audio/read-sound.js';
import { atModelRate, standardize } from '../data/audio/segments.js';
import { CdsvaeError } from '../errors.js';
import { pick } from '../trained/batch.js';
import { type FileItems, within } from './items.js';
import { type ClipContext, describeShape, type Part, taken } from './part.js';

/**
 * Segments of a recording, one after another, each as long as the model takes; what is left at the end is dropped.
 *
 * @throws CdsvaeError `usage`: fewer segments in it; `input`: missing, damaged, shorter than one, or the model is not of speech
 */
export async function recordingPart(items: FileItems, { model }: ClipContext): Promise<Part> {
  const { path } = items;
  const { config, description } = model;
  const [T, ...frame] = taken(config) as [number, ...number[]];
  const audio = description?.data.audio;
  if (audio === undefined || frame.join() !== `${MEL_BANDS}`) {
    throw new CdsvaeError(
      'input',
      `${path}: a recording found; the model takes ${describeShape([T, ...frame])}, and was not trained on recordings: name the run of one that was`,
    );
  }
  const values = logMel(atModelRate(await readSound(path)));
  standardize(values, audio);
  const length = T * MEL_BANDS;
  const segments = Math.floor(values.length / length);
  if (segments === 0) {
    const there = values.length / MEL_BANDS;
    throw new CdsvaeError('input', `${path}: ${there} frames of 10 ms found, at least ${T} expected: too short`);
  }
  const { first, count } = within(items, path, segments);
  const all = { shape: [segments, T, MEL_BANDS], data: values.subarray(0, segments * length) };
  return {
    count,
    name: (i) => `${basename(path)}:${first + i}`,
    read: async (indices) =>
      pick(
        all,
        indices.map((i) => first + i),
      ),
  };
}
