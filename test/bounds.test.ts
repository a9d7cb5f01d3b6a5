import { describe, expect, test } from 'vitest';
import { checkNames, checkOneOf } from '../src/bounds.js';
import type { ClipsOptions } from '../src/data/clips/folder.js';
import { prepareMug } from '../src/data/mug.js';
import { prepareSpeech } from '../src/data/speech.js';
import { evaluate } from '../src/evaluate/evaluate.js';
import { trainJudge } from '../src/evaluate/judge/train.js';
import { colormap } from '../src/picture/colormap.js';
import { exportRun } from '../src/train/export-run.js';

describe('options', () => {
  test('words are those that there are', () => {
    expect(() => checkOneOf('mode', 'cut', ['auto', 'cut'])).not.toThrow();
    expect(() => checkOneOf('mode', 'cutt', ['auto', 'cut'])).toThrow('mode is "cutt"; did you mean "cut"');
    expect(() => checkOneOf('mode', 7, ['auto', 'cut'])).toThrow('mode is 7; valid: auto, cut');
  });

  test('names are those that there are', () => {
    const known: Record<keyof Pick<ClipsOptions, 'frames' | 'size'>, true> = { frames: true, size: true };
    expect(() => checkNames('prepareClips', { frames: 8 } as { frames: number; size: number }, known)).not.toThrow();
    expect(() =>
      checkNames('prepareClips', { frame: 8 } as unknown as { frames: number; size: number }, known),
    ).toThrow('prepareClips has no option "frame"; did you mean "frames"?');
  });

  test('misspelt, they are refused before anything is read', async () => {
    const usage = { code: 'usage', message: expect.stringMatching(/did you mean|valid:/) };
    await expect(exportRun('nowhere', 'out', 'bset' as 'best')).rejects.toMatchObject(usage);
    await expect(prepareSpeech({ from: '.', out: 'out', layout: 'timt' as 'timit' })).rejects.toMatchObject(usage);
    await expect(prepareMug({ from: '.', out: 'out', holdOut: 'vido' as 'video' })).rejects.toMatchObject(usage);
    await expect(evaluate('nowhere', { repeat: 1 } as object)).rejects.toMatchObject(usage);
    await expect(trainJudge({ data: 'nowhere', step: 2 } as { data: string })).rejects.toMatchObject(usage);
    expect(() => colormap('nope' as 'magma')).toThrow('colormap is "nope"; valid: magma, viridis');
  });
});
