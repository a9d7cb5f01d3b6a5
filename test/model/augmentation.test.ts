import { describe, expect, test } from 'vitest';
import { encodeOnnx, Graph, gradients, sum, type Tensor } from '../../src/graph/index.js';
import {
  type Coders,
  codersOf,
  frameDims,
  type ModelConfig,
  type ModelInputs,
  trainingCoder,
  trainingPass,
} from '../../src/model/index.js';
import { FlatParameters, type NormMode } from '../../src/nn/index.js';
import { Random } from '../../src/random.js';
import { createSession } from '../../src/runtime/node.js';
import type { Value } from '../../src/runtime/session.js';
import { modelLayout } from '../../src/train/step.js';
import { expectClose, numbers, toValue } from '../graph/check.js';
import { littleModel } from './little-model.js';

const BATCH = 3;
const FRAMES = 5;
const ORDER = [3, 0, 4, 1, 2];

const video = littleModel({
  frame: { kind: 'video', size: 32, channels: 2 },
  frames: FRAMES,
  width: 3,
  mlp: 7,
  features: 6,
  hidden: 5,
  dynamic: 3,
});
const features: ModelConfig = { ...video, frame: { kind: 'features', features: 9 } };

const cases: [string, ModelConfig, Coders][] = (['causal', 'smoothing'] as const).flatMap((posterior) => {
  const [v, f] = [
    { ...video, posterior },
    { ...features, posterior },
  ];
  return [
    [`video, ${posterior}`, v, codersOf(v)],
    [`video, ${posterior}, fast`, v, codersOf(v, trainingCoder)],
    [`features, ${posterior}`, f, codersOf(f)],
  ] as [string, ModelConfig, Coders][];
});

/** The frames of a batch in another order, moved one by one. */
function permuted(x: Value, order: readonly number[]): Value {
  const size = x.data.length / (BATCH * FRAMES);
  const data = new Float64Array(x.data.length);
  for (let b = 0; b < BATCH; b++) {
    order.forEach((from, t) => {
      for (let i = 0; i < size; i++) {
        data[(b * FRAMES + t) * size + i] = Number(x.data[(b * FRAMES + from) * size + i]);
      }
    });
  }
  return { ...x, data };
}

/**
 * Mean of q(s | x^c) in two ways: by permuting the features of x, as training does, and by encoding x^c as a batch of its
 * own. For both its values, the gradient of their sum, and the running statistics after it.
 */
async function contentViews(config: ModelConfig, coders: Coders, mode: NormMode) {
  const graph = new Graph('float64');
  const layout = modelLayout(config, coders);
  const { parameters, buffers } = layout;
  const flat = graph.input('parameters', [parameters.size]);
  const kept = buffers.size > 0 ? graph.input('buffers', [buffers.size]) : undefined;
  const shape = [BATCH, FRAMES, ...frameDims(config.frame)];
  const trajectory = [BATCH, FRAMES, config.dynamic];
  const inputs = (x: Tensor): ModelInputs => ({
    x,
    motion: graph.constant(numbers(shape, 40, 0, 1).data, shape),
    order: graph.constant(ORDER, [FRAMES], 'int32'),
    inverse: graph.constant(
      ORDER.map((_, t) => ORDER.indexOf(t)),
      [FRAMES],
      'int32',
    ),
    noiseStatic: graph.constant(numbers([BATCH, config.static], 41).data, [BATCH, config.static]),
    noiseDynamic: graph.constant(numbers(trajectory, 42).data, trajectory),
    noiseMotion: graph.constant(numbers(trajectory, 43).data, trajectory),
  });
  const pass = (name: string) => {
    const source = new FlatParameters(graph, layout, { parameters: flat, buffers: kept });
    return { source, out: trainingPass(source, config, coders, inputs(graph.input(name, shape)), mode) };
  };
  const [own, view] = [pass('x'), pass('xc')];
  const means = { permuted: own.out.contentMean, encoded: view.out.s.mean, original: own.out.s.mean };
  for (const [name, mean] of Object.entries(means)) {
    graph.output(name, mean);
    // Running statistics are for models that are done.
    if (mode !== 'running') graph.output(`${name} gradient`, gradients(sum(mean), [flat])[0]!);
  }
  if (kept && mode === 'train') {
    graph.output('permuted buffers', own.source.updatedBuffers());
    graph.output('encoded buffers', view.source.updatedBuffers());
  }
  const session = await createSession(encodeOnnx(graph), { threads: 1 });
  try {
    const x = toValue(numbers(shape, 44, 0, 1), 'float64');
    const found = await session.run({
      parameters: { type: 'float64', shape: [parameters.size], data: parameters.initialize(3) },
      ...(kept && {
        buffers: {
          type: 'float64' as const,
          shape: [buffers.size],
          // Not the first ones, of which the running statistics would hide a mistake. All positive: some are variances.
          data: Random.of(5, 'buffers')
            .normals(new Float64Array(buffers.size))
            .map((v) => 1 + 0.1 * Math.abs(v)),
        },
      }),
      x,
      xc: permuted(x, ORDER),
    });
    // The decoder's are those of its input, which s is part of.
    const statistics = (name: string) => {
      const named = layout.buffers.toNamed(found[name]!.data as Float64Array);
      return [...named].flatMap(([key, { data }]) => (key.startsWith('encoder.') ? [...data] : []));
    };
    return {
      values: Object.fromEntries(Object.keys(means).map((name) => [name, floats(found[name])])),
      gradients:
        mode === 'running'
          ? undefined
          : Object.fromEntries(Object.keys(means).map((name) => [name, floats(found[`${name} gradient`])])),
      statistics:
        kept && mode === 'train'
          ? { permuted: statistics('permuted buffers'), encoded: statistics('encoded buffers') }
          : undefined,
    };
  } finally {
    await session.release();
  }
}

const floats = (v: Value | undefined) => v!.data as Float64Array;
const difference = (a: Float64Array, b: Float64Array) => Math.max(...a.map((v, i) => Math.abs(v - b[i]!)));

describe.each(cases)('content view, %s', (_, config, coders) => {
  test.each(['train', 'batch', 'running'] as const)(
    'permuting features is encoding permuted frames (normalisation: %s)',
    async (mode) => {
      const found = await contentViews(config, coders, mode);
      expectClose(found.values.permuted!, found.values.encoded!, 1e-12, 'means');
      // The order matters, so that the agreement means something.
      expect(difference(found.values.permuted!, found.values.original!)).toBeGreaterThan(1e-4);
      if (found.gradients) {
        expectClose(found.gradients.permuted!, found.gradients.encoded!, 1e-10, 'gradient');
        expect(difference(found.gradients.permuted!, found.gradients.original!)).toBeGreaterThan(1e-3);
      }
      expect(found.statistics !== undefined).toBe(config.frame.kind === 'video' && mode === 'train');
      if (!found.statistics) return;
      expect(found.statistics.permuted.length).toBeGreaterThan(10);
      expectClose(found.statistics.permuted, found.statistics.encoded, 1e-12, 'running statistics');
    },
  );
});
