import { describe, expect, test } from 'vitest';
import { augmentFeatures, drawFeatures, FEATURE_MOTION, featureShapes, NO_MOTION } from '../../src/augment/index.js';
import { encodeOnnx, Graph } from '../../src/graph/index.js';
import { Random } from '../../src/random.js';
import { createSession } from '../../src/runtime/node.js';
import { expectFailure } from '../data/folders.js';

const shape = { batch: 3, frames: 5, features: 4 };
const range = [-2, 6] as const;
const x = Float32Array.from({ length: 60 }, (_, i) => Math.sin(i));

async function view(settings: typeof NO_MOTION) {
  const graph = new Graph();
  graph.output('view', augmentFeatures(graph.input('x', [3, 5, 4]), settings));
  const session = await createSession(encodeOnnx(graph));
  const values = drawFeatures(settings, shape, range, Random.of(1, 'motion'));
  const inputs = Object.fromEntries(
    Object.entries(featureShapes(settings, shape)).map(([name, dims]) => [
      name,
      { type: 'float32' as const, shape: dims, data: values[name]! },
    ]),
  );
  const out = await session.run({ x: { type: 'float32', shape: [3, 5, 4], data: x }, ...inputs });
  await session.release();
  return { values, out: out.view!.data as Float32Array };
}

describe('the motion view of features', () => {
  test('is gain·x + offset + noise, gain and offset the same in all frames', async () => {
    const { values, out } = await view({ ...NO_MOTION, gain: 0.5, offset: 0.25, noise: 0.1 });
    for (let i = 0; i < 60; i++) {
      const k = Math.floor(i / 20) * 4 + (i % 4);
      const expected = values['motion.gain']![k]! * x[i]! + values['motion.offset']![k]! + values['motion.noise']![i]!;
      expect(out[i]).toBeCloseTo(expected, 5);
    }
  });

  test('has nothing where all is off, and each part where it is on', async () => {
    expect((await view(NO_MOTION)).out).toEqual(x);
    expect(featureShapes(NO_MOTION, shape)).toEqual({});
    expect(Object.keys(featureShapes({ ...NO_MOTION, offset: 0.1 }, shape))).toEqual(['motion.offset']);
    expect(Object.keys((await view(FEATURE_MOTION)).values)).toEqual(['motion.gain', 'motion.offset', 'motion.noise']);
  });

  test('is drawn within its bounds, one part independent of whether the others are on', () => {
    const many = { batch: 500, frames: 1, features: 4 };
    const draw = (settings: typeof NO_MOTION) => drawFeatures(settings, many, range, Random.of(2, 'motion'));
    const all = draw({ ...NO_MOTION, gain: 0.5, offset: 0.25, noise: 0.1 });
    const [gain, offset] = [all['motion.gain']!, all['motion.offset']!];
    expect(Math.min(...gain)).toBeGreaterThan(0.5 - 1e-6);
    expect(Math.min(...gain)).toBeLessThan(0.51);
    expect(Math.max(...gain)).toBeLessThan(1.5 + 1e-6);
    expect(Math.max(...gain)).toBeGreaterThan(1.49);
    // A quarter of the range of 8.
    expect(Math.max(...offset)).toBeLessThan(2 + 1e-6);
    expect(Math.max(...offset)).toBeGreaterThan(1.98);
    const spread = Math.sqrt(all['motion.noise']!.reduce((a, v) => a + v * v, 0) / 2000);
    // Deviations are uniform from 0 to 0.8: their mean square is 0.64 / 3.
    expect(spread).toBeCloseTo(Math.sqrt(0.64 / 3), 1);
    expect(draw({ ...NO_MOTION, offset: 0.25 })['motion.offset']).toEqual(offset);
  });

  test('refuses strengths out of range', () => {
    const graph = new Graph();
    const input = graph.input('x', [3, 5, 4]);
    expectFailure(() => augmentFeatures(input, { ...NO_MOTION, gain: 2 }), 'usage', /gain = 2, from 0 \(off\) to 1/);
  });
});
