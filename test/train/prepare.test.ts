import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DatasetWriter } from '../../src/data/writer.js';
import { parseSettings } from '../../src/train/config-file.js';
import { beginRun } from '../../src/train/prepare.js';
import type { Settings } from '../../src/train/settings.js';
import type { TrainOptions } from '../../src/train/train.js';
import { temporaryFolder } from '../cli/dist.js';
import { expectFailure } from '../data/folders.js';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());
const at = (name: string) => join(folder.path, name);

/** Black pictures that are moving digits by their own word, whose preset has batches of 20 sequences and of 3 frames each. */
function writeDigits(sequences: number, frames: number): void {
  const writer = new DatasetWriter(at('few'), {
    info: {
      name: 'few',
      corpus: 'sm-mnist',
      kind: 'video',
      frames,
      frame: [16, 16, 1],
      dtype: 'uint8',
      divisor: 255,
      range: [0, 1],
      factors: [],
    },
    count: sequences + 1,
    splits: { train: [0, sequences], validation: [sequences, sequences + 1] },
  });
  writer.write(0, new Uint8Array((sequences + 1) * frames * 256));
  writer.finish();
}

/** What a run begins with, and what it has to say. */
function begin(options: TrainOptions = {}): { readonly train: Settings['train']; readonly notes: readonly string[] } {
  const notes: string[] = [];
  const { run, data, settings } = beginRun({
    data: at('few'),
    out: at('run'),
    ...options,
    onEvent: (e) => e.type === 'note' && notes.push(e.text),
  });
  data.close();
  expect(parseSettings(run.config, 'config.yaml')).toEqual(settings);
  run.close();
  return { train: settings.train, notes };
}

describe('batches of a preset', () => {
  test('are those of the preset where the data suffice, which needs no words', () => {
    writeDigits(20, 3);
    expect(begin()).toMatchObject({ train: { batch: 20, frames: 3 }, notes: [] });
  });

  test('are as large as the data allow, and said to be', () => {
    writeDigits(7, 2);
    const notes = [
      'train.batch is 7, as "few" has fewer than the preset\'s 20',
      'train.frames is 2, as "few" has fewer than the preset\'s 3',
    ];
    expect(begin()).toMatchObject({ train: { batch: 7, frames: 2 }, notes });
  });

  test('are not spoken of where they are given by hand, and then refused where they are too large', () => {
    writeDigits(7, 2);
    expect(begin({ batch: 4, set: ['train.frames=1'] })).toMatchObject({ train: { batch: 4, frames: 1 }, notes: [] });
    const other = { out: at('other') };
    expectFailure(() => begin({ ...other, batch: 8 }), 'usage', /train\.batch is 8, but "few" has only 7 sequences/);
    expectFailure(() => begin({ ...other, set: ['train.batch=20'] }), 'usage', /train\.batch is 20/);
    expectFailure(() => begin({ ...other, set: ['train.frames=3'] }), 'usage', /train\.frames is 3, .* have 2/);
    expect(existsSync(at('other'))).toBe(false);
  });

  test('of a single sequence cannot be', () => {
    writeDigits(1, 2);
    expectFailure(() => begin(), 'input', /"few" has one sequence to train on; two at least are expected/);
  });
});
