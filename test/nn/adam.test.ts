import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AdamSettings, adam, adamSchedule } from '../../src/nn/index.js';
import { at, evaluate, expectClose, forAll, type Numbers, numbers, seeds } from '../graph/check.js';

const SETTINGS: AdamSettings = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, clip: 0, clipElement: 0 };

interface State {
  readonly parameters: Numbers;
  readonly mean: Numbers;
  readonly variance: Numbers;
}

const vector = (data: ArrayLike<number>): Numbers => ({ shape: [data.length], data });
const start = (parameters: ArrayLike<number>): State => ({
  parameters: vector(parameters),
  mean: vector(new Float64Array(parameters.length)),
  variance: vector(new Float64Array(parameters.length)),
});

/** Step t by the graph. */
async function take(state: State, gradient: Numbers, t: number, rate: number, settings = SETTINGS, watched = [0]) {
  const [parameters, mean, variance, norm] = await evaluate(
    (p, m, v, g, schedule, w) => {
      const next = adam({ parameters: p!, mean: m!, variance: v! }, g!, schedule!, settings, w!);
      return [next.parameters, next.mean, next.variance, next.gradientNorm];
    },
    [state.parameters, state.mean, state.variance, gradient, vector(adamSchedule(t, rate, settings)), vector(watched)],
  );
  return { state: { parameters: parameters!, mean: mean!, variance: variance! }, norm: norm!.data[0]! };
}

/** Algorithm 1 of Kingma and Ba with PyTorch's clipping and that of elements, element by element. */
function loop(state: State, gradient: Numbers, t: number, rate: number, s: AdamSettings): State {
  let squares = 0;
  for (let i = 0; i < gradient.data.length; i++) squares += gradient.data[i]! ** 2;
  const scale = s.clip > 0 ? Math.min(1, s.clip / (Math.sqrt(squares) + 1e-6)) : 1;
  const [parameters, mean, variance] = [[] as number[], [] as number[], [] as number[]];
  for (let i = 0; i < gradient.data.length; i++) {
    let g = gradient.data[i]! * scale;
    if (s.clipElement > 0 && t >= 21) {
      const bound = s.clipElement * (Math.sqrt(state.variance.data[i]! / (1 - s.beta2 ** t)) + s.epsilon);
      g = Math.sign(g) * Math.min(Math.abs(g), bound);
    }
    mean[i] = s.beta1 * state.mean.data[i]! + (1 - s.beta1) * g;
    variance[i] = s.beta2 * state.variance.data[i]! + (1 - s.beta2) * g * g;
    const [m, v] = [mean[i]! / (1 - s.beta1 ** t), variance[i]! / (1 - s.beta2 ** t)];
    parameters[i] = state.parameters.data[i]! - (rate * m) / (Math.sqrt(v) + s.epsilon);
  }
  return { parameters: vector(parameters), mean: vector(mean), variance: vector(variance) };
}

function expectState(found: State, expected: State): void {
  for (const name of ['parameters', 'mean', 'variance'] as const) {
    expectClose(found[name].data, expected[name].data, 1e-12, name);
  }
}

const settingsOf = fc.record({
  beta1: fc.constantFrom(0, 0.5, 0.9),
  beta2: fc.constantFrom(0.9, 0.999),
  epsilon: fc.constantFrom(1e-8, 1e-3),
  clip: fc.constantFrom(0, 0.1, 100),
  clipElement: fc.constantFrom(0, 0.5, 1.2),
});

