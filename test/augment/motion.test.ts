import { describe, expect, test } from 'vitest';
import {
  augmentMotion,
  drawMotion,
  MOTION_LIMITS,
  type MotionSettings,
  motionInputs,
  NO_MOTION,
  SM_MNIST_MOTION,
  SPRITES_MOTION,
  VIDEO_MOTION,
  type VideoShape,
} from '../../src/augment/index.js';
import { CdsvaeError } from '../../src/errors.js';
import { encodeOnnx, Graph } from '../../src/graph/index.js';
import { Random } from '../../src/random.js';
import { createSession } from '../../src/runtime/node.js';
import { float32, type Value } from '../../src/runtime/session.js';
import { type Drawn, plainMotion } from './plain-motion.js';

const SHAPES: readonly VideoShape[] = [
  { batch: 3, height: 8, width: 6, channels: 1 },
  { batch: 2, height: 5, width: 7, channels: 3 },
  { batch: 2, height: 6, width: 4, channels: 2 },
];
const FRAMES = 4;
const title = (s: VideoShape) => `${s.height}×${s.width}×${s.channels}`;

/** Each change alone, then together. */
const CHANGES: Record<string, Partial<MotionSettings>> = {
  crop: { crop: 0.5 },
  'crop, black outside': { crop: 0.5, border: 'zero' },
  stretch: { stretch: 0.8 },
  'stretch, black outside': { stretch: 0.8, border: 'zero' },
  brightness: { brightness: 0.5 },
  contrast: { contrast: 0.7 },
  saturation: { saturation: 1 },
  hue: { hue: 0.5 },
  channelMix: { channelMix: 1 },
  blur: { blur: 2 },
  noise: { noise: 0.2 },
  'contrast and noise': { contrast: 0.7, noise: 0.2 },
  'stretch and hue': { stretch: 0.5, hue: 0.5 },
  everything: { ...VIDEO_MOTION, crop: 0.4, hue: 0.5, blur: 1.5 },
};

function video({ batch, height, width, channels }: VideoShape, seed = 1): Float32Array {
  const random = Random.of(seed, 'video');
  return Float32Array.from({ length: batch * FRAMES * height * width * channels }, () => random.uniform());
}

/** Runs the graph; the inputs that it has and those that were drawn must be the same. */
async function run(settings: MotionSettings, shape: VideoShape, x: Float32Array, drawn: Drawn): Promise<Float32Array> {
  const { batch, height, width, channels } = shape;
  const graph = new Graph();
  const source = graph.input('x', [batch, FRAMES, height, width, channels]);
  const y = augmentMotion(source, motionInputs(graph, shape, settings));
  expect(y.shape).toEqual(source.shape);
  graph.output('y', y);
  expect(graph.inputs.map((t) => t.name).slice(1)).toEqual(Object.keys(drawn));
  const values: Record<string, Value> = { x: float32(x, source.shape) };
  for (const t of graph.inputs.slice(1)) values[t.name] = float32(drawn[t.name]!, t.shape);
  const session = await createSession(encodeOnnx(graph), { threads: 1 });
  const result = await session.run(values);
  await session.release();
  return result.y!.data as Float32Array;
}

describe.each(SHAPES.map((s) => [title(s), s] as const))('frames of %s', (_, shape) => {
  test.each(Object.entries(CHANGES))('%s agrees with a plain loop and stays in [0, 1]', async (_name, change) => {
    const settings = { ...NO_MOTION, ...change };
    const x = video(shape);
    const drawn = drawMotion(settings, shape, Random.of(7, 'motion', 3));
    const found = await run(settings, shape, x, drawn);
    const expected = plainMotion(x, shape, FRAMES, drawn, settings.border);
    for (let i = 0; i < x.length; i++) {
      expect(Math.abs(found[i]! - expected[i]!)).toBeLessThan(5e-6);
      expect(found[i]).toBeGreaterThanOrEqual(0);
      expect(found[i]).toBeLessThanOrEqual(1);
    }
  });

  test('off is the same tensor: nothing is in the graph', () => {
    const graph = new Graph();
    const x = graph.input('x', [shape.batch, FRAMES, shape.height, shape.width, shape.channels]);
    expect(augmentMotion(x, motionInputs(graph, shape, NO_MOTION))).toBe(x);
    expect(graph.nodes).toHaveLength(0);
    expect(graph.inputs).toHaveLength(1);
    expect(drawMotion(NO_MOTION, shape, Random.of(1, 'motion'))).toEqual({});
  });

  test('drawn strengths of zero give the frames back', async () => {
    const settings = { ...VIDEO_MOTION };
    const { batch, height, width, channels } = shape;
    const drawn = drawMotion(settings, shape, Random.of(1, 'motion'));
    for (let b = 0; b < batch; b++) {
      drawn['motion.rows']!.set([(height - 1) / 2, 1], b * 2);
      drawn['motion.columns']!.set([(width - 1) / 2, 1], b * 2);
      for (let i = 0; i < channels ** 2; i++) {
        drawn['motion.colour']![b * channels ** 2 + i] = i % (channels + 1) === 0 ? 1 : 0;
      }
    }
    for (const name of ['motion.blur', 'motion.pivot', 'motion.noise']) drawn[name]!.fill(0);
    const x = video(shape);
    const found = await run(settings, shape, x, drawn);
    for (let i = 0; i < x.length; i++) expect(Math.abs(found[i]! - x[i]!)).toBeLessThan(1e-6);
  });
});

