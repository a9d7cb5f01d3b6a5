import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    // ONNX Runtime already uses every core: more than two test files at once only makes them wait for each other.
    maxWorkers: 2,
    pool: 'forks',
  },
});
