import { expect, test } from 'vitest';
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

test.each([
  ['--width', '16,x', '--width: "x" found; a whole number from 1 to 512 expected'],
  ['--coder', 'quick', '--coder: "quick" found; fast or reference expected'],
  ['--size', '48', 'frames of 48×48 pixels; their side must be 8, 16, 32, 64, 128 or 256'],
])('%s %s is refused', async (flag, value, message) => {
  const { code, stderr } = await run(flag, value, '--quiet');
  expect(code).toBe(2);
  expect(stderr).toBe(`error: ${message}\n`);
});