test('colour changes that these frames cannot have are not there', () => {
  const grey = { batch: 1, height: 4, width: 4, channels: 1 };
  const settings = { ...NO_MOTION, saturation: 1, hue: 0.5, channelMix: 1 };
  const graph = new Graph();
  const x = graph.input('x', [1, 2, 4, 4, 1]);
  expect(augmentMotion(x, motionInputs(graph, grey, settings))).toBe(x);
  expect(drawMotion(settings, grey, Random.of(1, 'motion'))).toEqual({});
});

describe('one draw a sequence', () => {
  test('equal frames stay equal, and sequences differ', async () => {
    const shape: VideoShape = { batch: 2, height: 8, width: 8, channels: 3 };
    const size = 8 * 8 * 3;
    const frame = video({ ...shape, batch: 1 }).subarray(0, size);
    const x = new Float32Array(2 * FRAMES * size);
    for (let i = 0; i < 2 * FRAMES; i++) x.set(frame, i * size);
    const y = await run(VIDEO_MOTION, shape, x, drawMotion(VIDEO_MOTION, shape, Random.of(1, 'motion')));
    const at = (b: number, t: number) => y.subarray((b * FRAMES + t) * size, (b * FRAMES + t + 1) * size);
    for (const b of [0, 1]) for (let t = 1; t < FRAMES; t++) expect(at(b, t)).toEqual(at(b, 0));
    expect(at(0, 0)).not.toEqual(at(1, 0));
  });

  test('a movement stays one: what steps a pixel to the right still does, by the stretch', async () => {
    const shape: VideoShape = { batch: 1, height: 32, width: 32, channels: 1 };
    const x = new Float32Array(FRAMES * 32 * 32);
    for (let t = 0; t < FRAMES; t++) {
      for (let row = 12; row < 18; row++) x.fill(1, t * 1024 + row * 32 + 10 + 2 * t, t * 1024 + row * 32 + 16 + 2 * t);
    }
    const drawn = drawMotion(SM_MNIST_MOTION, shape, Random.of(5, 'motion'));
    drawn['motion.colour']!.fill(0.8);
    drawn['motion.pivot']!.fill(0);
    const y = await run(SM_MNIST_MOTION, shape, x, drawn);
    const centre = (t: number) => {
      let [weight, moment] = [0, 0];
      for (let i = 0; i < 1024; i++) {
        weight += y[t * 1024 + i]!;
        moment += (i % 32) * y[t * 1024 + i]!;
      }
      return moment / weight;
    };
    const length = drawn['motion.columns']![1]!;
    for (let t = 1; t < FRAMES; t++) expect(centre(t) - centre(t - 1)).toBeCloseTo(2 / length, 1);
  });
});

