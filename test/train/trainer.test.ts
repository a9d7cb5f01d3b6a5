import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { openDataset } from '../../src/data/open.js';
import { CdsvaeError } from '../../src/errors.js';
import { createSession } from '../../src/runtime/node.js';
import { prepareBatch } from '../../src/train/batches.js';
import { experiment } from '../../src/train/experiment.js';
import { defaultSettings } from '../../src/train/presets.js';
import { assign } from '../../src/train/settings.js';
import { allFinite, Trainer } from '../../src/train/trainer.js';
import { writeLittleData } from '../cli/dist.js';
import { freshFolder, LITTLE } from './little-training.js';

const at = freshFolder();

describe('Trainer', () => {
  /** A trainer of a little model, its data and its batches. */
  async function little(set: string[]) {
    if (!existsSync(at('little'))) writeLittleData(at('little'));
    const data = openDataset(at('little'));
    const defaults = {
      data: at('little'),
      kind: 'video' as const,
      preset: 'compact' as const,
      objective: 'cdsvae' as const,
      threads: 1,
    };
    const settings = assign(defaultSettings(defaults), [
      ...LITTLE,
      'train.batch=4',
      'objective.alphaDynamicEnd=null',
      ...set,
    ]);
    const split = data.split('train')!;
    const { config, parts, layout, plan } = experiment(settings, data.info, split.size);
    const trainer = await Trainer.create([{ config, parts }], layout, 3, (m) => createSession(m, { threads: 1 }));
    const batch = (step: number) => prepareBatch(plan, 'train', data.info, split, step - 1);
    const release = async () => {
      data.close();
      await trainer.release();
    };
    return { trainer, batch, release };
  }
  /** One vector of the state, flat. */
  const vector = (trainer: Trainer, name: string) =>
    Float64Array.from([...trainer.save()[name]!.values()].flatMap((t) => Array.from(t.data as Float32Array)));

  test('has no state but the weights and the moments, and the weights are the model', async () => {
    const { trainer, batch, release } = await little([]);
    await trainer.step(1, 0.05, batch(1));
    expect(Object.keys(trainer.save()).sort()).toEqual(['mean', 'parameters', 'variance']);
    const model = [...trainer.weights().values()].flatMap((t) => Array.from(t.data));
    expect(Float64Array.from(model)).toEqual(vector(trainer, 'parameters'));
    await release();
  });

  test('keeps its state where a step gives what is not finite, and goes on from it', async () => {
    const { trainer, batch, release } = await little([]);
    await trainer.step(1, 0.01, batch(1));
    const before = trainer.save();
    const spoilt = batch(2);
    (spoilt.x!.data as Float32Array)[7] = Number.POSITIVE_INFINITY;
    const terms = await trainer.step(2, 0.01, spoilt);
    expect(allFinite(terms)).toBe(false);
    expect(trainer.save()).toEqual(before);
    const after = await trainer.step(2, 0.01, batch(2));
    expect(allFinite(after)).toBe(true);
    expect(trainer.save()).not.toEqual(before);
    await release();
  });

  test('optimizer.clip bounds the gradient that enters the moments, and the norm is logged as it was', async () => {
    const [free, clipped] = [await little([]), await little(['optimizer.clip=0.01'])];
    const terms = [
      await free.trainer.step(1, 0.01, free.batch(1)),
      await clipped.trainer.step(1, 0.01, clipped.batch(1)),
    ];
    expect(terms[0]).toEqual(terms[1]);
    expect(terms[0]!.gradientNorm).toBeGreaterThan(0.1);
    // After one step the mean is a tenth of the gradient.
    const length = (t: Trainer) => Math.hypot(...vector(t, 'mean')) / 0.1;
    expect(length(free.trainer)).toBeCloseTo(terms[0]!.gradientNorm, 3);
    expect(length(clipped.trainer)).toBeCloseTo(0.01, 5);
    await free.release();
    await clipped.release();
  });

  test('refuses a state that is not its own', async () => {
    const { trainer, release } = await little([]);
    const { variance: _, ...rest } = trainer.save();
    expect(() => trainer.restore(rest, 'step-3')).toThrow(
      new CdsvaeError('input', 'step-3: no variance.safetensors, which the model of this run calls for'),
    );
    await release();
  });
});
