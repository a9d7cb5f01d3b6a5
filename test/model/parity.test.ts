import { describe, expect, test } from 'vitest';
import { type CoderConfig, codersOf, fastCoder, plainCoder, trainingCoder } from '../../src/model/index.js';
import { distance, FIXTURES, group, objectiveOf, runSteps } from './fixture.js';

/** Our names of the terms, and PyTorch's. */
const NAMES = {
  loss: 'total',
  klStatic: 'kl_s',
  klDynamic: 'kl_z',
  contrastiveStatic: 'contrastive_s',
  contrastiveDynamic: 'contrastive_z',
  mwsStaticDynamic: 'mws_trajectory_sz',
  mwsStaticDynamicFrame: 'mws_frame_sz',
  mwsStaticData: 'mws_s',
  mwsDynamicData: 'mws_z',
};

function expectTerms(
  terms: Record<string, number>,
  losses: Record<string, number>,
  likelihood: string,
  tolerance: number,
) {
  const pairs = { ...NAMES, reconstruction: `reconstruction_${likelihood}` };
  for (const [ours, theirs] of Object.entries(pairs)) {
    const expected = losses[theirs]!;
    expect(Math.abs(terms[ours]! - expected), ours).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(expected)));
  }
}

const inChunks = (config: CoderConfig) =>
  config.frame.kind === 'video' ? fastCoder(config, config.frame, 20_000) : plainCoder(config);

/** Every fixture with every coder that takes its frames; chunks so small that there are many. */
const cases = FIXTURES.flatMap((f) => {
  const plain = [f.name, f, codersOf(f.model)] as const;
  if (f.model.frame.kind !== 'video') return [plain];
  return [
    plain,
    [`${f.name}, fast`, f, codersOf(f.model, trainingCoder)] as const,
    [`${f.name}, fast in chunks`, f, codersOf(f.model, inChunks)] as const,
  ];
});

describe.each(cases)('%s agrees with PyTorch', (_, f, coders) => {
  test('float64: losses to 1e-9, gradients to 1e-7', async () => {
    const [first] = await runSteps(f, 'float64', { coders });
    expectTerms(first!.terms, f.losses, f.objective.likelihood, 1e-9);
    const gradient = group(f, 'gradient');
    expect(distance(first!.gradient, gradient)).toBeLessThan(1e-7);
    for (const [name, g] of gradient) expect(distance(first!.gradient, new Map([[name, g]])), name).toBeLessThan(1e-7);
  });

  test('float32: losses to 1e-5, gradients as near to float64 as PyTorch, within a factor of 3', async () => {
    const [first] = await runSteps(f, 'float32', { coders });
    expectTerms(first!.terms, f.losses, f.objective.likelihood, 1e-5);
    const gradient = group(f, 'gradient');
    const ours = distance(first!.gradient, gradient);
    const theirs = distance(group(f, 'gradient32'), gradient);
    expect(ours).toBeLessThan(3 * theirs);
  });

  test.skipIf(!f.steps)('float64: five steps of Adam leave the same parameters and running statistics', async () => {
    const results = await runSteps(f, 'float64', { count: 5, coders });
    results.forEach((r, i) => {
      expect(Math.abs(r.terms.loss! - f.steps![i]!)).toBeLessThan(1e-8 * f.steps![i]!);
    });
    for (const [step, r] of [
      [1, results[0]!],
      [5, results[4]!],
    ] as const) {
      expect(distance(r.parameters, group(f, `after${step}`))).toBeLessThan(1e-7);
      const buffers = group(f, `buffers_after${step}`);
      for (const name of buffers.keys()) if (name.endsWith('num_batches_tracked')) buffers.delete(name);
      if (buffers.size > 0) expect(distance(r.buffers, buffers)).toBeLessThan(1e-9);
    }
  });
});

const causal = FIXTURES[0]!;

describe.each(Object.entries(causal.variants))('objective %s agrees with PyTorch', (name, variant) => {
  test('float64: losses to 1e-9, gradients to 1e-7', async () => {
    const objective = objectiveOf(variant.objective);
    const [first] = await runSteps(causal, 'float64', { objective });
    expectTerms(first!.terms, { ...causal.losses, ...variant.losses }, objective.likelihood, 1e-9);
    const gradient = group(causal, `gradient_${name}`);
    expect(gradient.size).toBeGreaterThan(10);
    for (const [parameter, g] of gradient) {
      expect(distance(first!.gradient, new Map([[parameter, g]])), parameter).toBeLessThan(1e-7);
    }
  });
});
