import { describe, expect, test } from 'vitest';
import { Plan, TIMED_STEPS } from '../../src/train/plan.js';
import { PRESETS } from '../../src/train/presets.js';
import type { Settings } from '../../src/train/settings.js';

const train = (change: Partial<Settings['train']>): Settings['train'] => ({
  ...PRESETS.compact!.train,
  seed: 0,
  threads: 1,
  steps: 0,
  epochs: 0,
  minutes: 0,
  batch: 10,
  ...change,
});

describe('steps', () => {
  test('are taken as they are', () => {
    expect(new Plan(train({ steps: 123 }), 1000).steps).toBe(123);
  });

  test('come before epochs, epochs before minutes', () => {
    expect(new Plan(train({ steps: 7, epochs: 3, minutes: 5 }), 1000).steps).toBe(7);
    expect(new Plan(train({ epochs: 3, minutes: 5 }), 1000).steps).toBe(300);
  });

  test('given anew come before those planned earlier', () => {
    expect(new Plan(train({ steps: 50 }), 1000, 20).steps).toBe(50);
    expect(new Plan(train({ epochs: 1 }), 1000, 20).steps).toBe(100);
  });
});

describe('epochs', () => {
  test.each([
    [1, 1000, 100],
    [2.5, 1000, 250],
    // Sequences that do not fill a batch are left out.
    [1, 1009, 100],
    [3, 1009, 300],
    [0.5, 19, 1],
    // At least one step.
    [0.001, 1000, 1],
  ])('%d over %d sequences in batches of 10 are %d steps', (epochs, size, steps) => {
    expect(new Plan(train({ epochs }), size).steps).toBe(steps);
  });
});

describe('minutes', () => {
  /** Times `count` steps of so many seconds each, as a run would. */
  const timed = (plan: Plan, count: number, seconds: number, from = 0) =>
    Array.from({ length: count }, (_, i) => plan.timed(from + i + 1, seconds, (i + 1) * seconds));

  test(`are planned once, after ${TIMED_STEPS} steps`, () => {
    const plan = new Plan(train({ minutes: 2 }), 1000);
    expect(plan.steps).toBeUndefined();
    expect(timed(plan, TIMED_STEPS, 0.5)).toEqual([...new Array(TIMED_STEPS - 1).fill(false), true]);
    // 110 seconds are left, 4 % of which go elsewhere.
    expect(plan.steps).toBe(TIMED_STEPS + Math.floor((110 * 0.96) / 0.5));
    const { steps } = plan;
    expect(timed(plan, 2 * TIMED_STEPS, 9)).not.toContain(true);
    expect(plan.steps).toBe(steps);
  });

  test('go by the median: a slow first step says nothing of the others', () => {
    const plan = new Plan(train({ minutes: 2 }), 1000);
    plan.timed(1, 10, 10);
    for (let i = 1; i < TIMED_STEPS; i++) plan.timed(i + 1, 0.5, 10 + i * 0.5);
    expect(plan.steps).toBe(TIMED_STEPS + Math.floor(((120 - 10 - 9.5) * 0.96) / 0.5));
  });

  test('that are over when the plan is made allow one more step', () => {
    const plan = new Plan(train({ minutes: 0.01 }), 1000);
    timed(plan, TIMED_STEPS, 3);
    expect(plan.steps).toBe(TIMED_STEPS + 1);
  });

  test('known from before are not planned again', () => {
    const plan = new Plan(train({ minutes: 2 }), 1000, 400);
    expect(plan.steps).toBe(400);
    expect(timed(plan, 2 * TIMED_STEPS, 0.1)).not.toContain(true);
    expect(plan.steps).toBe(400);
  });

  test('get fewer steps when the machine slows down, and more when it is faster', () => {
    const plan = new Plan(train({ minutes: 10 }), 1000, 1150);
    let seconds = 0;
    const run = (from: number, to: number, each: number) => {
      const changed: number[] = [];
      for (let step = from; step <= to; step++) {
        seconds += each;
        if (plan.timed(step, each, seconds)) changed.push(step);
      }
      return changed;
    };
    expect(run(1, 300, 0.5)).toEqual([]); // 150 s, and 425 s to go: in time
    expect(run(301, 401, 1).length).toBe(1); // 1 s a step from here on would take 700 s
    expect(plan.steps).toBe(401 + Math.floor((600 - seconds) * 0.96));
    expect(run(402, 601, 0.1).length).toBe(1);
    expect(plan.steps).toBe(501 + Math.floor(((600 - seconds + 10) * 0.96) / 0.1));
  });

  test('of an endless source are planned like any other', () => {
    const plan = new Plan(train({ minutes: 1 }), Number.POSITIVE_INFINITY);
    timed(plan, TIMED_STEPS, 1);
    expect(plan.steps).toBe(TIMED_STEPS + Math.floor(40 * 0.96));
  });

  test('end the run a little after they are over, though steps are left', () => {
    const plan = new Plan(train({ minutes: 2 }), 1000, 400);
    expect(plan.late(120)).toBe(false);
    expect(plan.late(125)).toBe(false);
    expect(plan.late(127)).toBe(true);
  });

  test('do not end a run of steps or epochs', () => {
    expect(new Plan(train({ steps: 9, minutes: 1 }), 1000).late(1e6)).toBe(false);
    expect(new Plan(train({ epochs: 9, minutes: 1 }), 1000).late(1e6)).toBe(false);
  });
});
