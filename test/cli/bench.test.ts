import { expect, test } from 'vitest';
import { stepFlops } from '../../src/bench/flops.js';
import type { ProfileEntry, StepProfile } from '../../src/bench/profile.js';
import { prepareStep, stepCase } from '../../src/bench/step-case.js';
import { ROOT, requireDist, startNode } from './dist.js';

const run = (...args: string[]) => startNode([requireDist(), 'bench', ...args], { cwd: ROOT }).ended;

test('measures a step in a process of its own, beside the machine', { timeout: 120_000 }, async () => {
  const small = ['--width', '2', '--batch', '2', '--frames', '2', '--size', '16', '--threads', '1', '--steps', '3'];
  const { code, stdout, stderr } = await run(...small, '--coder', 'fast,reference', '--json', '--quiet');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const { machine, steps } = JSON.parse(stdout);
  expect(machine[0].matmul).toBeGreaterThan(1e9);
  expect(steps.map((s: { coder: string }) => s.coder)).toEqual(['fast', 'reference']);
  for (const s of steps) {
    expect(s.seconds).toBeGreaterThanOrEqual(s.fastest);
    expect(s.flopsPerSecond).toBeCloseTo(s.flops / s.seconds, -3);
    // More than Node with an engine in it takes, and less than ten times that.
    expect(s.memory).toBeGreaterThan(50e6);
    expect(s.memory).toBeLessThan(1e9);
  }
  expect(steps[0].firstStep).toBeGreaterThan(0.1);
  expect(steps[1].firstStep).toBeUndefined();
});

test('--profile accounts for all of a step, each part beside its floor', { timeout: 120_000 }, async () => {
  const small = ['--width', '4', '--batch', '4', '--frames', '3', '--size', '16', '--threads', '1'];
  const { code, stdout } = await run('--profile', ...small, '--json', '--quiet');
  expect(code).toBe(0);
  const { profiles } = JSON.parse(stdout);
  const { entries, seconds } = profiles[0] as StepProfile;
  const sections = new Set(entries.map((e) => e.section));
  expect([...sections].sort()).toEqual(['augmentation', 'coder', 'optimiser', 'recurrent and objective']);
  const inNodes = entries.reduce((sum, e) => sum + e.seconds, 0);
  expect(inNodes).toBeGreaterThan(0.2 * seconds);
  expect(inNodes).toBeLessThan(seconds);
  // Gates of LSTMs have 4·128 units, which no array of so small a coder has; images have 16 pixels and more.
  const of = (e: ProfileEntry) => e.shapes.split(/[ ×]/).map(Number);
  const gates = entries.filter((e) => e.op === 'Gemm' && of(e).includes(512));
  expect(gates.length).toBeGreaterThan(3);
  expect(gates.filter((e) => e.section !== 'recurrent and objective')).toEqual([]);
  // The products of the coder do what convolutions are defined to do, or less, and not much less.
  const flops = entries.filter((e) => e.section === 'coder').reduce((sum, e) => sum + e.flops, 0);
  const c = stepCase({ width: 4, batch: 4, frames: 3, size: 16 });
  const direct = stepFlops({ ...prepareStep(c).setup.model, hidden: 1e-9 }, c);
  expect(flops / direct).toBeGreaterThan(0.3);
  expect(flops / direct).toBeLessThan(1.3);
});

test.each([
  ['--width', '16,x', '--width: "x" found; a whole number from 1 to 512 expected'],
  ['--coder', 'quick', '--coder: "quick" found; fast or reference expected'],
  ['--size', '48', 'frames of 48×48 pixels; their side must be 8, 16, 32, 64, 128 or 256'],
])('%s %s is refused', async (flag, value, message) => {
  const { code, stderr } = await run(flag, value, '--quiet');
  expect(code).toBe(2);
  expect(stderr).toBe(`error: ${message}\n`);
});