describe('drawMotion', () => {
  const shape: VideoShape = { batch: 400, height: 6, width: 10, channels: 3 };
  const strong: MotionSettings = { ...NO_MOTION, ...MOTION_LIMITS, noise: 0.5, crop: 0.5, stretch: 0.5 };

  test('is a pure function of the generator', () => {
    const draw = (step: number) => drawMotion(strong, shape, Random.of(1, 'motion', step));
    expect(draw(4)).toEqual(draw(4));
    expect(draw(4)).not.toEqual(draw(5));
  });

  test('what is switched on or off leaves the other strengths as they were', () => {
    const all = drawMotion(strong, shape, Random.of(1, 'motion'));
    const some = drawMotion({ ...strong, noise: 0, crop: 0, stretch: 0 }, shape, Random.of(1, 'motion'));
    expect(Object.keys(some)).toEqual(['motion.blur', 'motion.colour', 'motion.pivot']);
    for (const name of Object.keys(some)) expect(some[name]).toEqual(all[name]);
  });

  test('draws within the bounds that the settings say, and uses all of them', () => {
    const drawn = drawMotion({ ...strong, stretch: 0 }, shape, Random.of(2, 'motion'));
    const lengths: number[] = [];
    for (const [name, n] of [
      ['motion.rows', shape.height],
      ['motion.columns', shape.width],
    ] as const) {
      for (let b = 0; b < shape.batch; b++) {
        const [centre, length] = drawn[name]!.subarray(2 * b, 2 * b + 2) as unknown as [number, number];
        lengths.push(length);
        // The window lies inside the frame, whose edges are half a pixel beyond the outermost centres.
        expect(centre - (length * n) / 2).toBeGreaterThanOrEqual(-0.5 - 1e-5);
        expect(centre + (length * n) / 2).toBeLessThanOrEqual(n - 0.5 + 1e-5);
      }
    }
    const spans = (values: ArrayLike<number>, low: number, high: number) => {
      const [least, most] = [Math.min(...Array.from(values)), Math.max(...Array.from(values))];
      const slack = (high - low) / 20;
      expect(least).toBeGreaterThanOrEqual(low);
      expect(most).toBeLessThanOrEqual(high);
      expect(least).toBeLessThan(low + slack);
      expect(most).toBeGreaterThan(high - slack);
    };
    spans(lengths, 0.5, 1);
    spans(drawn['motion.blur']!, 0, 16);
    const stretched = drawMotion({ ...NO_MOTION, stretch: 0.5 }, shape, Random.of(3, 'motion'));
    for (const name of ['motion.rows', 'motion.columns']) {
      spans(
        stretched[name]!.filter((_, i) => i % 2 === 1),
        1 / 1.5 - 1e-6,
        1.5 + 1e-6,
      );
    }
    const bright = drawMotion({ ...NO_MOTION, brightness: 0.4 }, { ...shape, channels: 1 }, Random.of(3, 'motion'));
    spans(bright['motion.colour']!, 0.6 - 1e-6, 1.4 + 1e-6);
  });

  test('colour keeps grey grey, and without brightness as bright as it was', () => {
    const settings: MotionSettings = { ...strong, brightness: 0 };
    const drawn = drawMotion(settings, shape, Random.of(2, 'motion'));
    for (let b = 0; b < shape.batch; b++) {
      for (let row = 0; row < 3; row++) {
        const weights = drawn['motion.colour']!.subarray(b * 9 + row * 3, b * 9 + row * 3 + 3);
        const sum = weights.reduce((a, v) => a + v, 0);
        expect(sum + drawn['motion.pivot']![b * 3 + row]!).toBeCloseTo(1, 5);
      }
    }
  });

  test('brightness multiplies what contrast leaves in place', () => {
    // The same draw without contrast: its rows add up to the brightness alone.
    const drawn = drawMotion(strong, shape, Random.of(2, 'motion'));
    const plain = drawMotion({ ...strong, contrast: 0 }, shape, Random.of(2, 'motion'));
    const rowSum = (d: typeof drawn, row: number) =>
      d['motion.colour']!.subarray(row * 3, row * 3 + 3).reduce((a, v) => a + v, 0);
    for (let row = 0; row < shape.batch * 3; row++) {
      expect(rowSum(drawn, row) + drawn['motion.pivot']![row]!).toBeCloseTo(rowSum(plain, row), 5);
    }
  });

  test('noise has the deviations asked for', () => {
    const drawn = drawMotion({ ...NO_MOTION, noise: 0.5 }, { ...shape, batch: 200 }, Random.of(2, 'motion'));
    const size = shape.height * shape.width * shape.channels;
    const deviations = Array.from({ length: 200 }, (_, b) => {
      const values = drawn['motion.noise']!.subarray(b * size, (b + 1) * size);
      return Math.sqrt(values.reduce((a, v) => a + v * v, 0) / size);
    });
    expect(Math.max(...deviations)).toBeLessThan(0.6);
    const mean = deviations.reduce((a, v) => a + v, 0) / 200;
    expect(mean).toBeGreaterThan(0.22);
    expect(mean).toBeLessThan(0.28);
  });
});

describe('settings', () => {
  test.each(Object.entries(MOTION_LIMITS))('%s out of range is refused with its bounds', (name, limit) => {
    for (const value of [-0.01, limit + 0.01, Number.NaN]) {
      const settings = { ...NO_MOTION, [name]: value };
      const shape = SHAPES[0]!;
      for (const use of [
        () => motionInputs(new Graph(), shape, settings),
        () => drawMotion(settings, shape, Random.of(1, 'motion')),
      ]) {
        expect(use).toThrow(CdsvaeError);
        expect(use).toThrow(`${name} = ${value}, from 0 (off) to ${limit} possible`);
      }
    }
  });

  test('an unknown border is refused', () => {
    const settings = { ...NO_MOTION, border: 'mirror' } as unknown as MotionSettings;
    expect(() => motionInputs(new Graph(), SHAPES[0]!, settings)).toThrow('"repeat" or "zero" possible');
  });

  test('the presets change what the paper says', () => {
    const active = (s: MotionSettings) =>
      Object.keys(MOTION_LIMITS).filter((k) => s[k as keyof typeof MOTION_LIMITS] > 0);
    expect(active(SM_MNIST_MOTION)).toEqual(['stretch', 'contrast']);
    expect(active(SPRITES_MOTION)).toEqual(['brightness', 'contrast', 'saturation', 'hue', 'channelMix', 'noise']);
  });

  test('frames of another shape are refused', () => {
    const graph = new Graph();
    const inputs = motionInputs(graph, SHAPES[0]!, SM_MNIST_MOTION);
    const x = graph.input('x', [3, FRAMES, 8, 8, 1]);
    expect(() => augmentMotion(x, inputs)).toThrow(
      'augmentMotion: frames [3, T, 8, 6, 1] are needed, not float32[3, 4, 8, 8, 1]',
    );
  });
});