describe('Adam', () => {
  test('over several steps is algorithm 1, with and without clipping', () =>
    forAll([settingsOf, fc.integer({ min: 1, max: 6 }), seeds], async (settings, size, seed) => {
      let state = start(Array.from(numbers([size], seed).data));
      let expected = state;
      for (const t of [1, 2, 20, 21, 22, 23]) {
        const gradient = numbers([size], seed + t, -3, 3);
        const rate = 0.1 / t;
        state = (await take(state, gradient, t, rate, settings)).state;
        expected = loop(expected, gradient, t, rate, settings);
        expectState(state, expected);
      }
    }));

  test('of what is not finite is none, whatever it is', async () => {
    const { state } = await take(start([1, -2, 0.5]), vector([0.3, -0.2, 0.1]), 1, 0.01);
    for (const clip of [0, 0.1]) {
      for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
        const spoilt = await take(state, vector([0.1, wrong, 0.1]), 2, 0.01, { ...SETTINGS, clip });
        expect(spoilt.state).toEqual(state);
        expect(spoilt.norm).not.toBeLessThan(Number.MAX_VALUE);
        const watched = await take(state, vector([0.1, 0.2, 0.1]), 2, 0.01, { ...SETTINGS, clip }, [1, wrong]);
        expect(watched.state).toEqual(state);
      }
    }
    expect((await take(state, vector([0.1, 0.2, 0.1]), 2, 0.01, SETTINGS, [1, 2])).state).not.toEqual(state);
  });

  test('over more elements than it takes at once is the same', async () => {
    const size = 2 ** 20 + 7;
    const [values, gradient] = [numbers([size], 1), numbers([size], 2, -3, 3)];
    const { state, norm } = await take(start(values.data), gradient, 1, 0.01);
    const expected = loop(start(values.data), gradient, 1, 0.01, SETTINGS);
    for (const name of ['parameters', 'mean', 'variance'] as const) {
      const [found, wanted] = [state[name].data, expected[name].data];
      let off = 0;
      for (let i = 0; i < size; i++) off = Math.max(off, Math.abs(found[i]! - wanted[i]!));
      expect(off, name).toBeLessThan(1e-12);
    }
    expect(norm).toBeCloseTo(Math.sqrt(Array.from(gradient.data).reduce((sum, g) => sum + g * g, 0)), 6);
  });

  test('moves every parameter by the learning rate in its first step, whatever the size of the gradient', async () => {
    const { state } = await take(start([1, 1, 1, 1]), vector([1e-3, -5, 1e4, -1e-2]), 1, 0.01);
    expectClose(state.parameters.data, [0.99, 1.01, 0.99, 1.01], 1e-7);
  });

  test('stays where the gradient is 0', async () => {
    const { state, norm } = await take(start([1, -2]), vector([0, 0]), 1, 0.01);
    expect([...Array.from(state.parameters.data), norm]).toEqual([1, -2, 0]);
  });

  test('an element far larger than usual moves no other, and its own no further than the bound, nor for long', async () => {
    const settings = { ...SETTINGS, clipElement: 5 };
    const run = async (s: AdamSettings, surge: number) => {
      let state = start([0, 0]);
      for (let t = 1; t <= 400; t++) {
        const usual = t % 2 === 0 ? 1 : -1;
        state = (await take(state, vector([t === 300 ? surge : usual, usual]), t, 0.01, s)).state;
      }
      return state;
    };
    const [calm, bounded, free] = [await run(settings, 1), await run(settings, 1e4), await run(SETTINGS, 1e4)];
    expect(bounded.parameters.data[1]).toBe(calm.parameters.data[1]);
    // √v̂ is 1 all along, and the surge's share of Adam's mean in all the steps that it lasts comes to what was let in, 5 of those.
    expect(Math.abs(bounded.parameters.data[0]! - calm.parameters.data[0]!)).toBeLessThan(0.01 * 5);
    const inflated = (s: State) => Math.sqrt(s.variance.data[0]! / calm.variance.data[0]!);
    expect(inflated(free)).toBeGreaterThan(100);
    expect(inflated(bounded)).toBeLessThan(1.05);
  });

  test('elements are bounded where v forgets at once', async () => {
    const settings = { ...SETTINGS, beta1: 0, beta2: 0, clipElement: 5 };
    const { state } = await take(start([1]), vector([0.1]), 30, 0.01, settings);
    const after = await take(state, vector([100]), 31, 0.01, settings);
    expect(after.state.mean.data[0]).toBeCloseTo(5 * Math.sqrt(state.variance.data[0]!), 6);
  });

  test('an element that has been 0 is not held there by its bound', async () => {
    let state = start([1]);
    for (let t = 1; t <= 300; t++) {
      const g = t <= 200 ? 0 : 1;
      state = (await take(state, vector([g]), t, 0.01, { ...SETTINGS, clipElement: 5 })).state;
    }
    expect(state.parameters.data[0]).toBeLessThan(0.5);
  });

  test('gives the norm before clipping', async () => {
    for (const clip of [0, 1]) {
      const { norm } = await take(start([0, 0]), vector([3, 4]), 1, 0.01, { ...SETTINGS, clip });
      expect(norm).toBeCloseTo(5, 12);
    }
  });
});

describe('clipping', () => {
  test('bounds the length of what enters the moments, and keeps its direction', () =>
    forAll([fc.constantFrom(0.5, 1, 10), fc.constantFrom(0.01, 1, 1e6), seeds], async (clip, size, seed) => {
      const gradient = vector(Array.from(numbers([7], seed).data, (v) => v * size));
      const { state, norm } = await take(start(new Float64Array(7)), gradient, 1, 0.01, { ...SETTINGS, clip });
      // After the first step the mean is (1 − β₁) times the gradient that counted.
      const counted = Array.from(state.mean.data, (m) => m / (1 - SETTINGS.beta1));
      const length = Math.hypot(...counted);
      expect(length).toBeLessThanOrEqual(clip * (1 + 1e-12));
      if (norm < 0.999 * clip) expectClose(counted, gradient.data, 1e-12);
      else if (norm > 1.001 * clip) expect(length).toBeCloseTo(clip, 5);
      const cosine = counted.reduce((sum, c, i) => sum + c * at(gradient, [i]), 0) / (length * norm);
      expect(cosine).toBeCloseTo(1, 12);
    }));

  test('bounds the update that a single huge gradient makes later on', async () => {
    const after = async (clip: number) => {
      let state = start([0, 0]);
      for (let t = 1; t <= 5; t++) {
        const gradient = t === 3 ? vector([1e6, -1e6]) : vector([0.1, 0.1]);
        ({ state } = await take(state, gradient, t, 0.01, { ...SETTINGS, clip }));
      }
      return state;
    };
    const [clipped, free] = [await after(1), await after(0)];
    expect(Math.max(...Array.from(clipped.variance.data))).toBeLessThan(2e-3);
    expect(Math.min(...Array.from(free.variance.data))).toBeGreaterThan(1e8);
  });
});

test('the schedule holds both corrections of bias', () => {
  expect(adamSchedule(1, 0.01, SETTINGS)).toEqual([0.01 / (1 - 0.9), 1 / (1 - 0.999)]);
  const [rate, correction] = adamSchedule(1e6, 0.01, SETTINGS);
  expect(rate).toBeCloseTo(0.01, 12);
  expect(correction).toBeCloseTo(1, 12);
});
