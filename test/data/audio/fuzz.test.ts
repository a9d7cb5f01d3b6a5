import { expect, it } from 'vitest';
import { fuzz, WHOLE } from './fuzz.js';

/** Files of each format: few at each test, many when asked, as `FUZZ=100000`. */
const COUNT = Number(process.env.FUZZ ?? 1500);

it.each(Object.keys(WHOLE))(
  `${COUNT} damaged files of %s are read or refused in words`,
  { timeout: 7_200_000 },
  (format) => {
    const { read, refused, slowest, longest } = fuzz(format, COUNT, process.env.FUZZ ? 1 : 0);
    if (process.env.FUZZ) {
      const memory = Math.round(process.memoryUsage.rss() / 2 ** 20);
      console.log({
        format,
        read,
        refused,
        slowest: `${slowest.toFixed(0)} ms`,
        longest: `${longest} samples`,
        memory: `${memory} MB`,
      });
    }
    expect(read + refused).toBe(COUNT);
    expect(refused).toBeGreaterThan(COUNT / 3);
  },
);
