import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { prepareStep, stepCase } from '../../src/bench/step-case.js';
import { checkMemory, stepMemory } from '../../src/train/memory.js';
import { train } from '../../src/train/train.js';

const { model, layout } = prepareStep(stepCase({ width: 64, batch: 2 })).setup;
const parameters = layout.parameters.size;

test('the largest batch that is told fits, and one more does not', () => {
  const available = 3 * 2 ** 30;
  const message = (batch: number) => {
    try {
      checkMemory(model, parameters, batch, 1, available);
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  };
  const said = message(512)!;
  expect(said).toMatch(
    /^a step of 512 sequences takes about \d+\.\d GiB of memory, and 3\.0 GiB are free; set --batch \d+ or less$/,
  );
  const largest = Number(/--batch (\d+)/.exec(said)![1]);
  expect(largest).toBeGreaterThan(8);
  expect(message(largest)).toBeUndefined();
  expect(message(largest + 1)).toBe(said.replace('512', String(largest + 1)).replace(/about [\d.]+/, 'about 3.0'));
});

test('a model that fits with no batch at all is told so', () => {
  expect(() => checkMemory(model, parameters, 16, 1, 2 ** 29)).toThrow(
    /no batch of this model fits: set train.frames or model.width lower/,
  );
});

test('grows by a sequence and by a pair of sequences', () => {
  const at = (batch: number, of = model) => stepMemory(of, parameters, batch);
  const unpaired = { ...model, static: 0, dynamic: 0 };
  expect(at(64, unpaired) - at(32, unpaired)).toBeCloseTo(2 * (at(32, unpaired) - at(16, unpaired)), 0);
  const pairs = (batch: number) => at(batch) - at(batch, unpaired);
  expect(pairs(64)).toBeCloseTo(4 * pairs(32), 0);
  // Measured in a process of its own: 1.81 GB for 192 sequences of 20 frames of 80 features.
  const features = {
    ...model,
    frame: { kind: 'features', features: 80 },
    frames: 20,
    static: 256,
    dynamic: 64,
  } as const;
  const estimate = stepMemory(features, 2e6, 192);
  expect(estimate).toBeGreaterThan(1.7e9);
  expect(estimate).toBeLessThan(2.2e9);
});

test('training says so before it makes a folder', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cdsvae-memory-'));
  const out = join(folder, 'run');
  const huge = train({ data: 'sm-mnist', out, steps: 1, batch: 4096, set: ['model.width=512', 'train.frames=15'] });
  await expect(huge).rejects.toThrow(/^a step of 4096 sequences takes about \d+\.\d GiB of memory/);
  expect(existsSync(out)).toBe(false);
  rmSync(folder, { recursive: true });
});
