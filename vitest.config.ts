import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    // Hooks make fixtures, and what is polled is often a browser's: on a machine that is busy both take their time.
    hookTimeout: 120_000,
    expect: { poll: { timeout: 30_000 } },
    // ONNX Runtime already uses every core: more than two test files at once only makes them wait for each other.
    maxWorkers: 2,
    pool: 'forks',
  },
});
