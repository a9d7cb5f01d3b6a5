import { expect, test } from 'vitest';
import { add, encodeOnnx, Graph, type Tensor } from '../../src/graph/index.js';
import type { Gaussian, ModelConfig, ModelOutputs } from '../../src/model/index.js';
import { type ObjectiveConfig, objective, TERMS } from '../../src/objective/index.js';
import { createSession } from '../../src/runtime/node.js';
import { at, feed, type Numbers, numbers } from '../graph/check.js';

const [B, T, F, S, D] = [3, 4, 5, 2, 2];
const model = { frame: { kind: 'features', features: F }, frames: T } as ModelConfig;
const x = numbers([B, T, F], 1);
const logits = numbers([B, T, F], 2);

/** Terms by name of an objective, on distributions drawn at random. */
async function terms(config: ObjectiveConfig): Promise<Record<string, number>> {
  const graph = new Graph('float64');
  const constant = (v: Numbers) => graph.constant(v.data, v.shape);
  const gaussian = (shape: number[], seed: number): Gaussian & { sample: Tensor } => {
    const [mean, logvar] = [constant(numbers(shape, seed)), constant(numbers(shape, seed + 1))];
    return { mean, logvar, sample: add(mean, constant(numbers(shape, seed + 2))) };
  };
  const [frames, drawn] = [x, logits].map((v, i) => graph.input(`x${i}`, v.shape)) as [Tensor, Tensor];
  const out: ModelOutputs = {
    s: gaussian([B, S], 10),
    contentMean: constant(numbers([B, S], 20)),
    z: gaussian([T, B, D], 30),
    motionMean: constant(numbers([T, B, D], 40)),
    prior: gaussian([T, B, D], 50),
    logits: drawn,
  };
  const found = objective(model, config, frames, out);
  for (const name of TERMS) graph.output(name, found[name]);
  const session = await createSession(encodeOnnx(graph), { threads: 1 });
  const values = await session.run(feed(graph, [x, logits]));
  await session.release();
  return Object.fromEntries(TERMS.map((name) => [name, Number(values[name]!.data[0])]));
}

const weights: ObjectiveConfig = {
  likelihood: 'gaussian',
  motionPrecision: 3,
  alphaStatic: 0.7,
  alphaDynamic: 0.3,
  alphaDynamicEnd: null,
  betaStatic: 5,
  betaDynamic: 11,
  gamma: 0.9,
  temperature: 0.5,
  mws: 'trajectory',
  mutualInformation: 'contrastive',
  dataSize: 50,
};

/** Errors of values as they weigh: those of the mean over time once, those around it ρ times as much. */
function weighedError(precision: number): number {
  let sum = 0;
  for (let b = 0; b < B; b++)
    for (let f = 0; f < F; f++) {
      const errors = Array.from({ length: T }, (_, t) => at(x, [b, t, f]) - at(logits, [b, t, f]));
      const mean = errors.reduce((a, e) => a + e) / T;
      for (const e of errors) sum += (mean ** 2 + precision * (e - mean) ** 2) / B;
    }
  return sum;
}

test.each([
  ['as they are', {}, 'mwsStaticDynamic', ['contrastiveStatic', 'contrastiveDynamic']],
  ['step by step', { mws: 'frame' }, 'mwsStaticDynamicFrame', ['contrastiveStatic', 'contrastiveDynamic']],
  ['all by sampling', { mutualInformation: 'mws' }, 'mwsStaticDynamic', ['mwsStaticData', 'mwsDynamicData']],
] as const)('each term has the weight that is its own: %s', async (_, change, sz, [sx, zx]) => {
  const t = await terms({ ...weights, ...change });
  const expected = weighedError(3) + 0.7 * t.klStatic! + 0.3 * t.klDynamic! - 5 * t[sx]! - 11 * t[zx]! + 0.9 * t[sz]!;
  expect(t.loss).toBeCloseTo(expected, 10);
  // Were two of them equal, nothing would tell their weights apart.
  const found = [t.klStatic, t.klDynamic, t[sx], t[zx], t[sz]].map((v) => v!.toFixed(6));
  expect(new Set(found).size).toBe(5);
});

test('what is logged is not weighed, and the last α of a changing one counts unless another is given', async () => {
  const plain = await terms({ ...weights, motionPrecision: 1 });
  const other = await terms({ ...weights, alphaDynamicEnd: 2, gamma: 0, betaStatic: 0 });
  for (const name of TERMS.slice(1)) expect(other[name], name).toBe(plain[name]);
  expect(plain.reconstruction).toBeCloseTo(weighedError(1), 10);
  expect(other.loss).toBeCloseTo(
    weighedError(3) + 0.7 * other.klStatic! + 2 * other.klDynamic! - 11 * other.contrastiveDynamic!,
    10,
  );
});
